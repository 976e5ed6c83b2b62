//! Runs a Lua file with the libraries and a plain host: a scratch runner for tests of the library.
use bvm_isa::hypercall::Hypercall as H;
use bvm_vm::vm::Config;
use bvm_vm::{Exit, HostError, Reply, Request, Vm, Word};
use std::io::{Read, Write};

fn io_error(e: std::io::Error) -> HostError {
    let text = e.to_string();
    let message = text.split(" (os error").next().unwrap_or("").to_string();
    HostError {
        message,
        code: e.raw_os_error().unwrap_or(0),
    }
}

fn path(w: Option<&Word>) -> String {
    match w {
        Some(Word::Bytes(b)) => String::from_utf8_lossy(b).into_owned(),
        _ => String::new(),
    }
}

fn serve(out: &mut Vec<u8>, r: &Request) -> Reply {
    match r.call {
        H::Write => {
            if let (Some(Word::Int(h)), Some(Word::Bytes(b))) = (r.args.first(), r.args.get(1)) {
                if *h == 2 {
                    std::io::stderr().write_all(b).ok();
                } else {
                    out.extend_from_slice(b);
                    if out.len() > 60000 {
                        std::io::stdout().write_all(out).ok();
                        out.clear();
                    }
                }
            }
            Ok(vec![])
        }
        H::Exit => {
            std::io::stdout().write_all(out).ok();
            std::process::exit(match r.args.first() {
                Some(Word::Int(n)) => *n as i32,
                _ => 0,
            })
        }
        H::ReadFile => std::fs::read(path(r.args.first()))
            .map(|b| vec![Word::Bytes(b)])
            .map_err(io_error),
        H::Readable => Ok(vec![Word::Bool(
            std::fs::File::open(path(r.args.first())).is_ok(),
        )]),
        H::GetEnv => Ok(std::env::var(path(r.args.first()))
            .map_or(vec![], |v| vec![Word::Bytes(v.into_bytes())])),
        H::ReadAll => {
            let mut b = Vec::new();
            std::io::stdin().read_to_end(&mut b).map_err(io_error)?;
            Ok(vec![Word::Bytes(b)])
        }
        H::ReadLine => {
            let mut b = String::new();
            let n = std::io::stdin().read_line(&mut b).map_err(io_error)?;
            Ok(if n == 0 {
                vec![]
            } else {
                vec![Word::Bytes(b.trim_end_matches('\n').as_bytes().to_vec())]
            })
        }
        H::Time => Ok(vec![Word::Int(1_700_000_000)]),
        H::Clock => Ok(vec![Word::Number(1.5)]),
        H::TmpName => Ok(vec![Word::Bytes(
            format!("/tmp/lua_{}", std::process::id()).into_bytes(),
        )]),
        H::Remove => std::fs::remove_file(path(r.args.first()))
            .map(|()| vec![])
            .map_err(io_error),
        _ => Err(HostError {
            message: "Function not implemented".into(),
            code: 38,
        }),
    }
}

fn main() {
    let mut args = std::env::args().skip(1);
    let file = args.next().expect("a file");
    let slice = std::env::var("SLICE").map_or(u64::MAX, |n| n.parse().expect("fuel"));
    let memory = std::env::var("MEM").map_or(u64::MAX, |n| n.parse().expect("bytes"));
    let source = std::fs::read(&file).expect("readable");
    let name = format!("@{}", file.rsplit('/').next().unwrap_or(&file));
    let mut out = Vec::new();
    let config = Config {
        natives: bvm_stdlib::natives(),
        memory,
        ..Config::default()
    };
    let mut vm = Vm::new(&config).expect("memory");
    bvm_stdlib::install(&mut vm).expect("memory");
    if std::env::var("STRESS").is_ok() {
        vm.access(|cpu| {
            cpu.mem.set(
                bvm_vm::objects::root::AT,
                bvm_vm::objects::root::GC_STRESS,
                1,
            )
        });
    }
    let proto = match bvm_compiler::compile(&source, name.as_bytes()) {
        Ok(p) => p,
        Err(e) => {
            eprintln!("lua5.1: {}", String::from_utf8_lossy(&e.message));
            std::process::exit(1);
        }
    };
    let verified = bvm_isa::verify::verify(proto).expect("verified");
    let f = vm.load(verified).expect("memory");
    vm.start(f, &[]).expect("start");
    let code = loop {
        match vm.run(slice) {
            Exit::OutOfFuel => {}
            Exit::Hypercall => {
                let request = vm.take_request().expect("request");
                let reply = serve(&mut out, &request);
                vm.answer(reply);
            }
            Exit::Error(v) => {
                std::io::stdout().write_all(&out).ok();
                out.clear();
                let text = match v.type_of() {
                    bvm_vm::Type::String | bvm_vm::Type::Number => vm.display(v),
                    _ => b"(error object is not a string)".to_vec(),
                };
                eprintln!("lua5.1: {}", String::from_utf8_lossy(&text));
                break 1;
            }
            Exit::Done(_) => break 0,
        }
    };
    std::io::stdout().write_all(&out).ok();
    std::process::exit(code);
}
