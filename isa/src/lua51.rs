//! The 38 instructions of Lua 5.1: one row each, and nothing about them anywhere else.
//!
//! A row reads: doc comment, number, listing name, variant, fields with their kinds, flow.
//! [`for_each_lua_op!`](crate::for_each_lua_op) hands all rows to a macro of the reader's choice.

/// Calls `$mac!` with every row of the instruction set.
///
/// Row: `#[doc] number NAME = Variant (a: Kind, b: Kind, c: Kind) flow`.
/// Kinds: `Dst` register written, `Reg` register read, `RegK` register or constant, `Kst` constant index
/// (format ABx), `KStr` string constant index (format ABx), `Flag` 0 or 1, `Num` plain number, `Fb` floating
/// byte, `Up` upvalue index, `Jump` signed displacement (format AsBx), `Pro` inner prototype (format ABx),
/// `Count` "value + 1, 0 = open", `Base` first register of a window, `Zero` unused,
/// `Shown` unused but listed.
/// Flow: `next`, `test` (next word is a jump), `jump`, `skip`, `last`, `hand` (a function of its own in the verifier).
#[macro_export]
macro_rules! for_each_lua_op {
    ($mac:path) => {
        $mac! {
            /// `R(A) := R(B)`
            0 MOVE = Move (a: Dst, b: Reg, c: Zero) next;
            /// `R(A) := K(Bx)`
            1 LOADK = LoadK (a: Dst, bx: Kst) next;
            /// `R(A) := (bool)B; if C then pc++`
            2 LOADBOOL = LoadBool (a: Dst, b: Flag, c: Flag) skip;
            /// `R(A), ..., R(B) := nil`
            3 LOADNIL = LoadNil (a: Dst, b: Reg, c: Zero) hand;
            /// `R(A) := Upvalue(B)`
            4 GETUPVAL = GetUpval (a: Dst, b: Up, c: Zero) next;
            /// `R(A) := Env[K(Bx)]`
            5 GETGLOBAL = GetGlobal (a: Dst, bx: KStr) next;
            /// `R(A) := R(B)[RK(C)]`
            6 GETTABLE = GetTable (a: Dst, b: Reg, c: RegK) next;
            /// `Env[K(Bx)] := R(A)`
            7 SETGLOBAL = SetGlobal (a: Reg, bx: KStr) next;
            /// `Upvalue(B) := R(A)`
            8 SETUPVAL = SetUpval (a: Reg, b: Up, c: Zero) next;
            /// `R(A)[RK(B)] := RK(C)`
            9 SETTABLE = SetTable (a: Reg, b: RegK, c: RegK) next;
            /// `R(A) := {} (array size fb(B), hash size fb(C))`
            10 NEWTABLE = NewTable (a: Dst, b: Fb, c: Fb) next;
            /// `R(A+1) := R(B); R(A) := R(B)[RK(C)]`
            11 SELF = SelfOp (a: Dst, b: Reg, c: RegK) hand;
            /// `R(A) := RK(B) + RK(C)`
            12 ADD = Add (a: Dst, b: RegK, c: RegK) next;
            /// `R(A) := RK(B) - RK(C)`
            13 SUB = Sub (a: Dst, b: RegK, c: RegK) next;
            /// `R(A) := RK(B) * RK(C)`
            14 MUL = Mul (a: Dst, b: RegK, c: RegK) next;
            /// `R(A) := RK(B) / RK(C)`
            15 DIV = Div (a: Dst, b: RegK, c: RegK) next;
            /// `R(A) := RK(B) % RK(C)`, floored
            16 MOD = Mod (a: Dst, b: RegK, c: RegK) next;
            /// `R(A) := RK(B) ^ RK(C)`
            17 POW = Pow (a: Dst, b: RegK, c: RegK) next;
            /// `R(A) := -R(B)`
            18 UNM = Unm (a: Dst, b: Reg, c: Zero) next;
            /// `R(A) := not R(B)`
            19 NOT = Not (a: Dst, b: Reg, c: Zero) next;
            /// `R(A) := length of R(B)`
            20 LEN = Len (a: Dst, b: Reg, c: Zero) next;
            /// `R(A) := R(B) .. ... .. R(C)`
            21 CONCAT = Concat (a: Dst, b: Reg, c: Reg) hand;
            /// `pc += sBx`
            22 JMP = Jmp (a: Zero, sbx: Jump) jump;
            /// `if (RK(B) == RK(C)) ~= A then pc++`
            23 EQ = Eq (a: Flag, b: RegK, c: RegK) test;
            /// `if (RK(B) < RK(C)) ~= A then pc++`
            24 LT = Lt (a: Flag, b: RegK, c: RegK) test;
            /// `if (RK(B) <= RK(C)) ~= A then pc++`
            25 LE = Le (a: Flag, b: RegK, c: RegK) test;
            /// `if not (R(A) <=> C) then pc++`
            26 TEST = Test (a: Reg, b: Shown, c: Flag) test;
            /// `if R(B) <=> C then R(A) := R(B) else pc++`
            27 TESTSET = TestSet (a: Dst, b: Reg, c: Flag) test;
            /// `R(A), ..., R(A+C-2) := R(A)(R(A+1), ..., R(A+B-1))`
            28 CALL = Call (a: Base, b: Count, c: Count) hand;
            /// `return R(A)(R(A+1), ..., R(A+B-1))`
            29 TAILCALL = TailCall (a: Base, b: Count, c: Shown) hand;
            /// `return R(A), ..., R(A+B-2)`
            30 RETURN = Return (a: Base, b: Count, c: Zero) last;
            /// `R(A) += R(A+2); if R(A) <?= R(A+1) then pc += sBx; R(A+3) := R(A)`
            31 FORLOOP = ForLoop (a: Base, sbx: Jump) hand;
            /// `R(A) -= R(A+2); pc += sBx`
            32 FORPREP = ForPrep (a: Base, sbx: Jump) hand;
            /// `R(A+3), ..., R(A+2+C) := R(A)(R(A+1), R(A+2)); if R(A+3) ~= nil then R(A+2) := R(A+3) else pc++`
            33 TFORLOOP = TForLoop (a: Base, b: Zero, c: Num) hand;
            /// `R(A)[(C-1)*50+i] := R(A+i), 1 <= i <= B`
            34 SETLIST = SetList (a: Base, b: Num, c: Num) hand;
            /// close all upvalues at and above `R(A)`
            35 CLOSE = Close (a: Num, b: Zero, c: Zero) next;
            /// `R(A) := closure(P(Bx))`, followed by one pseudo-instruction for each upvalue
            36 CLOSURE = Closure (a: Dst, bx: Pro) hand;
            /// `R(A), ..., R(A+B-2) := vararg`
            37 VARARG = Vararg (a: Base, b: Count, c: Zero) hand;
        }
    };
}

/// What an operand field means; the kinds of the table above.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Kind {
    /// Register written.
    Dst,
    /// Register read.
    Reg,
    /// Register read, or a constant from 256 on.
    RegK,
    /// Constant index.
    Kst,
    /// Index of a string constant.
    KStr,
    /// 0 or 1.
    Flag,
    /// Plain number.
    Num,
    /// Floating byte.
    Fb,
    /// Upvalue index.
    Up,
    /// Signed displacement from the next word.
    Jump,
    /// Index of an inner prototype.
    Pro,
    /// Number of values + 1, 0 = open.
    Count,
    /// First register of a window.
    Base,
    /// Unused, always 0.
    Zero,
    /// Unused, always 0, and yet listings show it.
    Shown,
}

/// A bit field of an instruction word.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Field {
    /// 8 bits.
    A,
    /// 9 bits.
    B,
    /// 9 bits.
    C,
    /// 18 bits.
    Bx,
    /// 18 bits, signed.
    Sbx,
}

/// Where control goes after an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Flow {
    /// To the next word.
    Next,
    /// To the next word, which is a jump, or over it.
    Test,
    /// By the displacement.
    Jump,
    /// To the next word, or over it if C is set.
    Skip,
    /// Out of the function.
    Last,
    /// Something the kinds cannot say: the verifier has a function for it.
    Hand,
}

macro_rules! field_of {
    (a) => {
        Field::A
    };
    (b) => {
        Field::B
    };
    (c) => {
        Field::C
    };
    (bx) => {
        Field::Bx
    };
    (sbx) => {
        Field::Sbx
    };
}

macro_rules! flow_of {
    (next) => {
        Flow::Next
    };
    (test) => {
        Flow::Test
    };
    (jump) => {
        Flow::Jump
    };
    (skip) => {
        Flow::Skip
    };
    (last) => {
        Flow::Last
    };
    (hand) => {
        Flow::Hand
    };
}

macro_rules! op_enum {
    ($($(#[$doc:meta])* $number:literal $listing:ident = $variant:ident ($($field:ident : $kind:ident),*) $flow:ident;)*) => {
        /// An opcode of Lua 5.1; the discriminant is its number.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u8)]
        pub enum Op { $($(#[$doc])* $variant = $number,)* }

        impl Op {
            /// All opcodes in the order of their numbers.
            pub const ALL: &'static [Op] = &[$(Op::$variant,)*];

            /// The opcode of that number, `None` for 38 and above.
            pub const fn from_number(number: u8) -> Option<Op> {
                match number { $($number => Some(Op::$variant),)* _ => None }
            }

            /// The name that `luac -l` prints.
            pub const fn name(self) -> &'static str {
                match self { $(Op::$variant => stringify!($listing),)* }
            }

            /// The opcode that `luac -l` prints by that name.
            pub fn from_name(name: &[u8]) -> Option<Op> {
                Op::ALL.iter().copied().find(|op| op.name().as_bytes() == name)
            }

            /// The operand fields with their kinds, A first.
            pub const fn fields(self) -> &'static [(Field, Kind)] {
                match self { $(Op::$variant => &[$((field_of!($field), Kind::$kind)),*],)* }
            }

            /// Where control goes afterwards.
            pub const fn flow(self) -> Flow {
                match self { $(Op::$variant => flow_of!($flow),)* }
            }
        }
    };
}
for_each_lua_op!(op_enum);
