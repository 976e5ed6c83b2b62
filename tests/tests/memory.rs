//! A guest at its memory limit: the error can be caught, and the host stays within the limit plus a
//! constant. One test, alone in its process, because it measures the process.

use bvm_tests::engine::{End, Limits, Mode, run};

/// What the process may have beyond the guest's limit: code, tables of the test, and the guest's page
/// tables and side tables.
const CONSTANT: u64 = 48 << 20;

/// Fills the memory, again and again, in several ways.
const PROGRAM: &[u8] = br#"
local function fill(make)
  local keep = {}
  local i = 0
  while true do i = i + 1 keep[i] = make(i) end
end
local ways = {
  function(i) return {} end,
  function(i) return ("x"):rep(10000) .. i end,
  function(i) return function() return i end end,
  function(i) return { i, i, i, a = i } end,
  function(i) return coroutine.create(function() end) end,
  function(i) return ("y"):rep(3e6) .. i end,
  function(i) return newproxy(true) end,
}
for round = 1, 2 do
  for n, make in ipairs(ways) do
    local ok, message = pcall(fill, make)
    collectgarbage()
    print(n, ok, message, collectgarbage("count") < 2048)
  end
end
local text = "z"
print(pcall(function() while true do text = text .. text end end))
text = nil
print(#("x"):rep(1000000))
"#;

/// The largest resident size of the process so far, in bytes, where the system tells.
fn resident_peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[test]
fn a_full_guest_gets_an_error_and_the_host_stays_small() {
    let memory = 64 << 20;
    let limits = Limits {
        fuel: 2_000_000_000,
        memory,
        ..Limits::default()
    };
    let outcome = run(PROGRAM, "=fill", Mode::Whole, limits);
    let mut expected = String::new();
    for _ in 0..2 {
        for n in 1..=7 {
            expected += &format!("{n}\tfalse\tnot enough memory\ttrue\n");
        }
    }
    expected += "false\tnot enough memory\n1000000\n";
    assert_eq!(outcome.text(), expected);
    assert_eq!(outcome.end, End::Done(0));
    match resident_peak() {
        Some(peak) => {
            eprintln!(
                "resident peak {} MiB for a limit of {} MiB",
                peak >> 20,
                memory >> 20
            );
            assert!(
                peak < memory + CONSTANT,
                "resident peak {peak} for a limit of {memory}"
            );
        }
        None => eprintln!("this system does not tell the resident size: not measured"),
    }
}
