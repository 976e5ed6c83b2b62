//! Chunk names as error messages show them. Nothing here reads files or code.

/// Bytes of a printable chunk name at run time, the terminating NUL of the C buffer included.
pub const ID_SIZE: usize = 60;
/// The same in the messages of the compiler: Lua 5.1's lexer has a longer buffer.
pub const SYNTAX_ID_SIZE: usize = 80;
/// What the C library reserves around the tail of a file name: `" '...' "` and the NUL.
const FILE_RESERVE: usize = 8;
/// What it reserves around a line of source: `" [string \"...\"] "` and the NUL.
const STRING_RESERVE: usize = 17;

/// The printable form of a chunk name: at most 59 bytes.
///
/// `=name` loses its mark, `@file` keeps its end, anything else is source text, of which the
/// first line is shown.
///
/// ```
/// assert_eq!(bvm_isa::chunk_id(b"@dir/file.lua"), b"dir/file.lua");
/// assert_eq!(bvm_isa::chunk_id(b"x = 1\ny = 2"), b"[string \"x = 1...\"]");
/// ```
pub fn chunk_id(source: &[u8]) -> Vec<u8> {
    chunk_id_within(source, ID_SIZE)
}

/// [`chunk_id`] for a buffer of `size` bytes: [`SYNTAX_ID_SIZE`] in syntax errors.
pub fn chunk_id_within(source: &[u8], size: usize) -> Vec<u8> {
    // The name is a C string: nothing after a NUL shows. Only the end of a file's name is far from its beginning: of a
    // source no more is looked at than shows, because it may be long and errors are many.
    let name = match source {
        [b'@', ..] => source,
        _ => source.get(..size).unwrap_or(source),
    };
    let name = name.split(|&byte| byte == 0).next().unwrap_or(name);
    match name {
        [b'=', name @ ..] => name.iter().take(size.saturating_sub(1)).copied().collect(),
        [b'@', file @ ..] => file_id(file, size.saturating_sub(FILE_RESERVE)),
        _ => text_id(name, size.saturating_sub(STRING_RESERVE)),
    }
}

fn file_id(file: &[u8], room: usize) -> Vec<u8> {
    match file.len().checked_sub(room) {
        Some(cut) if cut > 0 => [b"...", file.get(cut..).unwrap_or_default()].concat(),
        _ => file.to_vec(),
    }
}

fn text_id(text: &[u8], room: usize) -> Vec<u8> {
    let line = text
        .split(|byte| matches!(byte, b'\n' | b'\r'))
        .next()
        .unwrap_or_default();
    let shown = line.get(..room).unwrap_or(line);
    let dots: &[u8] = if shown.len() < text.len() {
        b"..."
    } else {
        b""
    };
    [b"[string \"", shown, dots, b"\"]"].concat()
}
