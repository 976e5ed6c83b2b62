//! Where fuel ends leaves no trace: a run in slices ends in the same state as one with all fuel at once, down to the
//! bytes of a snapshot. (This file belongs to the package `bvm`; the folder's other tests are `bvm-tests`.)

mod words;

use bvm::{Answer, Capture, Error, Exit, Guest, Host, Request, Ring, Word};
use bvm_isa::{Const, Proto, write_chunk};
use std::sync::{Arc, Mutex};
use words::word;

/// Natives that run out of fuel in the middle of what they do, while collections fall due.
const PAUSING: &[&str] = &[
    "return #(('x'):rep(20000):gsub('x', function() return 'yy' end))",
    "local n = 0
     local text = ('abc '):rep(3000):gsub('%w', function(c) n = n + 1 return c .. n end)
     return #text",
    "local t = {} for i = 1, 12000 do t[i] = 10000 + i * 7919 % 89989 end
     local text, n, seen = table.concat(t), 0, {} t = nil
     for i = 1, 3 do n = n + #text:sub(i):gsub('......', seen) end return n",
    "local t = {} for i = 1, 2000 do t[i] = 'key' .. (i * 7919) % 2001 end
     table.sort(t, function(a, b) return a .. '' < b .. '' end) return t[1]",
    "local text = ('abc'):rep(40000, '-') local back, big = text:reverse(), text:upper()
     return #big:sub(5) + #back:lower() + #text:rep(2)",
    "local t = {} for i = 1, 70000 do t[i] = i end return #t",
    "local t = {} for i = 40000, 1, -1 do t[i] = i end return #t",
    "local t, n = {}, 0 for i = 1, 5000 do t['k' .. i] = i t[{}] = i t[i * 3] = i t[i + 0.5] = i end
     for k in pairs(t) do n = n + 1 end for k in pairs(t) do t[k] = nil end
     for i = 1, 40 do t[i .. 'x'] = i end return n",
    "local t = {} for i = 1, 9000 do rawset(t, i, i) end for i = 1, 9000 do table.insert(t, i) end
     for i = 1, 3000 do table.insert(t, #t, i) end return #t",
    "local t, u = {}, {} for i = 1, 30000 do t[i] = i end table.move(t, 1, 30000, 2, u)
     table.move(t, 1, 30000, -70000, u) table.insert(u, -9000, 1) return #u",
    "local t = setmetatable({}, {__newindex = function(t, k, v) rawset(t, k, v) end})
     for i = 1, 9000 do t[i] = i end for i = 1, 9000 do _G['x' .. i] = i end return #t + x77",
    "local t, u, n = {}, {}, 0 for i = 1, 9000 do t[i] = i * 7919 % 9001 u[i] = 'k' .. t[i] end
     table.sort(t) table.sort(u) for i = 2, 9000 do if t[i - 1] <= t[i] and u[i - 1] <= u[i] then n = n + 1 end end
     return n",
    "local t, n = {}, 0 for i = 1, 20000 do t[i] = i % 3 end table.sort(t) table.sort(t)
     for i = 2, 20000 do if t[i - 1] <= t[i] then n = n + 1 end end t[20000] = -0.0 t[7] = 'x'
     return n + (pcall(table.sort, t) and 1 or 0)",
    "local t, n = {}, 0 for i = 1, 4096 do t[i] = i end
     local chunk = ring.load(3, 'local t, i = ... t[i] = i')
     for i = 1, 5 do if ring.run(3, chunk, { fuel = 300 * i }, t, 4097) then n = n + 1 end end
     for i = 4098, 20000 do t[i] = i end return #t + n",
    "local t, n = {}, 0 for i = 1, 20000 do t[i] = i end
     for i = 1, 9 do table.insert(t, i, -i) n = n + table.remove(t, 2 * i) end
     table.move(t, 2, 20000, 1) table.move(t, 1, 19999, 2) table.insert(t, 1, 0) table.insert(t, 3, 0)
     for i = 1, #t do n = n * 3 % 1000003 + t[i] end return n + #t",
    "local t, n = {}, 0 for i = 1, 20000 do t[i] = i t[i + 0.5] = i end
     for k in pairs(t) do if k ~= 15000 and k ~= 3.5 then t[k] = nil end end
     for i = 1, 5 do n = n + next(t) + table.maxn(t) table.foreach(t, function(k, v) n = n + k + v end) end
     return n",
    "local s, n = ('abc'):rep(30000), 0 local big = s .. 1 .. s .. '' .. s
     for i = 1, 9 do local t = i .. big n = n + #(t .. t .. i) end
     local m = setmetatable({}, {__concat = function(a, b) return #(type(a) == 'string' and a or b) end})
     return n + #(big .. big .. m .. big) .. big:sub(-3)",
    "local n, t = 0, {} debug.sethook(function() n = n + 1 end, 'l', 3)
     for i = 1, 3000 do t[i] = i
     t[-i] = i end debug.sethook() return n",
    "local n, t = 0, {} debug.sethook(function() n = n + 1 t[n] = n t[n + 1] = n end, '', 3)
     for i = 1, 5000 do t[-i] = i end debug.sethook() return n",
    "local s, n = ('x'):rep(100000) .. 'yz', 0
     for i = 1, 3 do n = n + s:find('yz', i, true) + s:find('xy') + s:find(('x'):rep(20000) .. 'y') end
     return n .. tostring(s:find('zz', 5)) .. #s:match('^x+') .. s:find('z', -1) .. tostring(s:find(s .. s))",
    "local text, s = ('aab'):rep(3000), ('aab'):rep(20000) local long = text .. 'b' .. text
     local n = s:find(text, 5) + (s .. long):find(long) + (s .. long .. '%'):find(long .. '%%')
     return n .. tostring(s:find(long, 1, true)) .. s:find(s:sub(7)) .. tostring(s:find(s .. s)) .. s:match(text .. '()')",
    "local word, digits = ('x'):rep(9000), ('1'):rep(4500) local long = word .. '\\n' .. word
     local source = table.concat({ 'local ' .. word .. ' = \"' .. word .. '\" .. [==[' .. long .. ']==]', 'up = \"' .. word .. '\\\\n\"',
       'local f = function() ' .. word .. ' = ' .. word .. ' .. 1 return ' .. word .. ' end', 'global' .. word .. ' = f',
       'return ' .. digits .. ' == ' .. digits .. '.0, 0.' .. digits .. 'e1, 0x' .. digits .. ', f() == f(), #global' .. word .. '()',
       (' '):rep(9000) .. '--[==[' .. long .. ']==]' }, '\\n')
     local f = assert(loadstring(source)) local a, b, c, d, n = f() assert(a and up == word .. '\\n' and b > 1.1 and c == 1 / 0 and not d)
     for _, wrong in ipairs { '=' .. word, word, digits .. 'x', '\"' .. word, '[' .. ('='):rep(9000), '[[' .. word, 'x = \"\\\\u{' .. digits } do
       local f, message = loadstring('return ' .. wrong .. '') n = n + #(message or '') end
     return n + #string.dump(f) + #string.dump(loadstring(string.dump(f)))",
    "local n = 0 for word in ('some words '):rep(2000):gmatch('%w+') do n = n + #word:upper() end return n",
    "local s, n = ('x'):rep(30000) .. ('y'):rep(20000), 0
     local a, b, c, d, e = s:find('()(x+)(y+)') assert(a == 1 and b == #s and c == 1 and #d == 30000 and #e == 20000)
     assert(s:match('.+') == s and #s:match('x+') == 30000 and #s:match('((x+)y+)', 20000) == 30001)
     for x, at, y in (s .. s):gmatch('(x+)()(y+)') do n = n + #x + at + #y end
     s:gsub('(x+)(y+)', function(x, y) n = n + #x - #y end)
     n = n + #s:gsub('x+', { [('x'):rep(30000)] = 'z' }) + #s:gsub('(y+)', setmetatable({}, { __index = function(t, k) return k .. k end }))
     local deep = ('('):rep(31) .. 'x+' .. (')'):rep(31) return n + select('#', s:match(deep)) + #(select(31, s:sub(25000):find(deep)))",
    "local f = loadstring(('x = 1 '):rep(9000)) return #string.dump(f) + #string.dump(loadstring(string.dump(f)))",
    "local s, n = ('x'):rep(100000), 0
     for i = 1, 3 do n = n + #select(2, pcall(function() error(s) end)) + #select(2, pcall(function() assert(nil, s) end)) end
     return n + #debug.traceback(s) + #debug.traceback(s, s, 1)",
    "local s = ('x\\0\"'):rep(30000)
     return #string.format('%s %q %d%%', s, s, 5) + #string.format(s .. '%%%s', s) + #string.format('%q', s)",
    "local r, n = ('%1%%'):rep(3000) .. '%2y', 0
     for i = 1, 3 do n = n + #(('xy'):rep(20):gsub('(z*)()', r)) end return n",
    "local s, a, t = ('x'):rep(20000), {}, {} for i = 1, 5 do a[i] = s .. i end
     for i = 1, 3000 do t[i] = a[i * 7 % 5 + 1] end table.sort(t) return #t[1] + (t[1] < t[3000] and 1 or 0)",
    "local list = assert(loadstring('return {' .. ('1,2,3,'):rep(700) .. '(...), ...}'))
     local items = {} for i = 1, 2500 do items[i] = 'k' .. i .. '=' .. i end
     local record = assert(loadstring('return {' .. table.concat(items, ',') .. '}'))
     local n, t = 0, {} for i = 1, 7000 do t[i] = i end
     for i = 1, 9 do local u, v = list(unpack(t)), { unpack(t, i) } n = n + #u + record()['k' .. i] + #v end
     return n",
    "local t, u, n = {}, {}, 7900 for i = 1, n do t[i] = i % 256 u[i] = 0x10000 + i end
     local s, wide, narrow = string.char(unpack(t)), utf8.char(unpack(u)), utf8.char(unpack(t))
     local function same(a, b) assert(#a == #b) for i = 1, #a do assert(a[i] == b[i], i) end end
     same(t, { s:byte(1, -1) }) same(u, { utf8.codepoint(wide, 1, -1) }) same(t, { utf8.codepoint(narrow, 1, -1) })
     assert(wide == utf8.char(unpack(u)) and #wide == 4 * n and select(4000, s:byte(2, 7000)) == 4001 % 256)
     assert(not pcall(string.byte, s:rep(2), 1, -1) and not pcall(string.byte, s, 1, -1, unpack(t, 1, 101)))
     t[5000] = 256 u[5000] = -1
     return select(2, pcall(string.char, unpack(t))) .. select(2, pcall(utf8.char, unpack(u))) .. #s:rep(3, wide)",
    "local n, s = ('1'):rep(9000), ('9'):rep(1025) local t = {} for i = 1, 600 do t[i] = i % 2 == 0 and 65 or '66' end
     return tonumber(n) == 1 / 0 and tonumber(s .. 'x') == nil and tonumber(('f'):rep(3000), 16) ~= nil
     and #string.char(unpack(t))",
    "local s, n = ('xyz'):rep(20000), '' local format = '<s4 c90000 z !8 i2 d x c40000'
     local packed = string.pack(format, s, s, s, 7, 0.5, 12)
     local a, b, c, i, d, e, at = string.unpack(format, packed)
     assert(a == s and b == s .. ('\\0'):rep(30000) and c == s and i == 7 and d == 0.5 and at == #packed + 1)
     assert(e == '12' .. ('\\0'):rep(39998) and packed == string.pack(format, s, s, s, 7, 0.5, '12'))
     for _, args in ipairs { { 'z', s .. '\\0' .. s }, { 'c100', s }, { 's1', s }, { 's4 i1', s, 1000 }, { 's4 s4', s },
       { 's4 z', s, {} }, { 's4 y', s }, { '!8 s4 i3', s, 1 }, { 'z c5', s, s } } do
       local ok, message = pcall(string.pack, unpack(args)) n = n .. tostring(ok) .. message end
     return n",
    "local t, odd, n = {}, {}, 7500 for i = 1, n do t[i] = i odd[i + 0.5] = i if i % 3 == 0 then odd[i * 7] = -i end end
     local packed = table.pack(unpack(t, 2, n)) assert(packed.n == n - 1 and packed[n - 1] == n and packed[n] == nil)
     packed.x = 1 for i = 1, n - 1 do assert(packed[i] == i + 1) end
     local holes = table.pack(unpack(odd, -5, n)) assert(holes.n == n + 6)
     for i = 1, holes.n do assert(holes[i] == odd[i - 6]) end
     assert(select('#', unpack({}, 2 ^ 31 - 1025, 2 ^ 31 - 1)) == 1025)
     local ok, message = pcall(unpack, t, 1, 8000) local none, words = pcall(unpack, t, 1, 1e6)
     return select('#', table.unpack(t, 1, 1500)) .. tostring(ok) .. tostring(message) .. tostring(none) .. words",
];

/// What a native has in hand when fuel ends is in a snapshot.
#[test]
fn natives_go_on_from_snapshots() -> Result<(), Error> {
    for program in PAUSING {
        let (exit, fuel, _) = run(program.as_bytes(), 1 << 40)?;
        let mut guest = Guest::builder().seed(7).build()?;
        let main = guest.load(*program, "=slices")?;
        guest.start(&main, &[])?;
        let mut slices = 0;
        let restored = loop {
            match guest.run(307) {
                Exit::OutOfFuel => slices += 1,
                exit => break exit,
            }
            if slices % 41 == 3 {
                guest = Guest::builder().restore(&guest.snapshot()?)?;
            }
        };
        let fuel_restored: u64 = Ring::ALL.iter().map(|&ring| guest.account(ring).fuel).sum();
        assert_eq!(exit, restored, "{program}");
        assert_eq!(fuel, fuel_restored, "{program}");
    }
    Ok(())
}

/// How far a native has come is in a snapshot in one way, whether it has been saved before or not.
#[test]
fn natives_that_have_been_saved_are_saved_as_before() -> Result<(), Error> {
    for program in PAUSING {
        let mut guest = Guest::builder().seed(7).build()?;
        let main = guest.load(*program, "=slices")?;
        guest.start(&main, &[])?;
        let mut slices = 0;
        while guest.run(1009) == Exit::OutOfFuel {
            slices += 1;
            if slices % 23 == 7 {
                guest = restored(guest)?;
                let snapshot = guest.snapshot()?;
                guest = restored(guest)?;
                assert!(guest.snapshot()? == snapshot, "{program}");
            }
        }
    }
    Ok(())
}

/// What comes back of a guest; who restores it has its seed.
fn restored(mut guest: Guest) -> Result<Guest, Error> {
    Guest::builder().seed(7).restore(&guest.snapshot()?)
}

/// Programs that write much, and what.
const WRITING: &[&str] = &[
    "print(('x'):rep(100000), ('y'):rep(30000) .. '\\0' .. ('z'):rep(30000), nil, 5, true)",
    "local t = {} for i = 1, 3000 do t[i] = i / 7 end print(unpack(t)) print(('x'):rep(8192)) print(t == nil, 'end')",
    "local s = ('x'):rep(20000) local t = setmetatable({}, { __tostring = function() return s end })
     print(t, s, t, s) tostring = function(v) return s end print(1, s, t)",
    "local s = ('x'):rep(30000) io.write(s, 1, s, 0.1) io.write(s:rep(20), '!') io.write(s:rep(9), '\\0', s)
     io.write('a', '', s:rep(20), 1 / 3) print(pcall(io.write, s, 1, {}, s)) print(pcall(io.write, s:rep(20), {}))
     io.stdout:write(s, 1) print(io.write(s))",
    "local t = {} for i = 1, 3000 do t[i] = i / 7 end io.write(unpack(t)) io.write('end')",
    "local s = ('x'):rep(150000) local t = setmetatable({}, { __tostring = function() return s .. '\0' .. s end })
     print(s, t, s:sub(1, 65536), t, s) tostring = function(v) return s end print(1, s, t)
     print(('y'):rep(65535)) print(('y'):rep(65536), 'end')",
];

/// A host that counts the bytes that it is handed at a time.
struct Pieces(Arc<Mutex<Vec<usize>>>);

impl Host for Pieces {
    fn answer(&mut self, request: &Request) -> Answer {
        if let Some(Word::Bytes(bytes)) = request.args.get(1) {
            self.0.lock().expect("one thread").push(bytes.len());
        }
        Answer::words([])
    }
}

/// A host is handed a line as a whole, unless it is long: then in pieces, so that it has never much to do at once.
#[test]
fn long_lines_go_out_in_pieces() -> Result<(), Error> {
    let pieces = Arc::default();
    let mut guest = Guest::builder().host(Pieces(Arc::clone(&pieces))).build()?;
    let program = "local s = ('x'):rep(200000) print(s, s) print(('x'):rep(60000)) print('x', 1) io.write(s, s)";
    guest.eval::<()>(program, 1 << 40)?;
    let pieces = std::mem::take(&mut *pieces.lock().expect("one thread"));
    assert!(pieces.iter().all(|&len| len <= 80 << 10), "{pieces:?}");
    assert_eq!(pieces.iter().sum::<usize>(), 400_002 + 60_001 + 4 + 400_000);
    assert!(
        pieces.contains(&60_001) && pieces.contains(&4),
        "{pieces:?}"
    );
    Ok(())
}

/// What comes out does not depend on slices, and neither does its price.
#[test]
fn output_is_the_same_in_slices() -> Result<(), Error> {
    let run = |program: &str, slice: u64| -> Result<_, Error> {
        let (host, mut output) = Capture::new(1 << 24);
        let mut guest = Guest::builder().host(host).build()?;
        let main = guest.load(program, "=slices")?;
        guest.start(&main, &[])?;
        let (mut slices, mut text) = (0, Vec::new());
        let exit = loop {
            match guest.run(slice) {
                Exit::OutOfFuel => slices += 1,
                exit => break exit,
            }
            if slices % 64 == 3 {
                let (host, new_output) = Capture::new(1 << 24);
                guest = Guest::builder().host(host).restore(&guest.snapshot()?)?;
                text.extend(output.take());
                output = new_output;
            }
        };
        text.extend(output.take());
        Ok((exit, guest.account(Ring::Application).fuel, text))
    };
    for program in WRITING {
        let whole = run(program, 1 << 40)?;
        assert!(matches!(whole.0, Exit::Done(_)), "{program}: {:?}", whole.0);
        for slice in [7, 100, 331, 15_013] {
            assert!(
                whole == run(program, slice)?,
                "{program} in slices of {slice}"
            );
        }
    }
    Ok(())
}

/// Functions that no source has, with the constants `"x"`, 1, 5000 and 0.5: tables whose sizes say more than is put into
/// them.
const HANDMADE: &[&str] = &[
    // 114,688 slots and 131,072 nodes.
    "NEWTABLE 0 118 118; SETGLOBAL 0 -1; LOADK 0 -2; RETURN 0 2",
    // The first items that are stored are those behind 200,000 others.
    "NEWTABLE 0 0 0; LOADK 1 -2; word 00800022; word 00000FA1; SETGLOBAL 0 -1; LOADK 0 -2; RETURN 0 2",
    // Lists get longer in a table with 5,000 nodes.
    "NEWTABLE 0 0 0; LOADK 1 -2; LOADK 2 -3; LOADK 3 -2; FORPREP 1 2; ADD 5 4 259; SETTABLE 0 5 4; FORLOOP 1 -3; \
     LOADK 1 -2; SETLIST 0 1 1; SETLIST 0 1 2; SETLIST 0 1 30; SETGLOBAL 0 -1; LOADK 0 -2; RETURN 0 2",
];

/// The chunk of a handmade function.
fn chunk(code: &str) -> Vec<u8> {
    let main = Proto {
        source: Some(b"=slices".as_slice().into()),
        vararg: 2,
        max_stack: 6,
        code: code.split(';').map(|text| word(text.trim())).collect(),
        consts: vec![
            Const::Str(b"x".as_slice().into()),
            Const::Number(1.0),
            Const::Number(5000.0),
            Const::Number(0.5),
        ],
        ..Proto::default()
    };
    write_chunk(&main, false)
}

/// Runs a program in slices; gives how it ended, its fuel, and the state afterwards.
fn run(source: &[u8], slice: u64) -> Result<(Exit, u64, Vec<u8>), Error> {
    let mut guest = Guest::builder().seed(7).build()?;
    let main = guest.load(source, "=slices")?;
    guest.start(&main, &[])?;
    let exit = loop {
        match guest.run(slice) {
            Exit::OutOfFuel => {}
            exit => break exit,
        }
    };
    let fuel = Ring::ALL.iter().map(|&ring| guest.account(ring).fuel).sum();
    // A debt is part of the state, and depends on the slices. This pays it.
    guest.eval::<()>("", 1_000_000)?;
    Ok((exit, fuel, guest.snapshot()?))
}

#[test]
fn slices_leave_no_trace() -> Result<(), Error> {
    let sources = PAUSING.iter().map(|text| (*text, text.as_bytes().to_vec()));
    let chunks = HANDMADE.iter().map(|code| (*code, chunk(code)));
    let deep = DEEP.iter().map(|text| (*text, text.as_bytes().to_vec()));
    for (program, bytes) in sources.chain(chunks).chain(deep) {
        let (exit, fuel, image) = run(&bytes, 1 << 40)?;
        assert!(matches!(exit, Exit::Done(_)), "{program}: {exit:?}");
        for slice in [7, 331, 15_013] {
            let (exit_in_slices, fuel_in_slices, image_in_slices) = run(&bytes, slice)?;
            assert_eq!(exit, exit_in_slices, "{program} in slices of {slice}");
            assert_eq!(fuel, fuel_in_slices, "{program} in slices of {slice}");
            let same = image == image_in_slices;
            assert!(same, "{program} ends in another state in slices of {slice}");
        }
    }
    Ok(())
}

/// Recursions that get deep, and return one after the other: one value, several, and through varargs and metamethods.
const DEEP: &[&str] = &[
    "local function f(n) if n > 0 then return 1 + f(n - 1) end return 0 end return f(19000)",
    "local function f(n) if n > 0 then f(n - 1) end end return f(19000)",
    "local function f(n) if n > 0 then local a, b = f(n - 1) return b, a end return 1, 2 end return f(19000)",
    "local function f(n, ...) if n > 0 then return 1, (f(n - 1, ...)) end return ... end return f(9000, 1, 2, 3)",
    "local m, t = {}, {} setmetatable(t, m)
     m.__index = function(t, k) return k > 0 and t[k - 1] + 1 or 0 end return t[9000]",
    "local function f(n) if n > 0 then return { f(n - 1), n } end end return #f(19000)",
    "return coroutine.wrap(function() local function f(n) return n > 0 and 1 + f(n - 1) or 0 end return f(19000) end)()",
];

/// No more is done than a slice pays for while a recursion gets deep, and while it returns.
#[test]
fn deep_recursions_end_where_fuel_does() -> Result<(), Error> {
    const SLICE: u64 = 100;
    for program in DEEP {
        let mut guest = Guest::builder().build()?;
        let main = guest.load(*program, "=deep")?;
        guest.start(&main, &[])?;
        let mut slices = 0;
        loop {
            let exit = guest.run(SLICE);
            slices += 1;
            let over = guest
                .account(Ring::Application)
                .fuel
                .saturating_sub(slices * SLICE);
            assert!(
                over < SLICE,
                "{program}: {over} units too many in slice {slices}"
            );
            if exit != Exit::OutOfFuel {
                assert!(matches!(exit, Exit::Done(_)), "{program}: {exit:?}");
                break;
            }
            if slices % 101 == 3 {
                guest = Guest::builder().restore(&guest.snapshot()?)?;
            }
        }
    }
    Ok(())
}

/// Captures of many bytes.
const CAPTURING: &[&str] = &[
    "local s = ('x'):rep(200000) return #s:match('x+x') + #s:match('(x+)x') + #s:match('(x+)x$')",
    "local s, n = ('x'):rep(200000) .. 'y', 0 for x in s:gmatch('x+') do n = n + #x end return n",
    "local s, n = ('x'):rep(200000) .. 'y', 0 s:gsub('x+', function(x) n = n + #x return '' end)
     s:gsub('x+', setmetatable({}, { __index = function(t, x) n = n + #x return '' end })) return n",
    "local s = ('x'):rep(8000) .. 'y' local deep = ('('):rep(32) .. 'x+' .. (')'):rep(32)
     return select('#', s:match(deep)) + select('#', s:find(deep))",
];

/// No more is done than a slice pays for, but for a portion, while captures are made.
#[test]
fn captures_wait_for_fuel() -> Result<(), Error> {
    const SLICE: u64 = 100;
    for program in CAPTURING {
        let mut guest = Guest::builder().build()?;
        let main = guest.load(*program, "=captures")?;
        guest.start(&main, &[])?;
        let mut slices = 0;
        while guest.run(SLICE) == Exit::OutOfFuel {
            slices += 1;
            let over = guest
                .account(Ring::Application)
                .fuel
                .saturating_sub(slices * SLICE);
            assert!(
                over < 3 * SLICE,
                "{program}: {over} units too many in slice {slices}"
            );
        }
    }
    Ok(())
}

/// A stack gets longer where it lies: so it takes no memory for a second one meanwhile, nor the time to copy it.
#[test]
fn a_stack_gets_longer_in_its_place() -> Result<(), Error> {
    let locals: String = (0..190).map(|i| format!("local a{i} ")).collect();
    // 4000 activations of 1.5 KB.
    let program = format!(
        "local function f(n) {locals} if n > 0 then return 1 + f(n - 1) end return 0 end return f(4000)"
    );
    let mut guest = Guest::builder().memory(8 << 20).build()?;
    assert_eq!(guest.eval::<f64>(program, 1 << 20)?, 4000.0);
    Ok(())
}

/// A large table of handmade code is made in portions, each of which is paid, and is saved between them.
#[test]
fn handmade_tables_wait_for_fuel() -> Result<(), Error> {
    for code in HANDMADE {
        let bytes = chunk(code);
        let mut guest = Guest::builder().seed(7).build()?;
        let main = guest.load(&bytes, "=slices")?;
        guest.start(&main, &[])?;
        let mut exit = guest.run(100);
        let mut slices = 0;
        while exit == Exit::OutOfFuel {
            slices += 1;
            let over = guest.account(Ring::Application).fuel;
            assert!(
                over <= slices * 100 + 300,
                "{code}: {over} units in {slices} slices"
            );
            if slices % 16 == 3 {
                guest = Guest::builder().restore(&guest.snapshot()?)?;
            }
            exit = guest.run(100);
        }
        assert!(matches!(exit, Exit::Done(_)), "{code}: {exit:?}");
        assert_eq!((exit, guest.account(Ring::Application).fuel), {
            let (exit, fuel, _) = run(&bytes, 1 << 40)?;
            (exit, fuel)
        });
    }
    Ok(())
}

#[test]
fn what_was_on_a_stack_is_forgotten_by_a_restored_guest_and_one_that_goes_on() -> Result<(), Error>
{
    let builder = || Guest::builder().seed(1).keep_seed(true);
    // The main thread has stood on its stack when the coroutine began, and the end comes while the collector marks.
    let source = "local keep = {} for i = 1, 1000 do keep[i] = { i } end
        coroutine.wrap(function() end)() for i = 1, ... do keep[i] = { i } end";
    for count in (0..6000).step_by(250) {
        let mut guest = builder().build()?;
        let main = guest.load(source, "=ends")?;
        guest.start(&main, &[f64::from(count).into()])?;
        drop(main);
        let begun = guest.snapshot()?;
        let ended = |saves: bool| -> Result<Vec<u8>, Error> {
            let mut guest = builder().restore(&begun)?;
            while guest.run(3001) == Exit::OutOfFuel {
                if saves {
                    let saved = guest.snapshot()?;
                    guest = builder().restore(&saved)?;
                }
            }
            guest.drain_fuel();
            guest.snapshot()
        };
        assert!(ended(false)? == ended(true)?, "{count}: another state");
    }
    Ok(())
}
