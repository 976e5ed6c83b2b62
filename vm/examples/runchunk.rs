//! Runs a binary chunk with a bare `print`: a smoke test of the machine alone.
use bvm_isa::hypercall::Hypercall;
use bvm_vm::vm::Config;
use bvm_vm::{Answer, Cpu, Exit, Native, Next, Request, Vm, Word};

fn print(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 1 {
        cpu.take_reply();
        return Ok(Next::Return(0));
    }
    let mut text = Vec::new();
    for i in 1..=cpu.count() {
        if i > 1 {
            text.push(b'\t');
        }
        text.extend(cpu.display(cpu.arg(i)));
    }
    text.push(b'\n');
    cpu.ask(Hypercall::Write, vec![Word::Int(1), Word::Bytes(text)]);
    Ok(Next::Wait { step: 1 })
}

fn main() {
    let path = std::env::args().nth(1).expect("a chunk's path");
    let slice = std::env::args()
        .nth(2)
        .map_or(u64::MAX, |n| n.parse().expect("fuel"));
    let bytes = std::fs::read(path).expect("readable");
    let proto = bvm_isa::chunk::read_chunk(&bytes, b"chunk").expect("chunk");
    let verified = bvm_isa::verify::verify(proto).expect("verified");
    let natives = [Native {
        name: "print",
        run: print,
        calling: bvm_vm::native::Calling::Record,
        outermost: bvm_vm::Ring::Plugin,
    }];
    let config = Config {
        natives: natives.into(),
        ..Config::default()
    };
    let mut vm = Vm::new(&config).expect("memory");
    vm.access(|cpu| {
        let f = cpu.new_native(0, &[]).expect("memory");
        let globals = cpu.globals();
        cpu.set_field(globals, "print", f).expect("memory");
    });
    let f = vm.load(verified).expect("memory");
    vm.start(f, &[]).expect("start");
    let mut given = 0u64;
    loop {
        given = given.saturating_add(slice);
        match vm.run(slice) {
            Exit::OutOfFuel | Exit::Collecting => {}
            Exit::OutOfMemory | Exit::MemoryFull | Exit::Breakpoint => break,
            Exit::HostCall => vm.refuse_callout(),
            Exit::Hypercall => {
                if let Some(Request { args, .. }) = vm.take_request()
                    && let Some(Word::Bytes(text)) = args.get(1)
                {
                    print!("{}", String::from_utf8_lossy(text));
                }
                vm.answer(Ok(vec![]));
            }
            Exit::Error(v) => {
                println!("error: {}", String::from_utf8_lossy(&vm.display(v)));
                break;
            }
            Exit::Done => {
                println!("done {:?}", vm.results());
                break;
            }
        }
    }
    println!(
        "used {} memory {}",
        given as i64 - vm.fuel_left(),
        vm.memory_used()
    );
}
