//! `debug.debug`: a loop that reads and runs lines of standard input.

use crate::compile::{Named, Wanted, compile};
use bvm_isa::hypercall::Hypercall;
use bvm_vm::objects::Str;
use bvm_vm::{Answer, Cpu, Next, Word};

/// The steps of the loop. The window is empty between them, but for what a step names.
mod step {
    /// Show the prompt.
    pub const PROMPT: u32 = 0;
    /// The prompt is out: read a line.
    pub const READ: u32 = 1;
    /// The host has answered with a line.
    pub const GOT: u32 = 2;
    /// Compile the line in slot 1.
    pub const COMPILE: u32 = 3;
    /// The line has been run: slot 1 tells whether it failed.
    pub const RAN: u32 = 4;
}

pub(super) fn debug(cpu: &mut Cpu<'_, '_>) -> Answer {
    match cpu.step_number() {
        step::PROMPT => {
            cpu.check_reply()?;
            cpu.set_count(0);
            cpu.take_reply();
            write(cpu, b"lua_debug> ".to_vec(), step::READ)
        }
        step::READ => {
            cpu.check_reply()?;
            cpu.take_reply();
            let args = vec![Word::Int(0)];
            cpu.ask(Hypercall::ReadLine, args);
            Ok(Next::Wait { step: step::GOT })
        }
        step::GOT => take_line(cpu),
        step::COMPILE => run_line(cpu),
        _ => {
            let failed = cpu.arg(1).is_falsy();
            report(cpu, failed)
        }
    }
}

fn write(cpu: &mut Cpu<'_, '_>, text: Vec<u8>, step: u32) -> Answer {
    cpu.ask(Hypercall::Write, vec![Word::Int(2), Word::Bytes(text)]);
    Ok(Next::Wait { step })
}

fn take_line(cpu: &mut Cpu<'_, '_>) -> Answer {
    cpu.check_reply()?;
    let Some(Ok(words)) = cpu.take_reply() else {
        return Ok(Next::Return(0));
    };
    match words.first() {
        // The end of a line belongs to it: where a statement is cut short, messages name the line behind.
        Some(Word::Bytes(line)) if line != b"cont" => {
            cpu.push_bytes(&[line, &b"\n"[..]].concat())?
        }
        _ => return Ok(Next::Return(0)),
    }
    cpu.set_step(step::COMPILE);
    run_line(cpu)
}

fn run_line(cpu: &mut Cpu<'_, '_>) -> Answer {
    let line = cpu.check_string(1)?;
    match compile(cpu, line, 0, Named::As(b"=(debug command)"), Wanted::ANY)? {
        Ok(function) => {
            cpu.set_count(0);
            cpu.push(function);
            Ok(Next::Protect {
                func: 1,
                handler: 0,
                step: step::RAN,
            })
        }
        Err(refused) => {
            cpu.set_count(1);
            cpu.push_bytes(&refused.message)?;
            report(cpu, true)
        }
    }
}

/// Shows the error in slot 2, if there is one, and goes on with the next line.
fn report(cpu: &mut Cpu<'_, '_>, failed: bool) -> Answer {
    if !failed {
        cpu.set_step(step::PROMPT);
        return debug(cpu);
    }
    let error = cpu.arg(2);
    // C would show a null pointer for what is no text.
    let mut text = match cpu.to_str(error)? {
        Some(Str(_)) => cpu.display(error),
        None => b"(null)".to_vec(),
    };
    text.push(b'\n');
    write(cpu, text, step::PROMPT)
}
