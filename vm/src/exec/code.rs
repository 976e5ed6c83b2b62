//! The engine's own code: one row each. One engine slot stands for each guest word.
//!
//! ```text
//!   slot   | code:8 | a:8 | b:8 | c:8 | d:32 |      low byte first
//! ```
//! Operand letters in the rows: `R` register, `K` constant, `J` a displacement in bytes from the slot
//! behind the fused jump; a fused form that would jump back goes to its second word instead.

/// Calls `$mac!` with every row of the engine's code: `doc; Code = module::handler;`.
#[macro_export]
macro_rules! for_each_code {
    ($mac:path) => {
        $mac! {
            /// A continuation: see `exec::stubs`.
            Stub = load::cold;
            /// The guest instruction in full generality, from its word.
            Cold = load::cold;
            /// The same, and fuel is looked at behind it as at a jump back: see `Facts::rests`.
            Rest = load::cold;
            /// Header of a function that needs no preparation: params a, registers b, constants at d. The
            /// handler of a header's code is that of calls of the function, with `ip` at the `CALL`.
            Function = enter::call_lua::<false>;
            /// Header of a function that expects nil in registers up to c.
            NilEntry = enter::call_lua::<false>;
            /// Header of a function with varargs and without the table `arg`.
            VarargEntry = enter::call_lua::<true>;
            /// Header of a function of ring 3 that needs no preparation. Calling it may change rings; so may that
            /// of the next two.
            PluginFunction = enter::call_plugin::<false>;
            /// Header of a function of ring 3 that expects nil in registers up to c.
            PluginNilEntry = enter::call_plugin::<false>;
            /// Header of a function of ring 3 with varargs and without the table `arg`.
            PluginVarargEntry = enter::call_plugin::<true>;
            /// Header of any other function.
            Entry = load::cold;
            /// Header of natives: see `native::Calling`, also for those below.
            NativeEntry = native::call;
            /// Header of leaves.
            LeafEntry = native::call_leaf;
            /// Header of `next`.
            NextEntry = native::call_leaf;
            /// Header of the iterator of `ipairs`.
            NextIndexEntry = native::call_leaf;
            /// Header of `pcall`.
            PcallEntry = protect::pcall;
            /// Header of `coroutine.resume`.
            ResumeEntry = coroutine::resume::<false>;
            /// Header of what `coroutine.wrap` returns.
            WrappedEntry = coroutine::wrapped::<false>;
            /// Header of `coroutine.yield`.
            YieldEntry = coroutine::yield_values;
            /// Header of `math.floor`.
            FloorEntry = intrinsic::floor;
            /// Header of `math.sqrt`.
            SqrtEntry = intrinsic::sqrt;
            /// Header of `math.abs`.
            AbsEntry = intrinsic::abs;
            /// Header of `math.max`.
            MaxEntry = intrinsic::max;
            /// Header of `math.min`.
            MinEntry = intrinsic::min;
            /// Header of `type`.
            TypeEntry = intrinsic::type_name;
            /// Header of `setmetatable`.
            SetMetatableEntry = intrinsic::set_metatable;
            /// Header of `select`.
            SelectEntry = intrinsic::select;
            /// Header of `string.byte`.
            ByteEntry = intrinsic::byte;
            /// Header of `string.len`.
            StringLenEntry = intrinsic::string_len;
            /// Header of `string.sub`.
            SubEntry = intrinsic::sub;
            /// Header of `string.char`.
            CharEntry = intrinsic::char;
            /// Header of `rawget`.
            RawGetEntry = intrinsic::raw_get;
            /// Stub behind a metamethod
            MetaReturned = meta::returned;
            /// Stub behind the body of a coroutine
            CoroutineReturned = coroutine::returned;
            /// Stub behind a call that a native made
            NativeReturned = protect::returned;
            /// Stub behind a call of the host
            Halt = load::halt;
            /// Stub that is a call of the host
            Called = enter::called;
            /// `R(a) := R(b)`
            Move = load::mov;
            /// `R(a) := K(d)`
            LoadK = load::load_k;
            /// `R(a) := b ~= 0`
            LoadBool = load::load_bool;
            /// `R(a) := b ~= 0`, over the next slot
            LoadBoolSkip = load::load_bool_skip;
            /// `R(a) := nil`
            LoadNil1 = load::load_nil::<1>;
            /// `R(a), R(a+1) := nil`
            LoadNil2 = load::load_nil::<2>;
            /// `R(a) .. R(a+2) := nil`
            LoadNil3 = load::load_nil::<3>;
            /// `R(a) := U(b)`
            GetUpval = upvalue::get_upval;
            /// `U(b) := R(a)`
            SetUpval = upvalue::set_upval;
            /// `R(a) :=` a closure of prototype d; captures are in the slots behind it
            Closure = upvalue::closure;
            /// Closes upvalues from `R(a)` on
            Close = upvalue::close;
            /// `R(a) := not R(b)`
            Not = load::not;
            /// `R(a) := Env[K(bc)]`, hash d
            GetGlobal = table::get_global;
            /// `Env[K(bc)] := R(a)`, hash d
            SetGlobal = store::set_global;
            /// `R(a) := R(b)[K(c)]`, a string with hash d
            GetField = table::get_field;
            /// `R(a) := R(b)[d]`, an integer
            GetIndex = table::get_index;
            /// `R(a) := R(b)[R(c)]`
            GetTable = table::get_table;
            /// `R(a) := R(b)[R(c)]`, and the same in the next slot
            GetTables = table::get_tables;
            /// `R(a)[K(b)] := R(c)`, a string with hash d
            SetField = store::set_field::<false>;
            /// `R(a)[K(b)] := K(c)`, a string with hash d
            SetFieldK = store::set_field::<true>;
            /// `R(a)[d] := R(c)`, an integer
            SetIndex = store::set_index::<false>;
            /// `R(a)[d] := K(c)`, an integer
            SetIndexK = store::set_index::<true>;
            /// `R(a)[R(b)] := R(c)`
            SetTable = store::set_table::<false>;
            /// `R(a)[R(b)] := K(c)`
            SetTableK = store::set_table::<true>;
            /// `R(a+1) := R(b); R(a) := R(b)[K(c)]`, a string with hash d
            Method = table::method;
            /// `R(a) := #R(b)`
            Len = table::len;
            /// `R(a) := {}` without parts
            NewTable = build::new_table;
            /// `R(a) := {}` with b array slots and c nodes, at a price of d
            NewTableSized = build::new_table_sized;
            /// `R(a)[d+i] := R(a+i)`, b values or up to top
            SetList = build::set_list;
            /// `R(a) := R(b) .. … .. R(c)`
            Concat = concat::concat;
            /// `R(a) := R(b) + R(c)`
            AddRR = arith::add::<false>;
            /// `R(a) := R(b) + K(c)`
            AddRK = arith::add::<true>;
            /// `R(a) := R(b) - R(c)`
            SubRR = arith::sub::<false>;
            /// `R(a) := R(b) - K(c)`
            SubRK = arith::sub::<true>;
            /// `R(a) := K(b) - R(c)`
            SubKR = arith::sub_k;
            /// `R(a) := R(b) * R(c)`
            MulRR = arith::mul::<false>;
            /// `R(a) := R(b) * K(c)`
            MulRK = arith::mul::<true>;
            /// `R(a) := R(b) * R(c)`, and the sum of two registers in the next slot
            MulAdd = arith::mul_add;
            /// `R(a) := R(b) / R(c)`
            DivRR = arith::div::<false>;
            /// `R(a) := R(b) / K(c)`
            DivRK = arith::div::<true>;
            /// `R(a) := K(b) / R(c)`
            DivKR = arith::div_k;
            /// `R(a) := R(b) % R(c)`
            ModRR = arith::modulo::<false>;
            /// `R(a) := R(b) % K(c)`
            ModRK = arith::modulo::<true>;
            /// `R(a) := R(b) ^ 2`
            Square = arith::square;
            /// `R(a) := R(b) ^ RK(c)`
            PowRR = arith::pow::<false>;
            /// `R(a) := R(b) ^ K(c)`
            PowRK = arith::pow::<true>;
            /// `R(a) := -R(b)`
            Unm = arith::unm;
            /// jump d, forward
            Jump = compare::jump;
            /// jump d, back
            JumpBack = compare::jump_back::<false>;
            /// jump d, back, for the comparison before it
            JumpBackPaid = compare::jump_back::<true>;
            /// `R(b) == R(c)`: J
            JumpEq = compare::eq::<true>;
            /// `R(b) ~= R(c)`: J
            JumpNe = compare::eq::<false>;
            /// `R(b) == K(c)`, a number: J
            JumpEqN = compare::eq_number::<true>;
            /// `R(b) ~= K(c)`, a number: J
            JumpNeN = compare::eq_number::<false>;
            /// `R(b) == K(c)`, no number: J
            JumpEqP = compare::eq_word::<true>;
            /// `R(b) ~= K(c)`, no number: J
            JumpNeP = compare::eq_word::<false>;
            /// `R(b) < R(c)`: J
            JumpLt = compare::lt::<true>;
            /// `not (R(b) < R(c))`: J
            JumpNotLt = compare::lt::<false>;
            /// `R(b) < K(c)`: J
            JumpLtK = compare::lt_rk::<true>;
            /// `not (R(b) < K(c))`: J
            JumpNotLtK = compare::lt_rk::<false>;
            /// `K(b) < R(c)`: J
            JumpKLt = compare::lt_kr::<true>;
            /// `not (K(b) < R(c))`: J
            JumpNotKLt = compare::lt_kr::<false>;
            /// `R(b) <= R(c)`: J
            JumpLe = compare::le::<true>;
            /// `not (R(b) <= R(c))`: J
            JumpNotLe = compare::le::<false>;
            /// `R(b) <= K(c)`: J
            JumpLeK = compare::le_rk::<true>;
            /// `not (R(b) <= K(c))`: J
            JumpNotLeK = compare::le_rk::<false>;
            /// `K(b) <= R(c)`: J
            JumpKLe = compare::le_kr::<true>;
            /// `not (K(b) <= R(c))`: J
            JumpNotKLe = compare::le_kr::<false>;
            /// truthy `R(a)`: J
            JumpTrue = compare::test::<true>;
            /// falsy `R(a)`: J
            JumpFalse = compare::test::<false>;
            /// truthy `R(b)`: `R(a) := R(b)`, J
            SetTrue = compare::test_set::<true>;
            /// falsy `R(b)`: `R(a) := R(b)`, J
            SetFalse = compare::test_set::<false>;
            /// Numeric loop back by d
            ForLoop = loops::for_loop;
            /// Numeric loop entry by d
            ForPrep = loops::for_prep;
            /// `R(a)(R(a+1) .. R(a+b-1))`, c-1 results; d is the header that needs no preparation
            Call = call::call;
            /// `R(a)(R(a+1) .. top)`, c-1 results
            CallOpen = enter::call_open;
            /// return `R(a)(R(a+1) ..)`, b-1 arguments or up to top
            TailCall = enter::tail_call::<false>;
            /// the same from a function with varargs
            TailCallVararg = enter::tail_call::<true>;
            /// `R(a) .. R(a+b-2) := ...`
            Vararg = enter::vararg;
            /// `R(a) .. top := ...`
            VarargOpen = enter::vararg_open;
            /// return `R(a) ..`, b-1 values or up to top
            ReturnMany = enter::return_many::<false>;
            /// the same from a function with varargs
            ReturnManyVararg = enter::return_many::<true>;
            /// Calls the iterator in `R(a)`, c results; d is the header of two parameters
            ForIn = call::for_in;
            /// `R(a+3) ~= nil`: `R(a+2) := R(a+3)`, jump d
            ForTest = call::for_test;
            /// return nothing, from a function without captured locals
            Return0 = call::return_none::<false>;
            /// return nothing, closing upvalues
            Return0Close = call::return_none::<true>;
            /// return `R(a)`, from a function without captured locals
            Return1 = call::return_one::<false>;
            /// return `R(a)`, closing upvalues
            Return1Close = call::return_one::<true>;
        }
    };
}

macro_rules! code_enum {
    ($($(#[$doc:meta])* $variant:ident = $handler:expr;)*) => {
        /// A code of the engine.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Code { $($(#[$doc])* $variant,)* }

        impl Code {
            /// All codes, by number.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];
        }
    };
}
for_each_code!(code_enum);

/// A slot from its fields.
pub const fn slot(code: Code, a: u8, b: u8, c: u8, d: u32) -> u64 {
    code as u64 | (a as u64) << 8 | (b as u64) << 16 | (c as u64) << 24 | (d as u64) << 32
}

/// Fields of a slot, for the handlers.
pub(crate) mod field {
    use bvm_cage::Field;
    pub const CODE: Field<u8> = Field::at(0);
    pub const A: Field<u8> = Field::at(1);
    pub const B: Field<u8> = Field::at(2);
    pub const C: Field<u8> = Field::at(3);
    pub const BC: Field<u16> = Field::at(2);
    pub const D: Field<u32> = Field::at(4);
    pub const JUMP: Field<i32> = Field::at(4);
    pub const KONST: Field<u16> = Field::at(4);
    /// Code and parameter count of a header, as CALL compares them.
    pub const PATTERN: Field<u16> = Field::at(0);
    /// The header that a CALL expects.
    pub const EXPECTED: Field<u16> = Field::at(4);
}
