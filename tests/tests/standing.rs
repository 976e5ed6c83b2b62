//! A guest whose collector has much to do that the guest must not see half of stands meanwhile: runs end in the middle of it,
//! with fuel left, and nothing else can be seen of it, whatever is done to the guest there.

use bvm_isa::verify::verify;
use bvm_stdlib::{install, natives};
use bvm_vm::heap::collect::MOST_WORK;
use bvm_vm::objects::root::{self, AT};
use bvm_vm::vm::Config;
use bvm_vm::{Exit, Vm};

/// Programs whose last line returns a number, and that let their collector have long ends of marking and of cycles.
const PROGRAMS: &[(&str, &str)] = &[
    (
        "weak keys",
        "local weak, kept = setmetatable({}, { __mode = 'k' }), {}
         for i = 1, 30000 do local key = { i } weak[key] = i if i % 3 == 0 then kept[#kept + 1] = key end end
         churn()
         local n = 0 for key, i in pairs(weak) do assert(key[1] == i) n = n + i % 7 end
         for _, key in ipairs(kept) do assert(weak[key] == key[1]) end return n > 0 and #kept",
    ),
    (
        "weak values, which change while the guest runs",
        "local weak, kept = setmetatable({}, { __mode = 'v' }), {}
         for i = 1, 30000 do weak[i] = { i } if i % 5 == 0 then kept[i] = weak[i] end end
         for round = 1, 30 do
           churn(1) for i = round, 30000, 37 do local v = weak[i] if v then kept[i] = v end end
         end
         local n = 0 for i, v in pairs(kept) do assert(v[1] == i and weak[i] == v) n = n + 1 end return n >= 6000 and 1",
    ),
    (
        "many weak tables, some of which become strong ones",
        "local all, kept = {}, {}
         for i = 1, 6000 do all[i] = setmetatable({ {}, {} }, { __mode = 'v' }) kept[i] = all[i][1] end
         for round = 1, 20 do churn(1) getmetatable(all[round]).__mode = nil all[round][2] = { round } end
         local n = 0
         for i = 1, 6000 do assert(all[i][1] == kept[i]) end
         for i = 1, 20 do assert(all[i][2][1] == i) n = n + i end return n",
    ),
    (
        "finalizers, in their order",
        "local last, order, n = 5001, true, 0
         local function made(i) local u = newproxy(true)
           getmetatable(u).__gc = function() order = order and i < last last = i n = n + 1 end return u end
         local kept = {} for i = 1, 5000 do kept[i] = made(i) end
         kept = nil collectgarbage() return order and n",
    ),
    (
        "a deep stack with many open upvalues",
        "local function down(n) local v = { n } local f = function() return v end
           if n == 0 then churn() return 0 end
           local below = down(n - 1) assert(f()[1] == n) return below + 1 end
         return down(9000)",
    ),
    (
        "coroutines that are dropped with open upvalues",
        "local adders = {}
         for i = 1, 3000 do
           local co = coroutine.create(function() local n = { i } adders[i] = function(m) return n[1] + m end coroutine.yield() end)
           coroutine.resume(co)
         end
         churn()
         local n = 0 for i = 1, 3000 do n = n + adders[i](-i) end return n",
    ),
    (
        "a large heap, and collections that it asks for",
        "local t = {} for i = 1, 400000 do t[i] = { i } end
         for i = 1, 400000 do if i % 4 ~= 0 then t[i] = nil end end
         collectgarbage() repeat until collectgarbage('step', 100)
         for i = 4, 400000, 4 do assert(t[i][1] == i) end
         return collectgarbage('count') < 24000 and 400000",
    ),
];

/// Programs that fill 8 MiB, for each what allocates where there is no more room: small objects, long strings, tables that
/// grow, and what a plugin makes that may have less.
const FULL: &[(&str, &str)] = &[
    (
        "small objects",
        "local hoard, n, fails = {}, 0, 0
         for round = 1, 5 do
           local ok, message = pcall(function() while true do n = n + 1 hoard[n] = { n } end end)
           assert(not ok and message == 'not enough memory') fails = fails + 1
           for i = n - 2000, n do hoard[i] = nil end n = n - 2001
         end
         for i = 1, n, 99 do assert(hoard[i][1] == i) end return fails",
    ),
    (
        "long strings",
        "local hoard = {} for i = 1, 40000 do hoard[i] = { i } end
         local made, fails = 0, 0
         for round = 1, 40 do
           local ok, s = pcall(string.rep, 'x', round * 1e5) if ok then made = made + #s else fails = fails + 1 end
           ok, s = pcall(function() return s .. s .. round end) if ok then made = made + #s else fails = fails + 1 end
         end
         return fails > 5 and made % 1000 + fails",
    ),
    (
        "tables that grow",
        "local hoard, fails = {}, 0 for i = 1, 60000 do hoard[i] = { i } end
         for round = 1, 10 do
           local ok = pcall(function() local t = {} for i = 1, 1e6 do t[i] = i end end) if not ok then fails = fails + 1 end
           local ok = pcall(function() local t = {} for i = 1, 1e6 do t['k' .. i] = i end end) if not ok then fails = fails + 1 end
         end
         return fails",
    ),
    (
        "texts put together",
        "local words, fails = {}, 0 for i = 1, 30000 do words[i] = 'word number ' .. i end
         for round = 1, 10 do
           local ok, s = pcall(function() local s = table.concat(words, ' ') return s:upper() .. s:rep(10) end)
           if not ok then fails = fails + 1 end
         end
         return fails",
    ),
    (
        "a text that gets twice as long until there is no room",
        "local hoard, fails = {}, 0 for i = 1, 30000 do hoard[i] = { i } end
         for round = 1, 3 do
           local ok, message = pcall(function() local s = 'x' while true do s = s .. s end end)
           assert(not ok and message == 'not enough memory') fails = fails + 1
         end
         return fails",
    ),
    (
        "what has failed asks for nothing any longer",
        "collectgarbage('stop')
         local s, fails = ('x'):rep(5e6), 0
         local function fail() local t = { 1, 2, 3, 4, 5, 6, 7, 8 } return s .. s end
         for i = 1, 60000 do if not pcall(fail) then fails = fails + 1 end end return fails == 60000 and fails",
    ),
    (
        "a plugin with less",
        "local hoard, fails = {}, 0 for i = 1, 40000 do hoard[i] = { i } end
         for round = 1, 10 do
           local ok, message = ring.run(3, 'local t = {} while true do t[#t + 1] = { #t } end', { memory = 1e6 })
           assert(not ok and message == 'not enough memory') fails = fails + 1
           ok, message = ring.run(3, 'return #string.rep(\"x\", 9e5)', { memory = 1e6 }) assert(ok and message == 9e5)
         end
         return fails",
    ),
];

const CHURN: &str = "local function churn(most)
  for round = 1, most or 12 do local t = {} for i = 1, 20000 do t[i] = { i } end end
end\n";

/// What is done where a run has ended with fuel left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum There {
    Nothing,
    Touch,
    Save,
    Fork,
}

fn config(memory: u64) -> Config {
    Config {
        natives: natives(),
        memory,
        ..Config::default()
    }
}

fn started(source: &str, memory: u64) -> Vm {
    let mut vm = Vm::new(&config(memory)).expect("address space");
    install(&mut vm).expect("memory");
    let source = format!("{CHURN}{source}");
    let proto = bvm_compiler::compile(source.as_bytes(), b"=stand").expect("correct");
    let function = vm.load(verify(proto).expect("correct")).expect("memory");
    vm.start(function, &[]).expect("memory");
    vm
}

fn meet(vm: &mut Vm, there: There) {
    match there {
        There::Nothing => {}
        There::Touch => {
            let made = vm.access(|cpu| cpu.new_str(b"a string of somebody else"));
            assert!(made.is_ok());
        }
        There::Save => {
            let saved = vm.snapshot().expect("well formed");
            let mut twin = Vm::restore(&saved, &config(u64::MAX)).expect("its own");
            assert!(twin.snapshot().expect("well formed") == saved);
            twin.add_fuel(u64::try_from(vm.fuel_left()).unwrap_or(0));
            *vm = twin;
        }
        There::Fork => *vm = Vm::from_image(&vm.image(), u64::MAX).expect("its own"),
    }
}

/// Runs a program to its end; gives its result, the fuel that it took, and how often it stood.
fn run(source: &str, memory: u64, slice: u64, there: There) -> (f64, i128, u32) {
    let mut vm = started(source, memory);
    let (mut given, mut stood, mut has_stood) = (0, 0, false);
    loop {
        let exit = vm.run(slice);
        given += i128::from(slice);
        if std::mem::take(&mut has_stood) {
            vm.audit_heap().expect("a heap that is well formed");
        }
        match exit {
            Exit::OutOfFuel => {}
            Exit::Collecting => {
                (stood, has_stood) = (stood + 1, true);
                meet(&mut vm, there);
            }
            Exit::Done => break,
            other => panic!("{other:?}"),
        }
    }
    // A step makes up for some that there was no safepoint for, and ends with what stacks have kept.
    let most = 16 * MOST_WORK;
    assert!(
        vm.longest_step() <= most,
        "{source}: {} units at once",
        vm.longest_step()
    );
    let result = vm.results().first().and_then(|v| v.as_number());
    (
        result.expect("a number"),
        given - i128::from(vm.fuel_left()),
        stood,
    )
}

#[test]
fn nothing_can_be_seen_of_it() {
    for (name, source) in PROGRAMS {
        let (result, fuel, stood) = run(source, u64::MAX, u64::MAX >> 16, There::Nothing);
        assert_eq!(stood, 0, "{name}: it had all the time");
        for there in [There::Nothing, There::Touch, There::Save, There::Fork] {
            let sliced = run(source, u64::MAX, 199, there);
            assert_eq!(result, sliced.0, "{name}, {there:?}");
            // A string more, and the collector comes at another time: programs can see when weak tables lose entries.
            if there != There::Touch {
                assert_eq!(fuel, sliced.1, "{name}, {there:?}");
            }
            assert!(sliced.2 > 0, "{name}, {there:?}: it never stood");
        }
    }
}

#[test]
fn memory_that_is_full_is_collected_in_portions() {
    for (name, source) in FULL {
        let [whole, sliced] =
            [u64::MAX >> 16, 199].map(|slice| run(source, 8 << 20, slice, There::Nothing));
        assert!(whole.0 > 0.0, "{name}: nothing failed");
        assert_eq!((whole.0, whole.1), (sliced.0, sliced.1), "{name}");
    }
}

#[test]
fn a_function_that_is_loaded_in_portions_needs_no_more_room() {
    let source =
        "local p = {} for i = 1, 827 do p[i] = 'local a' .. i % 150 .. ' = { ' .. i .. ' }' end
         local s = 'do ' .. table.concat(p, ' end do ') .. ' end return 5' p = nil
         local n = 0 for i = 1, 5 do n = n + loadstring(s)() end return n";
    for slice in [u64::MAX >> 16, 10_007, 331, 7] {
        assert_eq!(
            run(source, 250_000, slice, There::Nothing).0,
            25.0,
            "{slice}"
        );
    }
}

#[test]
fn a_guest_whose_memory_is_full_goes_on_from_snapshots_and_in_forks() {
    let limit = 8 << 20;
    let beyond = limit + bvm_vm::MEMORY_LENT;
    // Loading what is not paid for yet, and what nothing was written to, are no matter of these.
    for (name, source) in FULL {
        let whole = run(source, limit, u64::MAX >> 16, There::Nothing);
        for there in [There::Save, There::Fork] {
            let mut vm = started(source, limit);
            let (mut given, slice) = (0, 400_009);
            loop {
                let exit = vm.run(slice);
                given += i128::from(slice);
                match exit {
                    Exit::OutOfFuel | Exit::Collecting => {}
                    Exit::Done => break,
                    other => panic!("{name}, {there:?}: {other:?}"),
                }
                let left = vm.fuel_left();
                let saved = vm.snapshot().expect("well formed");
                let image = vm.image();
                let begun = |memory| match there {
                    There::Save => Vm::restore(&saved, &config(memory)).ok(),
                    _ => Vm::from_image(&image, memory).ok(),
                };
                vm = begun(limit).unwrap_or_else(|| {
                    let mut vm = begun(beyond).expect("it has no more than that");
                    vm.begin_within(limit);
                    vm
                });
                assert!(
                    vm.snapshot().expect("well formed") == saved,
                    "{name}, {there:?}"
                );
                let had = u64::try_from(vm.fuel_left()).unwrap_or(0);
                vm.add_fuel(u64::try_from(left).unwrap_or(0) - had);
                assert_eq!(vm.fuel_left(), left, "{name}, {there:?}");
            }
            let result = vm.results().first().and_then(|v| v.as_number());
            let used = given - i128::from(vm.fuel_left());
            assert_eq!(
                (result, used),
                (Some(whole.0), whole.1),
                "{name}, {there:?}"
            );
        }
    }
}

/// A strange snapshot may say that a table is growing or a function being loaded while a native has paused, which hinders the
/// guest from standing: not for ever.
#[test]
fn nothing_hinders_a_guest_from_standing_for_ever() {
    let source = "local hoard, s, n = {}, ('a'):rep(2000), 0
        for i = 1, 1500 do
          if not pcall(function() hoard[#hoard + 1] = { i, s:rep(2) .. i } end) then hoard = {} end
          n = n + (s:find('a-b') or 1)
        end return n";
    let limit = 1 << 20;
    let mut vm = started(source, limit);
    let mut hindered = 0;
    while hindered < 30 && vm.run(499) != Exit::Done {
        if vm.access(|cpu| cpu.mem.get(AT, root::GC_WHOLE)) == 0 {
            continue;
        }
        let snapshot = vm.snapshot().expect("it can be saved");
        // It has paid for a table that grows, or something has come of a chunk that it makes a function of.
        for is_loading in [false, true] {
            let strange = Vm::restore(&snapshot, &config(limit + bvm_vm::MEMORY_LENT));
            let mut strange = strange.expect("it is sound");
            strange.access(|cpu| match is_loading {
                false => cpu.mem.set(AT, root::GROWN_PAID, 1 << 40),
                true => cpu.mem.set(AT, root::LOADED_AS, 4),
            });
            for _ in 0..20 {
                strange.run(499);
            }
        }
        hindered += 1;
    }
    assert_eq!(hindered, 30);
}
