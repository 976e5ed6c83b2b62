//! Assignments and `local`.

use bvm_isa::Op;
use smallvec::SmallVec;

use super::descriptor::{Desc, Kind};
use super::{Emit, Gen};
use crate::ast::{Assign, Local};
use crate::limits;

/// Targets of an assignment, each waiting to be stored to.
type Targets = SmallVec<[Kind; 4]>;

impl Gen<'_> {
    pub(super) fn assign(&mut self, assign: &Assign<'_>) -> Emit {
        let mut targets = Targets::new();
        for (number, target) in assign.targets.iter().enumerate() {
            if number > 0 {
                self.consume();
            }
            let desc = self.prefix(target)?;
            if number > 0 {
                if let Kind::Local(register) = desc.kind {
                    self.save_conflicting(&mut targets, register)?;
                }
                let limit = limits::LEVELS.saturating_sub(self.level);
                if number as u32 > limit {
                    return Err(self.limit_fault(&self.f, limit, "variables in assignment"));
                }
            }
            targets.push(desc.kind);
        }
        self.consume();
        let mut last = self.list(assign.values)?;
        let (wanted, given) = (assign.targets.len() as u32, assign.values.len() as u32);
        if wanted == given {
            self.set_one_result(&mut last);
            if let Some(target) = targets.pop() {
                self.store(target, &mut last)?;
            }
        } else {
            self.adjust(wanted, given, last)?;
            self.f.free = self.f.free.saturating_sub(given.saturating_sub(wanted));
        }
        while let Some(target) = targets.pop() {
            let top = self.f.free.saturating_sub(1);
            self.store(target, &mut Desc::new(Kind::Register(top)))?;
        }
        Ok(())
    }

    /// `a[i], i = ...`: a local that is assigned to is also used by targets before it, which
    /// then use a copy of it.
    fn save_conflicting(&mut self, targets: &mut Targets, register: u32) -> Emit {
        let copy = self.f.free;
        let mut conflict = false;
        for target in targets {
            if let Kind::Indexed { table, key } = target {
                for used in [table, key] {
                    if *used == register {
                        *used = copy;
                        conflict = true;
                    }
                }
            }
        }
        if conflict {
            self.abc(Op::Move, copy, register, 0)?;
            self.reserve(1)?;
        }
        Ok(())
    }

    /// Makes `wanted` values of the `given` ones, of which `last` is not in a register yet.
    pub(super) fn adjust(&mut self, wanted: u32, given: u32, mut last: Desc) -> Emit {
        if last.is_open() {
            let results = (wanted + 1).saturating_sub(given);
            self.set_results(&last, Some(results))?;
            if results > 1 {
                self.reserve(results - 1)?;
            }
            return Ok(());
        }
        if !matches!(last.kind, Kind::Void) {
            self.finish_next(&mut last)?;
        }
        if wanted > given {
            let missing = wanted - given;
            let first = self.reserve(missing)?;
            self.load_nil(first, missing)?;
        }
        Ok(())
    }

    pub(super) fn local(&mut self, local: &Local<'_>) -> Emit {
        self.consume();
        for (number, &name) in local.names.iter().enumerate() {
            if number > 0 {
                self.consume();
            }
            self.consume();
            self.declare(name)?;
        }
        let mut last = Desc::VOID;
        if !local.values.is_empty() {
            self.consume();
            last = self.list(local.values)?;
        }
        let (wanted, given) = (local.names.len() as u32, local.values.len() as u32);
        self.adjust(wanted, given, last)?;
        self.activate(wanted);
        Ok(())
    }
}
