//! What the rings of a guest may ask of the outside world. Must not know what becomes of a request.

use crate::exit::{HostError, Request};
use bvm_isa::hypercall::Group;
use serde::{Deserialize, Serialize};

/// The rings that a guest's code can be in, from 1, the most privileged, to this one.
pub const OUTERMOST: u8 = 3;
/// The ring of a program that nobody gave another.
pub const APPLICATION: u8 = 2;

/// The groups of hypercalls that each ring of a guest is granted. What is not granted is refused before the
/// host sees it. By default rings 1 and 2 have all groups, and ring 3 has [`Group::Core`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// A bit for each group, for rings 1 to 3.
    rings: [u16; OUTERMOST as usize],
}

impl Default for Grants {
    fn default() -> Grants {
        let all = Group::ALL.iter().fold(0, |bits, group| bits | bit(*group));
        Grants {
            rings: [all, all, bit(Group::Core)],
        }
    }
}

fn bit(group: Group) -> u16 {
    1 << group as u16
}

impl Grants {
    /// Nothing but [`Group::Core`], for all rings.
    pub fn none() -> Grants {
        Grants {
            rings: [bit(Group::Core); OUTERMOST as usize],
        }
    }

    /// Grants a group to a ring and to those within. There are rings 1 to 3; other numbers do nothing.
    #[must_use]
    pub fn allow(mut self, ring: u8, group: Group) -> Grants {
        for inner in self.rings.iter_mut().take(usize::from(ring)) {
            *inner |= bit(group);
        }
        self
    }

    /// Whether a ring is granted a group.
    pub fn has(&self, ring: u8, group: Group) -> bool {
        let index = usize::from(ring).checked_sub(1);
        let groups = index.and_then(|index| self.rings.get(index));
        groups.is_some_and(|groups| groups & bit(group) != 0)
    }

    /// Whether a request may reach the host.
    ///
    /// # Errors
    /// The fault that the guest gets: [`HostError::NOT_GRANTED`].
    pub fn check(&self, request: &Request) -> Result<(), HostError> {
        let (ring, group) = (request.ring, request.group());
        if ring <= request.call.row().ring && self.has(ring, group) {
            return Ok(());
        }
        let (call, group) = (request.call.name(), group.name());
        Err(HostError {
            message: format!("hypercall '{call}' ({group}) is not granted to ring {ring}"),
            code: HostError::NOT_GRANTED,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Word;
    use bvm_isa::hypercall::Hypercall;

    #[test]
    fn rings_have_what_they_were_granted() {
        let grants = Grants::none().allow(2, Group::Time);
        assert!(grants.has(1, Group::Time) && grants.has(2, Group::Time));
        assert!(!grants.has(3, Group::Time) && grants.has(3, Group::Core));
        assert!(!grants.has(0, Group::Core) && !grants.has(4, Group::Core));
        assert_eq!(grants.allow(9, Group::Io), grants.allow(3, Group::Io));
    }

    #[test]
    fn standard_streams_are_the_console() {
        let write = |ring, handle| Request {
            call: Hypercall::Write,
            args: vec![Word::Int(handle), Word::Bytes(Vec::new())],
            ring,
        };
        let console = Grants::none().allow(3, Group::Console);
        assert_eq!(console.check(&write(3, 1)), Ok(()));
        let refused = console.check(&write(3, 3)).expect_err("a file");
        let expected = "hypercall 'write' (io) is not granted to ring 3";
        assert_eq!(refused.message, expected);
        assert!(refused.is_fault());
    }

    #[test]
    fn some_calls_are_for_inner_rings_whatever_is_granted() {
        let request = Request {
            call: Hypercall::Exit,
            args: vec![Word::Int(0)],
            ring: 3,
        };
        let all = Group::ALL.iter();
        let all = all.fold(Grants::none(), |grants, group| grants.allow(3, *group));
        assert!(all.check(&request).is_err());
        assert_eq!(all.check(&Request { ring: 2, ..request }), Ok(()));
    }
}
