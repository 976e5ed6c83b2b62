//! Prototypes whose plain data are in the cage and nobody has checked yet: they are verified and translated
//! as those that are loaded, each in its place.

use super::{dump, translate};
use crate::host::Mem;
use crate::objects::Proto;
use crate::snapshot::SnapshotError;
use bvm_isa::Proto as Plain;
use bvm_isa::verify::{BitSet, Facts, verify_dumped};
use std::collections::{HashMap, HashSet};

/// Which words of each prototype are instructions.
pub(crate) type Starts = HashMap<u32, BitSet>;

/// Verifies and translates all prototypes of a guest. Their parts are well formed.
pub(crate) fn renew(mem: &mut Mem<'_>, protos: &[u32]) -> Result<Starts, SnapshotError> {
    let damaged = |what, at| SnapshotError::Damaged { what, at };
    let mut inner = HashSet::new();
    for &at in protos {
        for child in dump::list(mem, Proto(at), Proto::PROTOS, Proto::NPROTOS, 4) {
            if !inner.insert(mem.load::<u32>(child)) {
                return Err(damaged("a function inside of two", at));
            }
        }
    }
    let mut starts = Starts::with_capacity(protos.len());
    for &at in protos {
        if inner.contains(&at) {
            continue;
        }
        let plain = dump::plain(mem, Proto(at)).ok_or(damaged("functions nested too deep", at))?;
        let verified = verify_dumped(plain).map_err(|error| SnapshotError::Function {
            at,
            error: Box::new(error),
        })?;
        let (plain, facts) = verified.into_parts();
        function(mem, Proto(at), &plain, facts, &mut starts)?;
    }
    // Functions that contain each other are inside of no other one.
    match starts.len() == protos.len() {
        true => Ok(starts),
        false => Err(damaged("a function inside of itself", 0)),
    }
}

/// Translates a verified prototype and those inside.
fn function(
    mem: &mut Mem<'_>,
    at: Proto,
    plain: &Plain,
    facts: Facts,
    starts: &mut Starts,
) -> Result<(), SnapshotError> {
    let is_the_same = mem.get(at.0, Proto::NILS) == facts.entry_nils
        && mem.get(at.0, Proto::CAPTURES) == u8::from(facts.captures_locals)
        && mem.get(at.0, Proto::NLOCALS) == plain.locals.len() as u32;
    if !is_the_same {
        let what = "a function with facts of another one";
        return Err(SnapshotError::Damaged { what, at: at.0 });
    }
    translate::write(mem, at, plain, &facts);
    let list = mem.get(at.0, Proto::PROTOS);
    for ((i, inner), facts) in (0..).zip(&plain.protos).zip(facts.children) {
        let child = Proto(mem.load(list + 4 * i));
        function(mem, child, inner, facts, starts)?;
    }
    starts.insert(at.0, facts.starts);
    Ok(())
}
