//! Rings: with whose rights code runs and whose account pays for it. Must not know what a ring may do.
//!
//! Ring 0 is the host, which never is bytecode. A function has the ring of whoever loaded it, and runs in that
//! ring or an outer one: a call never makes code more privileged, and what runs for an outer ring is paid
//! by that ring. Only gates go inwards.

/// The rings of bytecode. The larger the number, the less it may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u8)]
pub enum Ring {
    /// Lua that the host ships: libraries and drivers.
    Library = 1,
    /// The program itself.
    #[default]
    Application = 2,
    /// Strangers' code that the program runs.
    Plugin = 3,
}

impl Ring {
    /// All rings of bytecode, from the inside.
    pub const ALL: [Ring; 3] = [Ring::Library, Ring::Application, Ring::Plugin];

    /// The ring with this number.
    #[inline]
    pub const fn new(number: u8) -> Option<Ring> {
        match number {
            1 => Some(Ring::Library),
            2 => Some(Ring::Application),
            3 => Some(Ring::Plugin),
            _ => None,
        }
    }

    /// Its number.
    #[inline]
    pub const fn number(self) -> u8 {
        self as u8
    }
}

impl std::fmt::Display for Ring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ring {}", self.number())
    }
}

/// The ring whose rights running code has, and the ring that pays for it: one word of guest memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rings {
    /// The current privilege level.
    pub level: Ring,
    /// Who pays. Further out than `level` only inside a gate.
    pub payer: Ring,
}

impl Rings {
    /// Code that pays for itself.
    #[inline]
    pub const fn of(ring: Ring) -> Rings {
        Rings {
            level: ring,
            payer: ring,
        }
    }

    /// Whether code runs inside a gate, with rights that the payer does not have.
    #[inline]
    pub fn is_in_gate(self) -> bool {
        self.level < self.payer
    }

    /// How guest memory has them.
    #[inline]
    pub const fn pack(self) -> u8 {
        self.level.number() | self.payer.number() << 4
    }

    /// Reads what [`Rings::pack`] has written. What nothing has written reads as ring 3.
    #[inline]
    pub const fn unpack(byte: u8) -> Rings {
        match (Ring::new(byte & 15), Ring::new(byte >> 4)) {
            (Some(level), Some(payer)) => Rings { level, payer },
            _ => Rings::of(Ring::Plugin),
        }
    }

    /// The number of the level in what [`Rings::pack`] has written.
    #[inline(always)]
    pub(crate) const fn level_in(byte: u8) -> u8 {
        byte & 15
    }

    /// The number of the payer in what [`Rings::pack`] has written.
    #[inline(always)]
    pub(crate) const fn payer_in(byte: u8) -> u8 {
        match byte >> 4 {
            number @ 1..=3 => number,
            _ => Ring::Plugin.number(),
        }
    }

    /// `root::PLAIN_CODES` for code in these rings: how many codes of headers, in the order of `exec::code`, are
    /// those of functions whose call changes nothing.
    pub(crate) const fn plain_codes(self) -> u32 {
        match self.level {
            Ring::Library => 0,
            Ring::Application => 3,
            Ring::Plugin => 6,
        }
    }

    /// The rings in which a function of `ring` runs when it is called from here.
    #[inline]
    pub fn call(self, ring: Ring) -> Rings {
        Rings {
            level: self.level.max(ring),
            payer: self.payer.max(ring),
        }
    }
}

/// What a record with `frame::FLAG_RING` keeps: the rings to go back to, and whether they are those of somebody
/// who had set limits for what it called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outer {
    pub rings: Rings,
    /// The record's native has limited what it calls: that cannot yield past it, and is unwound to here.
    pub limits: bool,
    /// Whether the thread was inside such a call already.
    pub scoped: bool,
    /// The record's native is a gate that leads inwards, and has changed how deep its thread may go.
    pub deepens: bool,
    /// The record's activation is a finalizer in other rings than what it has interrupted.
    pub strange: bool,
}

const LIMITS: u16 = 0x100;
const SCOPED: u16 = 0x200;
const STRANGE: u16 = 0x400;
const DEEPENS: u16 = 0x800;

impl Outer {
    pub fn pack(self) -> u16 {
        let mut word = u16::from(self.rings.pack());
        if self.limits {
            word |= LIMITS;
        }
        if self.scoped {
            word |= SCOPED;
        }
        if self.strange {
            word |= STRANGE;
        }
        if self.deepens {
            word |= DEEPENS;
        }
        word
    }

    pub fn unpack(word: u16) -> Outer {
        Outer {
            rings: Rings::unpack(word as u8),
            limits: word & LIMITS != 0,
            scoped: word & SCOPED != 0,
            strange: word & STRANGE != 0,
            deepens: word & DEEPENS != 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rings_survive_guest_memory() {
        for level in Ring::ALL {
            for payer in Ring::ALL {
                let rings = Rings { level, payer };
                assert_eq!(Rings::unpack(rings.pack()), rings);
                for ring in Ring::ALL {
                    let called = rings.call(ring);
                    assert!(called.level >= level && called.payer >= payer);
                }
            }
        }
    }

    #[test]
    fn unknown_rings_are_the_least_privileged() {
        assert_eq!(Rings::unpack(0), Rings::of(Ring::Plugin));
        assert_eq!(Rings::unpack(0xff), Rings::of(Ring::Plugin));
    }
}
