//! The continuation stubs: engine slots in the root page that returns lead to when what comes next
//! is not a guest instruction. Executing one costs no fuel.

use super::code::Code;
use crate::host::Mem;
use crate::native::Calling;
use crate::objects::root;

macro_rules! stubs {
    ($($(#[$doc:meta])* $number:literal $name:ident = $code:ident,)*) => {
        $($(#[$doc])* pub const $name: u32 = root::STUBS + 8 * $number;)*
        /// The engine code of each stub: the handler of what it stands for.
        const CODES: &[Code] = &[$(Code::$code),*];
    };
}

stubs! {
    /// The function that the host called has returned.
    0 HALT = Halt,
    /// The body of a coroutine has returned.
    1 COROUTINE_END = CoroutineReturned,
    /// A metamethod has returned: finish the interrupted instruction with its result.
    2 META = MetaReturned,
    /// Like `META`, with the result negated: `a <= b` asked as `not (b < a)`.
    3 META_NOT = Stub,
    /// Enter the native of the running activation at its step.
    4 NATIVE_RUN = Stub,
    /// A call made by a native has returned: enter it at the step it named.
    5 NATIVE_RESUME = NativeReturned,
    /// A message handler has returned: unwind to who asked for it.
    6 HANDLED = Stub,
    /// A hook function has returned: go on with the interrupted instruction.
    7 HOOK_END = Stub,
    /// A finalizer has returned.
    8 FINALIZER_END = Stub,
    /// What the entry of a native closure points to: its code is how the native is called.
    9 NATIVE_HEADER = NativeEntry,
    /// The same for a leaf.
    10 LEAF_HEADER = LeafEntry,
    /// The same for `next`.
    11 NEXT_HEADER = NextEntry,
    /// The same for the iterator of `ipairs`.
    12 NEXT_INDEX_HEADER = NextIndexEntry,
    /// The same for `pcall`.
    13 PCALL_HEADER = PcallEntry,
    /// The same for `coroutine.resume`.
    14 RESUME_HEADER = ResumeEntry,
    /// The same for what `coroutine.wrap` returns.
    15 WRAPPED_HEADER = WrappedEntry,
    /// The same for `coroutine.yield`.
    16 YIELD_HEADER = YieldEntry,
    /// The same for `math.floor`.
    17 FLOOR_HEADER = FloorEntry,
    /// The same for `math.sqrt`.
    18 SQRT_HEADER = SqrtEntry,
    /// The same for `math.abs`.
    19 ABS_HEADER = AbsEntry,
    /// The same for `math.max`.
    20 MAX_HEADER = MaxEntry,
    /// The same for `math.min`.
    21 MIN_HEADER = MinEntry,
    /// The same for `type`.
    22 TYPE_HEADER = TypeEntry,
    /// The same for `setmetatable`.
    23 SET_METATABLE_HEADER = SetMetatableEntry,
    /// The same for `select`.
    24 SELECT_HEADER = SelectEntry,
    /// The same for `string.byte`.
    25 BYTE_HEADER = ByteEntry,
    /// The same for `string.len`.
    26 STRING_LEN_HEADER = StringLenEntry,
    /// The same for `rawget`.
    27 RAW_GET_HEADER = RawGetEntry,
    /// The same for `string.sub`.
    28 SUB_HEADER = SubEntry,
    /// The same for `string.char`.
    29 CHAR_HEADER = CharEntry,
    /// The host calls the Lua function below the window, and the run that does it begins here.
    30 CALLED = Called,
    /// What an error has left is being closed; the error is on top.
    31 UNWINDING = Stub,
    /// What an error that nobody catches has left is being closed; the error is on top.
    32 ENDING = Stub,
}

/// How many stubs there are.
const COUNT: u32 = CODES.len() as u32;

/// Whether the entry of a closure is a native's: Lua functions lie higher.
#[inline(always)]
pub fn is_native_entry(entry: u32) -> bool {
    entry < root::SIDE_TABLES
}

/// The entry of closures of a native.
pub fn entry_of(calling: Calling) -> u32 {
    match calling {
        Calling::Record => NATIVE_HEADER,
        Calling::Leaf => LEAF_HEADER,
        Calling::Next => NEXT_HEADER,
        Calling::NextIndex => NEXT_INDEX_HEADER,
        Calling::Pcall => PCALL_HEADER,
        Calling::Resume => RESUME_HEADER,
        Calling::Wrapped => WRAPPED_HEADER,
        Calling::Yield => YIELD_HEADER,
        Calling::Floor => FLOOR_HEADER,
        Calling::Sqrt => SQRT_HEADER,
        Calling::Abs => ABS_HEADER,
        Calling::Max => MAX_HEADER,
        Calling::Min => MIN_HEADER,
        Calling::TypeName => TYPE_HEADER,
        Calling::SetMetatable => SET_METATABLE_HEADER,
        Calling::Select => SELECT_HEADER,
        Calling::Byte => BYTE_HEADER,
        Calling::StringLen => STRING_LEN_HEADER,
        Calling::Sub => SUB_HEADER,
        Calling::Char => CHAR_HEADER,
        Calling::RawGet => RAW_GET_HEADER,
    }
}

/// Whether `ip` is one of the stubs.
pub fn is_stub(ip: u32) -> bool {
    (root::STUBS..root::STUBS + COUNT * 8).contains(&ip)
}

/// Whether what an activation needs to go on is on top of all that it has.
pub fn has_own_top(ip: u32) -> bool {
    [UNWINDING, ENDING].contains(&ip)
}

/// Writes the stubs into the root page of a new guest.
pub fn install(mem: &mut Mem<'_>) {
    for (at, &code) in (root::STUBS..).step_by(8).zip(CODES) {
        mem.store(at, code as u64);
    }
}
