//! Snapshots that strangers send: each is refused, or becomes a guest that harms nobody. Must not hold what
//! snapshots of ourselves promise: that is the corpus in the mode `Saved`.

use bvm_isa::verify::verify;
use bvm_stdlib::{define, host, install, install_tasks, natives};
use bvm_tests::corpus::setting;
use bvm_tests::host::TestHost;
use bvm_vm::data::userdata::{HELD_FUNCTION, HELD_VALUE};
use bvm_vm::objects::Upval;
use bvm_vm::objects::root::{self, AT};
use bvm_vm::vm::Config;
use bvm_vm::{Callout, Cpu, Exit, Image, Raise, SnapshotError, Type, Verdict, Vm};
use proptest::prelude::*;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// Programs, and the fuel after which they are cut.
const PROGRAMS: &[(&str, &[u64])] = &[
    // In the middle of what functions do in portions.
    ("return loadstring(('x = 1 '):rep(500))", &[4000, 11000]),
    ("return loadstring(('x = 1 '):rep(500) .. '= =')", &[4000, 11000]),
    (
        "local t = {} for i = 1, 200 do t[i] = 2 ^ i end
        return (('%d %.40f%%'):rep(99)):format(unpack(t)), ('%q'):format(('\\n'):rep(20000))",
        &[9000, 30000, 48000],
    ),
    ("return (('ab'):rep(99)):find(('[a-c%w]?'):rep(300) .. 'z')", &[1500, 4000]),
    ("return tonumber((' '):rep(9000) .. ('1'):rep(9000) .. '.5e3')", &[1500, 2000]),
    ("return debug.getinfo(loadstring(('x = 1\\n'):rep(500)), 'Lf')", &[12400, 12600]),
    ("return string.dump(loadstring(('x = 1 '):rep(500)))", &[12300, 12500]),
    // In a callback of `gsub`, in a coroutine, in `pcall`.
    (
        "local t = setmetatable({}, {__index = function(t, k) return k .. k end, __mode = 'k'})
        local co = coroutine.wrap(function(...)
            local ok, s = pcall(function()
                return (('a b c d e f'):gsub('%a', function(x) coroutine.yield(x) return t[x] end))
            end)
        end)
        for i = 1, 100 do local ok = pcall(co, i) local s = ('x'):rep(i) .. i end
        return t",
        &[40, 90, 133, 171, 230, 400, 666],
    ),
    // In a comparison of `sort`, in metamethods, with varargs, an open upvalue and a hook.
    (
        "local mt = {__lt = function(a, b) return a[1] < b[1] end, __concat = function(a, b) return 'c' end,
            __eq = function() return true end, __newindex = function(t, k, v) rawset(t, k, v) end}
        local list = {}
        for i = 1, 30 do list[i] = setmetatable({(i * 7) % 31}, mt) end
        local count = 0
        local function each(...) for i = 1, select('#', ...) do count = count + i end return ... end
        table.sort(list)
        debug.sethook(function() count = count + 1 end, 'crl', 7)
        for k, v in pairs({1, 2, 3, x = 4, [true] = 5}) do each(each(k, v, list[1] .. list[2])) end
        local s = string.format('%d %s', count, table.concat({1, 2, 3}, ','))
        return each(unpack(list))",
        &[300, 420, 777, 1500, 2000, 2345, 2500],
    ),
    // Waiting for the host, with files and finalizers; and in a collection of a larger heap.
    (
        "local f = io.tmpfile() f:write('one\\n', 'two\\n') f:seek('set')
        local p = newproxy(true) getmetatable(p).__gc = function() print('gone') end p = nil
        local big = {} for i = 1, 3000 do big[i] = {i, tostring(i)} if i % 1000 == 0 then collectgarbage('step', 9) end end
        for line in f:lines() do print(line) end
        collectgarbage()
        return big",
        &[30, 60, 5000, 30000, 60000],
    ),
    // Where tables grow in portions.
    (
        "local t, u = {}, {}
        for i = 1, 2100 do t[i] = i end
        for i = 1, 2100 do u['k' .. i] = i end
        for i = 1, 3000 do rawset(u, i, i) end
        local s = ('x'):rep(20000)
        return t, u, s .. 'y' .. s",
        &[3400, 3600, 7100, 7400, 12700, 13000, 20500, 22000, 23500, 30600, 30900, 31200],
    ),
];

/// Calls of natives that go on after a pause or a call, each in a coroutine, so that their windows lie behind
/// the rest. Each is cut in several places.
const NATIVES: &[&str] = &[
    "local n = 0 load(function() n = n + 1 return n < 9 and 'x = ' .. n .. ' ' or nil end)",
    "local t = {} t[2 ^ 20] = 1 for i = 1, 40 do t[i] = i end table.insert(t, 1, 5) table.remove(t, 2)",
    "table.concat(many, ', ') table.concat(many, ('-'):rep(50), 3, 900)",
    "local v = setmetatable({}, {__tostring = function() return 'v' end}) print(1, v, v, nil, v)",
    "string.unpack(('<i4z'):rep(40), ('1234x\\0'):rep(40))",
    "utf8.len(('x'):rep(9999)) utf8.offset(('x'):rep(9999), 9000) utf8.char(('y'):byte(1, -1))",
    "print(os.date('%c %x')) os.time({year = 2020, month = 1, day = 1}) os.time(setmetatable({}, {__index = function() return 3 end}))",
    "table.move(many, 1, 900, 3, {}) table.sort(many, function(a, b) return a > b end)",
    "local m = {} for i = 1, 20 do m[i] = i % 2 == 0 and setmetatable({}, {__lt = function(a, b) return false end}) or nil end pcall(table.sort, m)",
    "table.sort({3, 1, 2, -0, 7, 5, 9, 8}, nil)",
    "pcall(require, 'nothing') pcall(dofile, 'nothing') pcall(module, 'a.b.c')",
    "io.write(1, 2, 'x', ('y'):rep(70000), 3) io.read('*l', '*n', 5) for l in io.lines('none') do end",
    "(('a '):rep(400)):gsub('a', {a = 'b'}) (('a '):rep(400)):gsub('(a)( )', '%2%1') (('ab '):rep(99)):gsub('%w', function(c) return c end)",
    "(('x'):rep(3000)):find('x-x-y') for w in (('w '):rep(300)):gmatch('(w)()') do end",
    "xpcall(function() error('e') end, function(m) return debug.traceback(m) end)",
    "collectgarbage() collectgarbage('step', 5) coroutine.wrap(function() coroutine.yield(pcall(pcall, error)) end)()",
    "task.unpack(task.pack(many, {x = {1, 2, {}}, y = ('z'):rep(500)}, nil, true, 0.5))",
    "task.send(3, {many, {many}}) task.receive(2) task.spawn(function(...) return ... end, many) task.sleep(1)",
    "host_call(1, 'x', many) pcall(host_call, function(...) return host_call(...) end, 5) host_call(table.sort, {3, 1, 2})",
    "string.format('%s %q', setmetatable({}, {__tostring = function() return 's' end}), 'q') string.rep('ab', 5000, ',')",
    "(('ab'):rep(9000, ',')):reverse():upper():sub(3)",
    "loadstring(('x = 1 '):rep(400))() pcall(loadstring(('local t = { f = function() end } '):rep(60)))",
    "load(function() return ('x = 1 '):rep(300) end) ring.run(3, ('x = 1 '):rep(200)) dofile('none')",
];

fn config() -> Config {
    Config {
        natives: natives(),
        memory: 16 << 20,
        span_bits: Some(26),
        ..Config::default()
    }
}

/// A machine with the libraries that is about to run a program, without fuel.
fn started(source: &str, name: &[u8]) -> Vm {
    let mut vm = Vm::new(&config()).expect("address space");
    install(&mut vm).expect("memory");
    install_tasks(&mut vm).expect("memory");
    vm.access(give_host_function).expect("memory");
    let proto = bvm_compiler::compile(source.as_bytes(), name).expect("correct");
    let function = vm.load(verify(proto).expect("correct")).expect("memory");
    vm.drain_fuel();
    vm.start(function, &[]).expect("memory");
    vm
}

/// A function of the host, as a global.
fn give_host_function(cpu: &mut Cpu<'_, '_>) -> Result<(), Raise> {
    let stands = cpu.new_stand_in(HELD_FUNCTION, 1, None, 150)?;
    let function = define::native(cpu, host::CALL, &[stands.into()])?;
    let globals = cpu.globals();
    cpu.set_field(globals, "host_call", function)?;
    let large = cpu.new_stand_in(HELD_VALUE, 2, None, 100_000)?;
    cpu.set_field(globals, "host_value", large.into())
}

/// A function of the host that calls its first argument back, if that is a function, and gives what it has got.
fn serve(vm: &mut Vm) {
    let is_function = vm.access(|cpu| cpu.arg(1).type_of() == Type::Function);
    match vm.take_callout() {
        Some(Callout::Called(_)) if is_function => vm.settle(Verdict::Call),
        Some(_) => vm.settle(Verdict::Return),
        None => {}
    }
}

/// Runs as a host does that lets a guest have its way for a while.
fn run_on(vm: &mut Vm, fuel: u64, slices: u32) {
    let mut host = TestHost::default();
    for _ in 0..slices {
        match vm.run(fuel) {
            Exit::Hypercall => match vm.take_request() {
                Some(request) => {
                    let reply = host.answer(&request);
                    vm.answer(reply);
                }
                None => return,
            },
            Exit::OutOfFuel => {}
            Exit::HostCall => serve(vm),
            _ => return,
        }
    }
}

fn snapshots() -> Vec<Vec<u8>> {
    let mut all = vec![];
    let natives = NATIVES.iter().map(|calls| {
        let source = format!(
            "local many = {{}} for i = 1, 1000 do many[i] = i * 7 % 1001 end
            local co = coroutine.create(function() {calls} end)
            for i = 1, 3 do coroutine.resume(co) end"
        );
        (
            source,
            [6030u64, 6100, 6200, 6400, 7000, 8000, 12000].as_slice(),
        )
    });
    let programs = PROGRAMS
        .iter()
        .map(|(source, cuts)| ((*source).to_owned(), *cuts));
    for (source, cuts) in programs.chain(natives) {
        for &cut in cuts {
            let mut vm = started(&source, b"=snapshot");
            // In slices, so that natives stop in their middle, too.
            run_on(&mut vm, cut / 16 + 1, 16);
            all.push(vm.snapshot().expect("well formed"));
        }
    }
    all
}

/// An image whose machines give their places to restored ones.
static PLACE: LazyLock<Image> = LazyLock::new(|| {
    let mut vm = Vm::new(&config()).expect("address space");
    install(&mut vm).expect("memory");
    vm.image()
});

static SNAPSHOTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(snapshots);

/// One change of a snapshot.
#[derive(Debug, Clone)]
enum Edit {
    Flip(usize, u8),
    Add(usize, i32),
    Set(usize, u64),
    /// A word becomes another word of the snapshot, with its neighbour or alone.
    Copy(usize, usize, bool),
    /// The half of a word with the offset.
    Point(usize, usize),
    Cut(usize),
    Insert(usize, Vec<u8>),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = || any::<usize>();
    let words = prop_oneof![
        Just(u64::MAX),
        Just(0),
        Just(0xFFFF_FFF9_0000_8000),
        Just(0x7FFF_FFFF_FFFF_FFFF),
        Just(0x0000_0001_0000_0001),
        any::<u64>()
    ];
    prop_oneof![
        3 => (at(), 0u8..8).prop_map(|(at, bit)| Edit::Flip(at, bit)),
        3 => (at(), prop_oneof![-32i32..32, Just(128), Just(0x8000), any::<i32>()])
            .prop_map(|(at, by)| Edit::Add(at, by)),
        2 => (at(), words).prop_map(|(at, word)| Edit::Set(at, word)),
        3 => (at(), at(), any::<bool>()).prop_map(|(to, from, both)| Edit::Copy(to, from, both)),
        3 => (at(), at()).prop_map(|(to, from)| Edit::Point(to, from)),
        1 => at().prop_map(Edit::Cut),
        1 => (at(), prop::collection::vec(any::<u8>(), 1..40)).prop_map(|(at, b)| Edit::Insert(at, b)),
    ]
}

fn apply(bytes: &mut Vec<u8>, edit: &Edit) {
    let len = bytes.len();
    // Names come first and are dull.
    let word = |at: usize| match at % 3 {
        0 => (2500 + at / 3 % (len - 2600)) & !7,
        1 => (2500 + at / 3 % 1000) & !7,
        // What was made last lies at the end.
        _ => (len - 40 - at / 3 % 5000) & !7,
    };
    let read =
        |bytes: &[u8], at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("8"));
    match edit {
        Edit::Flip(at, bit) => bytes[24 + at % (len - 24)] ^= 1 << bit,
        Edit::Add(at, by) => {
            let at = word(*at) + 4 * (at & 1);
            let old = u32::from_le_bytes(bytes[at..at + 4].try_into().expect("4"));
            bytes[at..at + 4].copy_from_slice(&old.wrapping_add_signed(*by).to_le_bytes());
        }
        Edit::Set(at, to) => {
            let at = word(*at);
            bytes[at..at + 8].copy_from_slice(&to.to_le_bytes());
        }
        Edit::Copy(to, from, both) => {
            let (to, from) = (word(*to), word(*from));
            for i in 0..1 + usize::from(*both) {
                let value = read(bytes, from + 8 * i);
                bytes[to + 8 * i..to + 8 * i + 8].copy_from_slice(&value.to_le_bytes());
            }
        }
        Edit::Point(to, from) => {
            let (to, from) = (word(*to) + 4 * (to & 1), word(*from) + 4 * (from & 1));
            let half: [u8; 4] = bytes[from..from + 4].try_into().expect("4");
            bytes[to..to + 4].copy_from_slice(&half);
        }
        Edit::Cut(at) => bytes.truncate(24 + at % (len - 24)),
        Edit::Insert(at, new) => {
            let at = 24 + at % (len - 24);
            bytes.splice(at..at, new.iter().copied());
        }
    }
}

/// Makes length and checksum fit again.
fn seal(bytes: &mut [u8]) {
    let len = bytes.len() as u64;
    bytes[16..24].copy_from_slice(&len.to_le_bytes());
    let sum = crc32fast::hash(&bytes[16..]);
    bytes[12..16].copy_from_slice(&sum.to_le_bytes());
}

fn cases() -> ProptestConfig {
    ProptestConfig {
        cases: setting("BVM_SNAPSHOT_COUNT", 3000) as u32,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn strangers_harm_nobody(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec(edit(), 1..4),
    ) {
        let mut bytes = which.get(&SNAPSHOTS).clone();
        for edit in &edits {
            apply(&mut bytes, edit);
            if bytes.len() < 9000 {
                break;
            }
        }
        seal(&mut bytes);
        let outcome = is_harmless(&bytes);
        prop_assert!(outcome.is_ok(), "{outcome:?}");
    }
}

/// What may become of a guest from strange bytes, and must not.
fn is_harmless(bytes: &[u8]) -> Result<(), String> {
    let began = Instant::now();
    // In new places, and where other guests have been.
    let restored = match bytes.len() % 2 {
        0 => Vm::restore(bytes, &config()),
        _ => Vm::restore_over(&PLACE, bytes, &config()),
    };
    if let Ok(mut vm) = restored {
        run_on(&mut vm, 20_000, 30);
        // Nothing that a guest does makes its memory something that cannot be saved.
        let again = vm.snapshot().map_err(|error| format!("{error:?}"))?;
        if again.len() > 17 << 20 {
            return Err(format!("{} bytes", again.len()));
        }
    }
    match began.elapsed() {
        long if long > Duration::from_secs(20) => Err(format!("{long:?}")),
        _ => Ok(()),
    }
}

/// Where the root page begins in a snapshot: behind the names of natives.
fn root_of(bytes: &[u8]) -> usize {
    32 + u32::from_le_bytes(bytes[28..32].try_into().expect("4")) as usize
}

/// What only tests ask for, or the host, is not in a snapshot, whatever that says.
#[test]
fn switches_of_the_host_are_not_believed() {
    let saved = &SNAPSHOTS[0];
    let root = root_of(saved);
    let restore = |bytes: &[u8]| Vm::restore(bytes, &config()).expect("it is sound");
    let expected = restore(saved).snapshot().expect("it can be saved");
    for field in [root::GC_STRESS, root::MEMORY_ENDS] {
        let mut strange = saved.clone();
        strange[root + usize::from(field.disp())] = 1;
        seal(&mut strange);
        let mut vm = restore(&strange);
        assert_eq!(vm.access(|cpu| cpu.mem.get(AT, field)), 0);
        assert!(vm.snapshot().expect("it can be saved") == expected);
    }
}

/// A snapshot of a program at the first moment at which a word of its root page is set.
fn when_set(source: &str, word: usize) -> Vec<u8> {
    let mut vm = started(source, b"=when");
    for _ in 0..1000 {
        run_on(&mut vm, 60, 1);
        let bytes = vm.snapshot().expect("well formed");
        let at = root_of(&bytes) + word;
        if bytes[at..at + 4] != [0; 4] {
            return bytes;
        }
    }
    panic!("{word:#x} is never set in {source}");
}

#[test]
fn each_word_of_the_root_page_may_be_anything() {
    // It takes memory of all sizes, and has each kind of object.
    let busy = "local kept = {}
        for i = 1, 60 do
            local s = ('x'):rep(i * 1000)
            kept[i] = {s, coroutine.wrap(function() coroutine.yield(s) end), newproxy(true), [s] = i}
            kept[i][2]()
            if i % 20 == 0 then collectgarbage() kept[i - 5] = nil end
        end";
    let mut snapshots = vec![SNAPSHOTS[0].clone()];
    for cut in [100, 2500] {
        let mut vm = started(busy, b"=busy");
        run_on(&mut vm, cut, 1);
        snapshots.push(vm.snapshot().expect("well formed"));
    }
    // The string table grows; a long string is compared with the one that is there.
    let names = "local t = {} for i = 1, 1e4 do t[i] = 'k' .. i end";
    snapshots.push(when_set(names, root::OLD_STRINGS.disp().into()));
    let equal = "local s while true do s = ('x'):rep(50000) end";
    snapshots.push(when_set(equal, root::TWIN.disp().into()));
    // Something has come of a chunk that is not all paid for.
    let chunk = "while true do loadstring(('x = 1 '):rep(300)) loadstring(('x = 1 '):rep(300) .. '= =') end";
    snapshots.push(when_set(chunk, root::LOADED.disp().into()));
    for bytes in &snapshots {
        let root = root_of(bytes);
        for at in (root..root + 0xc00).step_by(4) {
            let old = u32::from_le_bytes(bytes[at..at + 4].try_into().expect("4"));
            for new in [0, 1, old.wrapping_add(1), old ^ 0x10, u32::MAX] {
                let mut changed = bytes.clone();
                changed[at..at + 4].copy_from_slice(&new.to_le_bytes());
                seal(&mut changed);
                let outcome = is_harmless(&changed);
                assert_eq!(
                    outcome,
                    Ok(()),
                    "word {:#x}: {old:#x} to {new:#x}",
                    at - root
                );
            }
        }
    }
}

/// What is said to be a table that grows is looked at before anything else is.
#[test]
fn a_table_that_grows_may_be_anywhere() {
    let saved = SNAPSHOTS.last().expect("there are some");
    let place = |field: u16| root_of(saved) + usize::from(field);
    let main = place(root::MAIN.disp());
    let main = u32::from_le_bytes(saved[main..main + 4].try_into().expect("4"));
    let growing = place(root::GROWING.disp());
    // Where the main thread lies, there are objects of all kinds.
    let heap = main & !0xffff;
    for table in (heap..heap + (1 << 19))
        .step_by(48)
        .chain([u32::MAX, 1 << 31])
    {
        let mut bytes = saved.clone();
        bytes[growing..growing + 4].copy_from_slice(&(table & !15).to_le_bytes());
        seal(&mut bytes);
        let _ = Vm::restore(&bytes, &config());
    }
}

#[test]
fn open_upvalues_are_on_their_stack() {
    let source = "local a, b = {}, 5 local function f() a = b return b end while true do f() end";
    let mut vm = started(source, b"=open");
    run_on(&mut vm, 100, 1);
    let place = vm.access(|cpu| cpu.mem.get(cpu.mem.get(AT, root::OPEN), Upval::AT));
    let bytes = vm.snapshot().expect("well formed");
    let mut changed = 0;
    for at in (0..bytes.len() - 4).filter(|&at| bytes[at..at + 4] == place.to_le_bytes()) {
        for new in [0, place - 0x40, place - 4, place + 0x1000, u32::MAX] {
            let mut bytes = bytes.clone();
            bytes[at..at + 4].copy_from_slice(&new.to_le_bytes());
            seal(&mut bytes);
            let outcome = Vm::restore(&bytes, &config()).map(drop);
            let open = "an open upvalue beside its place";
            changed += usize::from(
                matches!(outcome, Err(SnapshotError::Damaged { what, .. }) if what == open),
            );
        }
    }
    assert!(changed >= 5, "{changed}");
}

#[test]
fn every_snapshot_can_be_restored() {
    for bytes in &*SNAPSHOTS {
        let mut vm = Vm::restore(bytes, &config()).expect("a good snapshot");
        assert!(vm.snapshot().expect("well formed") == *bytes);
        let mut vm = Vm::restore_over(&PLACE, bytes, &config()).expect("a good snapshot");
        assert!(vm.snapshot().expect("well formed") == *bytes);
    }
}

#[test]
fn a_coroutine_of_another_ring_is_saved_at_its_end() {
    // At each step of it, that behind its return included, where it has no activation and has not gone back yet.
    let source = "local f = ring.load(3, 'return ...') for i = 1, 3 do coroutine.wrap(f)(i) end";
    let mut vm = started(source, b"=end");
    loop {
        let exit = vm.run(1);
        let bytes = vm.snapshot().expect("well formed");
        let mut again = Vm::restore(&bytes, &config()).expect("a good snapshot");
        assert!(again.snapshot().expect("well formed") == bytes);
        if exit != Exit::OutOfFuel {
            assert_eq!(exit, Exit::Done);
            break;
        }
    }
}

#[test]
fn natives_are_known_by_their_names() {
    let source = "local out = {} local gen = coroutine.wrap(function() for i = 1, 9 do coroutine.yield(i) end end)
        for i = 1, 9 do for w in ('a b'):gmatch('%a') do out[#out + 1] = w .. gen() end
        gen = coroutine.wrap(function() for k = 1, 9 do coroutine.yield(math.floor(k + 0.5)) end end) end
        return table.concat(out)";
    let mut vm = started(source, b"=names");
    vm.run(300);
    let saved = vm.snapshot().expect("well formed");
    // A host with the same natives in another order, and one more.
    let mut others: Vec<_> = natives().iter().rev().copied().collect();
    others.insert(
        7,
        bvm_vm::Native {
            name: "more",
            ..others[0]
        },
    );
    let others = Config {
        natives: others.into(),
        ..config()
    };
    let mut twin = Vm::restore(&saved, &others).expect("good bytes");
    let shown = |vm: &mut Vm| match vm.run(1 << 20) {
        Exit::Done => vm.display(vm.results()[0]),
        exit => panic!("{exit:?}"),
    };
    assert_eq!(shown(&mut twin), shown(&mut vm));
}

#[test]
fn each_byte_counts() {
    let bytes = &SNAPSHOTS[0];
    for at in (0..bytes.len()).step_by(97) {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(Vm::restore(&changed, &config()).is_err(), "byte {at}");
        let cut = Vm::restore(&bytes[..at], &config());
        assert!(cut.is_err(), "cut at {at}");
    }
}

#[test]
fn errors_say_what_is_wrong() {
    let bytes = &SNAPSHOTS[0];
    let error = |bytes: &[u8]| Vm::restore(bytes, &config()).expect_err("wrong bytes");
    assert_eq!(error(b"hello"), SnapshotError::NotASnapshot);
    assert_eq!(error(&bytes[..200]), SnapshotError::Length);
    let mut newer = bytes.clone();
    newer[8] = 99;
    assert_eq!(error(&newer), SnapshotError::Version(99));
    let small = Config {
        memory: 32 << 10,
        ..config()
    };
    assert_eq!(
        Vm::restore(bytes, &small).expect_err("no room"),
        SnapshotError::TooLarge
    );
    let poor = Config {
        natives: natives()
            .iter()
            .copied()
            .filter(|n| n.name != "string.rep")
            .collect(),
        ..config()
    };
    let missing = SnapshotError::MissingNative("string.rep".into());
    assert_eq!(Vm::restore(bytes, &poor).expect_err("no native"), missing);
}
