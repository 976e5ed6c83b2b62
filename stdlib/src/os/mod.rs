//! `os`: time, environment, files by name and processes, all of it the host's. Reading and writing files
//! is in `io`; the calendar is in `bvm_text`.

mod time;

use crate::base::c_name;
use crate::define::Library;
use crate::functions;
use crate::io::handle;
use bvm_isa::hypercall::Hypercall;
use bvm_vm::args::to_integer;
use bvm_vm::objects::Str;
use bvm_vm::{Answer, Cpu, Next, Raise, Reply, Ring, Type, Value, Word};

/// The library.
pub const LIBRARY: Library = Library {
    name: "os",
    functions: functions! { "os":
        /// `os.clock()`: processor time that the program has used, in seconds.
        "clock" = clock;
        /// `os.date([format[, time]])`: a time as text, or as a table for `*t`.
        "date" = time::date;
        /// `os.difftime(a[, b])`: seconds from `b` to `a`.
        "difftime" = difftime;
        /// `os.execute([command])`: runs a command of the system and returns its status.
        "execute" = execute;
        /// `os.exit([code])`: ends the program; as an addition, `true` and `false` are codes, and `os.exit(code, true)` runs the finalizers first.
        "exit" = exit;
        /// `os.getenv(name)`: the value of an environment variable.
        "getenv" = getenv;
        /// `os.remove(name)`: removes a file or an empty directory.
        "remove" = remove;
        /// `os.rename(from, to)`: renames a file.
        "rename" = rename;
        /// `os.setlocale([locale[, category]])`: there is only the locale `C`.
        "setlocale" = setlocale;
        /// `os.time([table])`: the time now, or the one that a table describes.
        "time" = time::time;
        /// `os.tmpname()`: a name for a temporary file.
        "tmpname" = tmpname;
    },
    additions: functions! { "os":
        /// `os.entropy(n)`: n random bytes of the host, for keys and names; or nil, a message and a number.
        "entropy" = entropy;
    },
    outermost: Ring::Application,
    open: None,
};

fn clock(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 0 {
        handle::pay(cpu, Hypercall::Clock)?;
        if let Some(seconds) = cpu.own_clock() {
            cpu.push(Value::number(seconds));
            return Ok(Next::Return(1));
        }
        return handle::ask(cpu, Hypercall::Clock, Vec::new(), 1);
    }
    let seconds = match first(&handle::take_checked(cpu)?) {
        Some(Word::Number(seconds)) => seconds,
        _ => -1.0,
    };
    cpu.push(Value::number(seconds));
    Ok(Next::Return(1))
}

/// Most bytes that a program gets at a time.
const MOST_ENTROPY: i64 = 1024;

fn entropy(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 0 {
        let count = cpu.check_integer(1)?;
        if !(0..=MOST_ENTROPY).contains(&count) {
            return Err(cpu.arg_error(1, b"0 to 1024 bytes expected"));
        }
        handle::pay(cpu, Hypercall::Entropy)?;
        return handle::ask(cpu, Hypercall::Entropy, vec![Word::Int(count)], 1);
    }
    match handle::take_checked(cpu)? {
        Ok(words) => {
            let bytes = match words.first() {
                Some(Word::Bytes(bytes)) => bytes.as_slice(),
                _ => &[],
            };
            let most = bytes.get(..MOST_ENTROPY as usize).unwrap_or(bytes);
            cpu.push_bytes(most)?;
            Ok(Next::Return(1))
        }
        Err(error) => handle::failure(cpu, None, &error),
    }
}

/// The first word of a good answer.
fn first(reply: &Reply) -> Option<Word> {
    reply.as_ref().ok()?.first().cloned()
}

fn difftime(cpu: &mut Cpu<'_, '_>) -> Answer {
    cpu.charge(2)?;
    // C evaluates the second argument first, which shows when both are wrong.
    let b = to_integer(cpu.opt_number(2, 0.0)?);
    let a = to_integer(cpu.check_number(1)?);
    cpu.push(Value::number((i128::from(a) - i128::from(b)) as f64));
    Ok(Next::Return(1))
}

fn execute(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 0 {
        handle::pay(cpu, Hypercall::Execute)?;
        let command = cpu.opt_string(1)?;
        if command.is_some_and(|c| handle::too_long(cpu, c, Hypercall::Execute).is_some()) {
            cpu.push(Value::number(-1.0));
            return Ok(Next::Return(1));
        }
        let args = command
            .map(|command| handle::bytes(cpu, command))
            .into_iter()
            .collect();
        return handle::ask(cpu, Hypercall::Execute, args, 1);
    }
    let status = match first(&handle::take_checked(cpu)?) {
        Some(Word::Int(status)) => status as f64,
        _ => -1.0,
    };
    cpu.push(Value::number(status));
    Ok(Next::Return(1))
}

/// Steps of `os.exit`. Slot 1: the code.
mod exiting {
    /// A finalizer has been called.
    pub const FINALIZED: u32 = 1;
    /// The host has answered.
    pub const ANSWERED: u32 = 2;
}

fn exit(cpu: &mut Cpu<'_, '_>) -> Answer {
    match cpu.step_number() {
        0 => {
            handle::pay(cpu, Hypercall::Exit)?;
            let code = exit_code(cpu)?;
            let closes = cpu.dialect().has_additions() && !cpu.arg(2).is_falsy();
            cpu.set_count(0);
            cpu.push(Value::number(f64::from(code)));
            if closes {
                cpu.make_all_due();
                return finalize_next(cpu);
            }
            ask_to_exit(cpu)
        }
        exiting::FINALIZED => finalize_next(cpu),
        _ => {
            // A host that answers lets the program go on.
            cpu.check_reply()?;
            cpu.take_reply();
            cpu.forget_closing();
            Ok(Next::Return(0))
        }
    }
}

/// The exit code that argument 1 stands for.
fn exit_code(cpu: &mut Cpu<'_, '_>) -> Result<i32, Raise> {
    let code = cpu.arg(1);
    if code.type_of() == Type::Boolean && cpu.dialect().has_additions() {
        return Ok(i32::from(code.is_falsy()));
    }
    cpu.opt_integer(1, 0).map(|code| code as i32)
}

/// Calls the finalizers that are left, one after the other; their errors are nobody's.
fn finalize_next(cpu: &mut Cpu<'_, '_>) -> Answer {
    cpu.set_count(1);
    let Some((finalizer, object)) = cpu.next_finalizer() else {
        return ask_to_exit(cpu);
    };
    cpu.push(finalizer);
    cpu.push(object);
    cpu.change_rings(cpu.makers_rings(object), false);
    Ok(Next::Protect {
        func: 2,
        handler: 0,
        step: exiting::FINALIZED,
    })
}

fn ask_to_exit(cpu: &mut Cpu<'_, '_>) -> Answer {
    let code = cpu.arg(1).as_number().unwrap_or(0.0);
    let args = vec![Word::Int(code as i64)];
    handle::ask(cpu, Hypercall::Exit, args, exiting::ANSWERED)
}

fn getenv(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 0 {
        handle::pay(cpu, Hypercall::GetEnv)?;
        let name = cpu.check_string(1)?;
        if handle::too_long(cpu, name, Hypercall::GetEnv).is_some() {
            // Nobody sets variables with such names.
            cpu.push(Value::NIL);
            return Ok(Next::Return(1));
        }
        let args = vec![handle::bytes(cpu, name)];
        return handle::ask(cpu, Hypercall::GetEnv, args, 1);
    }
    match first(&handle::take_checked(cpu)?) {
        Some(Word::Bytes(value)) => cpu.push_bytes(&value)?,
        _ => cpu.push(Value::NIL),
    }
    Ok(Next::Return(1))
}

fn remove(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 0 {
        handle::pay(cpu, Hypercall::Remove)?;
        let name = cpu.check_string(1)?;
        if let Some(error) = handle::too_long(cpu, name, Hypercall::Remove) {
            return handle::failure(cpu, Some(name), &error);
        }
        let args = vec![handle::bytes(cpu, name)];
        return handle::ask(cpu, Hypercall::Remove, args, 1);
    }
    let reply = handle::take(cpu)?;
    let name = Str::of(cpu.arg(1));
    handle::success(cpu, &reply, name)
}

fn rename(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 0 {
        handle::pay(cpu, Hypercall::Rename)?;
        let from = cpu.check_string(1)?;
        let to = cpu.check_string(2)?;
        let call = Hypercall::Rename;
        let error = handle::too_long(cpu, from, call).or_else(|| handle::too_long(cpu, to, call));
        if let Some(error) = error {
            return handle::failure(cpu, Some(from), &error);
        }
        let args = vec![handle::bytes(cpu, from), handle::bytes(cpu, to)];
        return handle::ask(cpu, Hypercall::Rename, args, 1);
    }
    let reply = handle::take(cpu)?;
    let name = Str::of(cpu.arg(1));
    handle::success(cpu, &reply, name)
}

fn setlocale(cpu: &mut Cpu<'_, '_>) -> Answer {
    const CATEGORIES: [&str; 6] = ["all", "collate", "ctype", "monetary", "numeric", "time"];
    cpu.charge(4)?;
    let locale = cpu.opt_string(1)?;
    handle::check_option(cpu, 2, Some("all"), &CATEGORIES)?;
    let known = locale.is_none_or(|name| matches!(c_name(cpu.bytes(name)), b"" | b"C" | b"POSIX"));
    if known {
        cpu.push_bytes(b"C")?;
    } else {
        cpu.push(Value::NIL);
    }
    Ok(Next::Return(1))
}

fn tmpname(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 0 {
        handle::pay(cpu, Hypercall::TmpName)?;
        return handle::ask(cpu, Hypercall::TmpName, Vec::new(), 1);
    }
    match first(&handle::take_checked(cpu)?) {
        Some(Word::Bytes(name)) => cpu.push_bytes(&name)?,
        _ => return Err(cpu.fail("unable to generate a unique filename")),
    }
    Ok(Next::Return(1))
}
