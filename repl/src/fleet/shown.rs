//! What guests say, made safe for the terminal of whoever runs them. Must not know who says it.

/// A text whose control characters are shown as Lua writes them, `\27`, but for the tabulator: a guest must neither move the
/// cursor nor begin a line that is not its own. Bytes outside of UTF-8 stay, but for those that are control characters
/// to terminals of 8 bits.
pub fn shown(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            let mut bytes = [0; 4];
            let bytes = c.encode_utf8(&mut bytes).as_bytes();
            match c.is_control() && c != '\t' {
                true => bytes.iter().for_each(|&byte| escape(byte, &mut out)),
                false => out.extend_from_slice(bytes),
            }
        }
        for &byte in chunk.invalid() {
            match byte {
                0x80..=0x9f => escape(byte, &mut out),
                byte => out.push(byte),
            }
        }
    }
    out
}

/// [`shown`] of a text that is one.
pub fn shown_text(text: &str) -> String {
    String::from_utf8_lossy(&shown(text.as_bytes())).into_owned()
}

fn escape(byte: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("\\{byte}").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn control_characters_are_escaped_and_others_are_not() {
        let cases: [(&[u8], &[u8]); 6] = [
            (b"plain \t text", b"plain \t text"),
            (b"\x1b[2J\x1b]0;t\x07", b"\\27[2J\\27]0;t\\7"),
            (b"a\rb| c\x00\x7f", b"a\\13b| c\\0\\127"),
            ("ä€😀".as_bytes(), "ä€😀".as_bytes()),
            ("\u{9b}31m".as_bytes(), b"\\194\\15531m"),
            (b"\xff\x9b\xc3", b"\xff\\155\xc3"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected, "{text:?}");
        }
    }
}
