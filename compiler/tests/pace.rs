//! Long tokens are read at the pace: whoever may do a small part of the work at a time has to wait often in each of them.

use bvm_compiler::{Mode, compile_at};
use bvm_isa::pace::{Gate, Pace, Stopped, WHOLE};
use std::cell::RefCell;

/// Allows a small part more each time, and notes how far the work was.
#[derive(Default)]
struct Steps(RefCell<Vec<u64>>);

impl Gate for Steps {
    fn wait(&self, done: u64) -> Result<u64, Stopped> {
        self.0.borrow_mut().push(done);
        Ok(done + WHOLE / 300)
    }
}

/// A source of about a megabyte, most of it one token, and whether it is correct.
fn sources() -> Vec<(Vec<u8>, bool)> {
    let long = |text: &str| text.repeat((1 << 20) / text.len());
    let (word, digits, breaks) = (long("x"), long("7"), long("y\r\n"));
    let (escapes, blanks) = (long("\\n\\65"), long(" \t"));
    let sources = [
        (format!("{word} = 1"), true),
        (format!("local {word}"), true),
        (format!("::{word}::"), true),
        (format!("x = {digits}"), true),
        (format!("x = 0x{digits}.8p1"), true),
        (format!("x = \"{word}\""), true),
        (format!("x = \"{escapes}\""), true),
        (format!("x = \"\\u{{{}41}}\"", long("0")), true),
        (format!("x = \"\\z{blanks}\""), true),
        (format!("x = [[{breaks}]]"), true),
        (format!("x = [{0}[{word}]{0}]", "=".repeat(9)), true),
        (format!("x = {blanks}1"), true),
        (format!("-- {word}"), true),
        (format!("--[[{breaks}]]"), true),
        (format!("x = \"{word}"), false),
        (format!("x = [{}", long("=")), false),
        (format!("x = {digits}x"), false),
    ];
    let bytes = |(text, is_correct): (String, bool)| (text.into_bytes(), is_correct);
    sources.into_iter().map(bytes).collect()
}

#[test]
fn long_tokens_are_read_in_pieces() {
    for (source, is_correct) in sources() {
        let gate = Steps::default();
        let pace = Pace::through(&gate);
        let mut made = None;
        compile_at(&pace, &source, b"=long", Mode::default(), &mut |told| {
            made = Some(told)
        });
        let shown = String::from_utf8_lossy(source.get(..20).unwrap_or_default()).into_owned();
        let told = made.map(|made| made.is_ok());
        assert_eq!(told, Some(is_correct), "{shown}");
        // Reading is a third of the work on a correct source. What need not be copied or converted is done for nothing.
        let waits = gate.0.borrow().len();
        let least = match shown.ends_with('7') && !is_correct {
            // It is read twice, and its value is looked for each time.
            true => 100,
            false => 40,
        };
        assert!(waits > least, "{shown}: {waits} waits");
    }
}
