//! Expression descriptors: where a value is while no register holds it yet. Data only.

use super::jump::JumpList;

/// What is known about an expression whose code is partly emitted.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// No value: an empty list.
    Void,
    Nil,
    True,
    False,
    /// Constant by its index.
    Constant(u32),
    /// Numeral, not in the constant table yet, so it can be folded.
    Number(f64),
    /// Register of a local variable.
    Local(u32),
    /// Upvalue by its index.
    Upvalue(u32),
    /// Global variable by the constant index of its name.
    Global(u32),
    /// Element of the table in a register; the key is a register or a constant.
    Indexed {
        table: u32,
        key: u32,
    },
    /// A comparison: the jumps taken when it holds.
    Jump(JumpList),
    /// The instruction at that place can still choose its target register.
    Movable(u32),
    /// In that register.
    Register(u32),
    /// Call at that place.
    Call(u32),
    /// `VARARG` at that place.
    Vararg(u32),
}

/// An expression: a kind, and the jumps out of it when it is already known to be true or false.
#[derive(Clone, Copy, Debug)]
pub struct Desc {
    pub kind: Kind,
    pub if_true: JumpList,
    pub if_false: JumpList,
}

impl Desc {
    pub const VOID: Desc = Desc::new(Kind::Void);

    pub const fn new(kind: Kind) -> Desc {
        Desc {
            kind,
            if_true: JumpList::EMPTY,
            if_false: JumpList::EMPTY,
        }
    }

    pub fn has_jumps(&self) -> bool {
        !self.if_true.is_empty() || !self.if_false.is_empty()
    }

    /// The numeral that this is, when nothing jumps around it.
    pub fn numeral(&self) -> Option<f64> {
        match self.kind {
            Kind::Number(value) if !self.has_jumps() => Some(value),
            _ => None,
        }
    }

    /// Calls and `...` can give any number of values.
    pub fn is_open(&self) -> bool {
        matches!(self.kind, Kind::Call(_) | Kind::Vararg(_))
    }
}
