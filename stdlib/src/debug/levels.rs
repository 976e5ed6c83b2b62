//! Activations by level, as 5.1 counts them: of any thread, with the host below the main thread's.

use bvm_vm::data::closure::{Function, function_of};
use bvm_vm::data::thread::DEAD;
use bvm_vm::debug::{Activation, Walk};
use bvm_vm::objects::root::{self, AT};
use bvm_vm::objects::{Closure, Proto, Thread, frame};
use bvm_vm::{Cpu, Raise, Value};

/// Name of the registry's function that stands for the host.
pub(super) const HOST: &str = "_HOST";

/// A walk over the activations of a thread.
pub(super) struct Levels {
    walk: Walk,
    /// The host, which comes last, unless it has come already.
    host: Option<Activation>,
}

impl Levels {
    /// A walk from the innermost activation of a thread, the running one by default.
    pub(super) fn new(cpu: &mut Cpu<'_, '_>, thread: Option<Thread>) -> Result<Levels, Raise> {
        let running = cpu.thread();
        let thread = thread.unwrap_or(running);
        let walk = match thread == running {
            true => Walk::new(cpu),
            false => Walk::of_thread(cpu.mem, thread),
        };
        let mut host = None;
        if thread.0 == cpu.mem.get(AT, root::MAIN) {
            let registry = cpu.registry();
            let function = cpu.field(registry, HOST)?;
            // A host that puts a native of its own below everything takes the entry away.
            if !function.is_nil() {
                host = Some(Activation {
                    fp: 0,
                    base: 0,
                    function,
                    ip: 0,
                    tail: false,
                });
            }
        }
        Ok(Levels { walk, host })
    }

    /// Passes `count` levels; tells whether there were so many.
    pub(super) fn skip(&mut self, cpu: &Cpu<'_, '_>, count: u32) -> bool {
        let walk = self.walk;
        if self.walk.skip(cpu.mem, count) {
            return true;
        }
        // One more than the walk has is the host.
        let had = walk.count(cpu.mem);
        self.host.take().is_some() && had + 1 == u64::from(count)
    }

    /// The activation here; goes on to the next.
    pub(super) fn next(&mut self, cpu: &Cpu<'_, '_>) -> Option<Activation> {
        self.walk.next(cpu.mem).or_else(|| self.host.take())
    }

    /// How many levels are left.
    pub(super) fn count(&self, cpu: &Cpu<'_, '_>) -> u64 {
        self.walk.count(cpu.mem) + u64::from(self.host.is_some())
    }

    /// Is told what has been counted here before.
    pub(super) fn knows(&mut self, count: u64) {
        let host = u64::from(self.host.is_some());
        self.walk.knows(count.saturating_sub(host));
    }

    /// The activation here, and the one that called it, when it is known.
    pub(super) fn next_with_caller(
        &mut self,
        cpu: &Cpu<'_, '_>,
    ) -> Option<(Activation, Option<Activation>)> {
        let found = self.next(cpu)?;
        let caller = Walk::next(&mut self.walk.clone(), cpu.mem);
        Some((found, caller.filter(|c| !c.tail && !found.tail)))
    }
}

/// The activation at a level of a thread, and its caller. A negative level counts as a lost tail call.
pub(super) fn at_level(
    cpu: &mut Cpu<'_, '_>,
    thread: Option<Thread>,
    level: i32,
) -> Result<Option<(Activation, Option<Activation>)>, Raise> {
    let Ok(level) = u32::try_from(level) else {
        let lost = Activation {
            fp: 0,
            base: 0,
            function: Value::NIL,
            ip: 0,
            tail: true,
        };
        return Ok(Some((lost, None)));
    };
    let mut levels = Levels::new(cpu, thread)?;
    if !levels.skip(cpu, level) {
        return Ok(None);
    }
    Ok(levels.next_with_caller(cpu))
}

/// End of the stack slots that belong to an activation: where the function that it calls lies.
pub(super) fn window_end(
    cpu: &mut Cpu<'_, '_>,
    thread: Option<Thread>,
    found: &Activation,
) -> Result<u32, Raise> {
    let innermost = Levels::new(cpu, thread)?.next(cpu);
    let Some(innermost) = innermost else {
        return Ok(found.base);
    };
    let mem = &*cpu.mem;
    if innermost.fp == found.fp {
        return Ok(match thread.filter(|&t| t != cpu.thread()) {
            // On top of a dead coroutine's stack lies the error that it died of.
            Some(t) if cpu.coroutine_status(t) == DEAD => mem.get(t.0, Thread::TOP) - 8,
            Some(t) => mem.get(t.0, Thread::TOP),
            None => innermost.base + cpu.count() * 8,
        });
    }
    // The record above tells how its activation goes back, and the one above that where it lies.
    let above = found.fp.wrapping_add(frame::SIZE);
    let base = match above == innermost.fp {
        true => innermost.base,
        false => mem.get(above.wrapping_add(frame::SIZE), frame::BASE),
    };
    let function = Value(mem.load(base.wrapping_sub(8)));
    let extra = match function_of(mem, function) {
        Some(Function::Lua(c)) if is_vararg(cpu, c) => mem.get(above, frame::EXTRA) * 8 + 8,
        _ => 0,
    };
    // Below a hook lies what the engine has put there for its end.
    let kept = match mem.get(above, frame::FLAGS) & frame::FLAG_HOOK {
        0 => 0,
        _ => 8,
    };
    Ok(base.wrapping_sub(8 + kept).wrapping_sub(extra))
}

fn is_vararg(cpu: &Cpu<'_, '_>, c: Closure) -> bool {
    let proto = cpu.mem.get(c.0, Closure::PROTO);
    cpu.mem.get(proto, Proto::VARARG) & bvm_isa::proto::VARARG_ISVARARG != 0
}
