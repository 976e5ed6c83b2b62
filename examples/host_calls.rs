//! A host of one's own: it lets the guest write, keeps one file for it, stops the clock, answers one
//! question later, and refuses the rest.
//!
//! Prints:
//! > guest: the greeting is hello
//! > guest: the year is 2001
//! > guest: /etc/passwd: Operation not permitted
//! > waits for getenv
//! > guest: the answer is 42

use bvm::{Answer, Error, Exit, Guest, Hypercall, Refuse, Request, Word};

const PROGRAM: &str = r#"
    print("the greeting is " .. dofile("greeting.lua"))
    print("the year is " .. os.date("!%Y"))
    print((select(2, io.open("/etc/passwd"))))
    print("the answer is " .. os.getenv("ANSWER"))
"#;

fn answer(request: &Request) -> Answer {
    match (request.call, request.args.as_slice()) {
        (Hypercall::Write, [Word::Int(1), Word::Bytes(text)]) => {
            print!("guest: {}", String::from_utf8_lossy(text));
            Answer::words([])
        }
        (Hypercall::ReadFile, [Word::Bytes(path)]) if path == b"greeting.lua" => {
            Answer::words([Word::Bytes(b"return 'hello'".to_vec())])
        }
        (Hypercall::Time, _) => Answer::words([Word::Int(1_000_000_000)]),
        (Hypercall::GetEnv, _) => Answer::Later,
        _ => bvm::Host::answer(&mut Refuse, request),
    }
}

fn main() -> Result<(), Error> {
    let mut guest = Guest::builder().host(answer).build()?;
    let program = guest.load(PROGRAM, "=program")?;
    guest.start(&program, &[])?;
    loop {
        match guest.run(100_000) {
            Exit::Done(_) => return Ok(()),
            Exit::Error(error) => return Err(error.into()),
            Exit::Waiting => {
                let call = guest.request().map(|request| request.call.name());
                println!("waits for {}", call.unwrap_or("nothing"));
                guest.answer(Ok(vec![Word::Bytes(b"42".to_vec())]));
            }
            _ => return Err(Error::OutOfFuel),
        }
    }
}
