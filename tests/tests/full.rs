//! Random programs whose memory is full most of the time: allocations fail in natives, callbacks, coroutines, finalizers,
//! hooks and rings, and are caught. Whatever engine runs them, in slices of whatever size, saved and forked on the way, the
//! output, the fuel and the state at the end are the same to the last byte. `BVM_FULL=N` tries N times as many.

use bvm_tests::corpus::{difference, setting};
use bvm_tests::cuts::image_difference;
use bvm_tests::engine::{Cuts, Limits, Mode, Outcome, note, noted, run};
use bvm_tests::generate::rng::Rng;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Seeds that have found something once.
const FOUND: [u64; 6] = [91, 113, 176, 245, 308, 376];

/// Programs that take more fuel are left out.
const MOST_FUEL: u64 = 400_000;

/// What all programs begin with: a hoard that they fill, and calls that may fail.
const BEGINNING: &str = "
local hoard, count, finals, noted = {}, 0, 0, 0
local weak = { k = setmetatable({}, { __mode = 'k' }), v = setmetatable({}, { __mode = 'v' }) }
local function keep(v) count = count + 1 hoard[count] = v end
local function free(from) for i = from, count do hoard[i] = nil end count = from - 1 end
local function note(...) noted = noted + 1 io.write(noted, ': ', ...) io.write('\\n') end
local function try(f, ...)
  local results = { pcall(f, ...) }
  for i, v in pairs(results) do
    if type(v) == 'string' and #v > 60 then v = #v .. v:sub(1, 20) end
    results[i] = (type(v) == 'string' or type(v) == 'number' or type(v) == 'boolean') and tostring(v) or type(v)
  end
  return table.concat(results, ' ')
end
local function final(f)
  local u = newproxy(true) getmetatable(u).__gc = function(u) finals = finals + 1 if f then f(u) end end return u
end
";

/// Work that needs memory. `$few`, `$some` and `$many` are numbers.
const WORK: &[&str] = &[
    "local t = {} for i = 1, $some do t[i] = { i } end keep(t) return #t",
    "local i = count while true do i = i + 1 hoard[i] = { i } end",
    "local s = ('x'):rep($many) keep(s) return #s",
    "local s = 'a' for i = 1, $few do s = s .. s .. i end return #s",
    "local s = 'x' while true do s = s .. s end",
    "for i = 1, $some do weak.v[i] = { i } weak.k[{ i }] = {} if i % 7 == 0 then keep(weak.v[i]) end end return #weak.v",
    "local n = 0 for _ in pairs(weak.v) do n = n + 1 end for _ in pairs(weak.k) do n = n + 1 end return n",
    "for i = 1, $few do local u = final() weak.k[u] = i if i % 3 == 0 then keep(u) end end return finals",
    "for i = 1, $few do final(function(u) keep(u) local t = {} for i = 1, $few do t[i] = {} end end) end return finals",
    "local function down(n) local v = { n } local f = function() return v end
       if n == 0 then return 0 end return down(n - 1) + f()[1] end return down($some * 4)",
    "local function down(...) return 1 + down(0, ...) end return down($few)",
    "local list = {} for i = 1, $few do
       local co = coroutine.create(function(a)
         local v = { a } list[i] = function() return v[1] end a = coroutine.yield(v)
         local w = { a } keep(function() return w, v end) coroutine.yield() end)
       coroutine.resume(co, i) if i % 2 == 0 then coroutine.resume(co, i) end end
     local n = 0 for i = 1, $few do n = n + list[i]() end return n",
    "local t = {} for i = 1, $many do t[i] = i end return #t",
    "local t = {} for i = 1, $many do t['k' .. i] = i end return 1",
    "return #('word '):rep($some):gsub('%w+', function(w) keep({ w }) return w .. #hoard end)",
    "local t = {} for i = 1, $some do t[i] = i * 7919 % 1009 end
     table.sort(t, function(a, b) local x = { a, b } return x[1] < x[2] end) return t[1], t[#t]",
    "local t = {} for i = 1, $some do t[i] = 'k' .. i * 7919 % 1009 end table.sort(t)
     local s = table.concat(t, ',') return #s, #s:upper(), s:find('k9', 1, true)",
    "local s = ('abc%d '):rep($some) return #string.format('%s %q', s, s), #s:gsub('b', '<%0>')",
    "collectgarbage() return math.floor(collectgarbage('count'))",
    "collectgarbage('step', $few) return 1",
    "collectgarbage('setpause', 100 + $some) return 1",
    "free(math.floor(count / 2)) return count",
    "local p = {} for i = 1, $some do p[i] = 'local a' .. i % 150 .. ' = { ' .. i .. ' }' end
     local f, message = loadstring('do ' .. table.concat(p, ' end do ') .. ' end return 5') return f and f() or message",
    "local t = {} for i = 1, $some do t[i] = i end return select('#', unpack(t)), (select($some, unpack(t)))",
    "local mt = {} local o = setmetatable({}, mt)
     mt.__concat = function() keep({}) return 'c' .. count end
     mt.__index = function(t, k) local v = { k } rawset(t, k, v) return v end
     mt.__newindex = function(t, k, v) rawset(t, k, { v }) end
     for i = 1, $some do local x = o[i] o['a' .. i] = i end return o .. 'x' .. o",
    "local a = {} for i = 1, $some do local x = i a[i] = function() x = x + 1 return x end end
     local n = 0 for i = 1, #a do n = n + a[i]() end keep(a) return n",
];

/// What is around it. `$work` is some of the above, or one of these.
const AROUND: &[&str] = &[
    "local co = coroutine.wrap(function() local q = { 1 } local s = try(function() $work end) coroutine.yield(s) error(q) end)
     return co() .. try(co)",
    "local s = try(function() $work end) return s .. try(function() $work end)",
    "return (('ab'):gsub('.', function() return try(function() $work end) end))",
    "return try(ring.run, 2, function() $work end, { fuel = 200 * $some, memory = 4000 * $some })",
    "return try(ring.run, 3, function() $work end, { memory = 4000 * $some })",
    "local s debug.sethook(function() debug.sethook() s = try(function() $work end) end, '', $few)
     for i = 1, 2 * $few do end return s",
    "final(function() note(try(function() $work end)) end) return 1",
    "return try(xpcall, function() $work end, function(e) keep({ e }) return (try(string.rep, tostring(e), $some)) end)",
    "local gate = ring.gate(function() return try(function() $work end) end)
     return try(ring.run, 3, function(gate) local t = {} for i = 1, $some do t[i] = {} end return gate() end, { memory = 1e6 }, gate)",
    "local s table.sort({ 3, 1, 2 }, function(a, b) s = s or try(function() $work end) return a < b end) return s",
    "local o = setmetatable({}, { __index = function() return try(function() $work end) end,
       __tostring = function() return try(function() $work end) end }) return o.x .. tostring(o)",
];

/// A program that follows from a seed.
fn program(seed: u64) -> String {
    let mut rng = Rng::new(seed);
    let mut text = BEGINNING.to_owned();
    for _ in 0..3 + rng.below(5) {
        let depth = rng.below(4);
        let work = work(&mut rng, depth);
        text += &format!("note(try(function() {work} end))\n");
        text += match rng.below(4) {
            0 => "free(1)\n",
            1 => "note(collectgarbage('count'))\n",
            _ => "free(math.floor(count / 2) + 1)\n",
        };
    }
    text + "hoard = nil collectgarbage() note(finals, ' ', collectgarbage('count'))"
}

fn work(rng: &mut Rng, depth: usize) -> String {
    let is_plain = depth == 0 || rng.one_in(3);
    let mut text = rng.of(if is_plain { WORK } else { AROUND }).to_owned();
    while text.contains("$work") {
        let inner = work(rng, depth - 1);
        text = text.replacen("$work", &inner, 1);
    }
    [
        ("$few", 1 + rng.below(40)),
        ("$some", 1 + rng.below(2000)),
        ("$many", 1000 * (1 + rng.below(900))),
    ]
    .into_iter()
    .fold(text, |text, (name, number)| {
        text.replace(name, &number.to_string())
    })
}

/// Bytes that a program has: little more than the library takes, or some MiB.
fn memory(seed: u64) -> u64 {
    [400 << 10, 700 << 10, 1 << 20, 3 << 20][seed as usize % 4]
}

fn outcome(seed: u64, mode: Mode, fuel: u64) -> Result<Outcome, String> {
    note(format!("seed {seed} in mode {mode:?}"));
    let limits = Limits {
        memory: memory(seed),
        saves: true,
        cuts: Cuts::Random { fuel, seed },
        ..Limits::default()
    };
    let work = || run(program(seed).as_bytes(), "=full", mode, limits);
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| format!("{}: the machine panicked", noted()))
}

/// What differs in some mode. Tells whether the program was tried at all, and ran out of memory.
fn compare(seed: u64) -> Result<bool, String> {
    let whole = outcome(seed, Mode::Whole, 0)?;
    if whole.fuel > MOST_FUEL {
        return Ok(false);
    }
    for mode in [
        Mode::Cold,
        Mode::Sliced,
        Mode::Cut,
        Mode::Saved,
        Mode::Forked,
    ] {
        let got = outcome(seed, mode, whole.fuel)?;
        let differs = difference(&whole.text(), &got.text());
        let differs = differs.or_else(|| {
            let text = format!("  fuel {} instead of {}", got.fuel, whole.fuel);
            (got.fuel != whole.fuel).then_some(text)
        });
        let differs = differs.or_else(|| {
            (got.image != whole.image).then(|| image_difference(&whole.image, &got.image))
        });
        if let Some(what) = differs {
            return Err(format!("{} with {} bytes\n{what}", noted(), memory(seed)));
        }
    }
    Ok(whole.text().contains("not enough memory"))
}

#[test]
fn programs_whose_memory_is_full_are_the_same_in_all_modes() {
    let seeds = 0..16 * setting("BVM_FULL", 1);
    let (mut report, mut full) = (Vec::new(), 0);
    for seed in seeds.clone().chain(FOUND) {
        match compare(seed) {
            Ok(was_full) => full += u64::from(was_full),
            Err(what) => report.push(what),
        }
    }
    assert!(report.is_empty(), "{}", report.join("\n"));
    assert!(full > seeds.end / 3, "the memory of only {full} was full");
}

#[test]
fn a_string_for_which_there_is_no_bucket_leaves_nothing() {
    // What is full is mostly the memory for twice as many buckets. Hot code that fails lets cold code try again.
    let source = "local t, n = {}, 0
        for round = 1, 3 do
          pcall(function() for i = 1, 60000 do n = n + 1 t['k' .. n] = i end end) t = {} print(n, collectgarbage('count'))
        end";
    for memory in (2_000_000..2_600_000).step_by(60_000) {
        let limits = Limits {
            memory,
            saves: true,
            ..Limits::default()
        };
        let [hot, cold] =
            [Mode::Whole, Mode::Cold].map(|mode| run(source.as_bytes(), "=full", mode, limits));
        assert_eq!((hot.text(), hot.fuel), (cold.text(), cold.fuel), "{memory}");
        assert!(hot.image == cold.image, "{memory}: another state");
    }
}
