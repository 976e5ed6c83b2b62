//! Loading: a verified prototype becomes objects in the cage, with the engine's code beside the 5.1 words.

pub mod dump;
mod fill;
pub mod portions;
pub(crate) mod renew;
mod select;
mod translate;

use crate::data::{closure, string};
use crate::heap::{NoMemory, barrier};
use crate::host::Mem;
use crate::objects::root::{self, AT};
use crate::objects::{Closure, Proto, Str, Table};
use crate::ring::Ring;
use crate::value::Value;
use bvm_isa::verify::Verified;
use fill::{Filling, Texts};

/// A function of `ring` over the verified main prototype, with fresh upvalues.
pub fn load(
    mem: &mut Mem<'_>,
    verified: Verified,
    env: Table,
    ring: Ring,
) -> Result<Closure, NoMemory> {
    let made = Loading::begin(mem, verified, (env, ring), None, None)
        .and_then(|mut loading| loading.finish(mem));
    mem.set(AT, root::LOADED, 0);
    made
}

/// A function that is being loaded. What there is of it the root page holds.
#[derive(Debug)]
pub(crate) struct Loading {
    main: Proto,
    env: Table,
    upvalues: u8,
    /// The functions under way, each inside of the one before. The verifier bounds their number by 200.
    #[expect(clippy::vec_box, reason = "they are large, and go from hand to hand")]
    open: Vec<Box<Filling>>,
    /// What the outermost function was made of.
    scraps: Option<Box<Filling>>,
    /// Units of work that are done, and all.
    done: u64,
    work: u64,
}

impl Loading {
    /// `source` is the name of its source when the guest has that, and `bytes` how many it is made of when it is loaded in
    /// portions.
    fn begin(
        mem: &mut Mem<'_>,
        verified: Verified,
        (env, ring): (Table, Ring),
        source: Option<Str>,
        bytes: Option<u64>,
    ) -> Result<Loading, NoMemory> {
        let (plain, facts) = verified.into_parts();
        let source = match source {
            Some(known) => known,
            None => string::intern(mem, plain.source.as_deref().unwrap_or(b"=?"))?,
        };
        let main = fill::new(mem)?;
        mem.set(AT, root::LOADED, main.0);
        barrier::link(mem, main.0, Proto::SOURCE, source.0);
        mem.set(main.0, Proto::RING, ring.number());
        let (upvalues, work) = match bytes {
            Some(bytes) => (plain.upvalue_count, Filling::work(facts.totals, bytes)),
            None => (plain.upvalue_count, 0),
        };
        let texts = match bytes {
            Some(_) => Texts::InPortions,
            None => Texts::Whole,
        };
        let outermost = Filling::begin(mem, main, plain, facts, (source.0, texts))?;
        Ok(Loading {
            main,
            env,
            upvalues,
            open: vec![outermost],
            scraps: None,
            done: 0,
            work,
        })
    }

    /// Goes on until so many units of work are done. What a function was made of is dropped soon after.
    fn go_on(&mut self, mem: &mut Mem<'_>, until: u64) -> Result<(), NoMemory> {
        while let Some(innermost) = self.open.last_mut() {
            let mut units = until.saturating_sub(self.done);
            if units == 0 {
                break;
            }
            self.done = until;
            let inner = innermost.go_on(mem, &mut units)?;
            self.done -= units;
            match inner {
                Some(inner) => self.open.push(inner),
                None if innermost.is_whole() => self.scraps = self.open.pop(),
                None => {}
            }
        }
        Ok(())
    }

    /// Does all that is left, and makes the closure, which the root page holds.
    fn finish(&mut self, mem: &mut Mem<'_>) -> Result<Closure, NoMemory> {
        self.go_on(mem, u64::MAX)?;
        let closure = closure::new_lua(mem, self.main, self.env)?;
        mem.set(AT, root::LOADED, closure.0);
        for i in 0..self.upvalues {
            let upval = closure::new_closed_upval(mem, Value::NIL)?;
            closure::set_upval(mem, closure, i, upval);
        }
        Ok(closure)
    }
}
