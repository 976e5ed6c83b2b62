//! Limits of Lua 5.1's compiler. Numbers only, no checks.

/// Active local variables of one function.
pub const LOCALS: u32 = 200;
/// Local variables that the debug data of one function can register.
pub const REGISTERED_LOCALS: usize = 32_767;
/// Upvalues of one function.
pub const UPVALUES: usize = 60;
/// Registers: a function may not reach this many.
pub const REGISTERS: u32 = 250;
/// Constants, and inner prototypes, of one function.
pub const CONSTANTS: usize = 262_143;
/// Largest constant index that an RK operand can name.
pub const RK_CONSTANT: u32 = 255;
/// Distance that a jump can cover, in both directions.
pub const JUMP: i64 = 131_071;
/// Nesting levels, shared by blocks and expressions.
pub const LEVELS: u32 = 200;
/// Levels in use before the first token when a chunk is loaded by the host, as by `luac`:
/// `lua5.1` counts calls from C on the same account. `loadstring` in a main chunk sees one more.
pub const LEVELS_OF_HOST: u32 = 1;
/// List items of a table constructor that are kept in registers before a `SETLIST`.
pub const FIELDS_PER_FLUSH: u32 = 50;
