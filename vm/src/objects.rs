//! The objects of the heap: one row each, with the displacement of every field.
//!
//! Offset 0 of every object is its kind. Must not know how objects behave.

use crate::value::{self, Value};
use bvm_cage::Field;

macro_rules! objects {
    ($($(#[$doc:meta])* $number:literal $name:ident $size:literal { $($field:ident: $ty:ty = $disp:literal,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
            #[repr(transparent)]
            pub struct $name(pub u32);

            #[allow(missing_docs)]
            impl $name {
                pub const KIND: u8 = $number;
                pub const SIZE: u32 = $size;
                $(pub const $field: Field<$ty> = Field::at($disp);)*
            }
        )*
    };
}

/// The kind byte of every object.
pub const KIND: Field<u8> = Field::at(0);

objects! {
    /// An interned byte string; its bytes follow the fields. `HASH` places it in tables, `MARK` among the
    /// interned strings.
    1 Str 20 { HASH: u32 = 4, LEN: u32 = 8, CHAIN: u32 = 12, MARK: u32 = 16, }
    /// A table: array part (its offset is biased by one value) and node part.
    2 Table 32 {
        KIND_META: u64 = 0, ARRAY_ASIZE: u64 = 8, NODE_HMASK: u64 = 16, LASTFREE_GRAY: u64 = 24,
        ABSENT: u8 = 1, WEAKNESS: u8 = 2, SEAL: u8 = 3, META: u32 = 4, ARRAY: u32 = 8, ASIZE: u32 = 12, NODE: u32 = 16, HMASK: u32 = 20,
        LASTFREE: u32 = 24, GRAY: u32 = 28,
    }
    /// A Lua closure; the offsets of its upvalues follow.
    3 Closure 20 { UPVALS: u8 = 1, ENV: u32 = 4, PROTO: u32 = 8, ENTRY: u32 = 12, GRAY: u32 = 16, }
    /// A native closure; its values follow.
    4 NativeClosure 24 { UPVALS: u8 = 1, ENV: u32 = 4, NATIVE: u32 = 8, ENTRY: u32 = 12, GRAY: u32 = 16, }
    /// An upvalue: where its value is, on a stack or in itself. While it is open, `OWNER`, the thread of that
    /// stack, lies where the value will be.
    5 Upval 24 { AT: u32 = 4, NEXT: u32 = 8, OPENED: u32 = 12, VALUE: u64 = 16, OWNER: u32 = 16, }
    /// A loaded prototype.
    6 Proto 80 {
        PARAMS: u8 = 1, VARARG: u8 = 2, MAXSTACK: u8 = 3, UPVALS: u8 = 4, CAPTURES: u8 = 5, NILS: u8 = 6, RING: u8 = 7,
        GRAY: u32 = 8, CODE: u32 = 12, NCODE: u32 = 16, WORDS: u32 = 20, CONSTS: u32 = 24, NCONSTS: u32 = 28,
        PROTOS: u32 = 32, NPROTOS: u32 = 36, LINES: u32 = 40, NLINES: u32 = 44, LOCALS: u32 = 48, NLOCALS: u32 = 52,
        UPNAMES: u32 = 56, NUPNAMES: u32 = 60, SOURCE: u32 = 64, LINE: u32 = 68, LASTLINE: u32 = 72,
        LINE_WIDTH: u32 = 76,
    }
    /// A coroutine: value stack, frame stack and where it stopped.
    7 Thread 96 {
        STATUS: u8 = 1, HOOKMASK: u8 = 2, STATUS_HOOKMASK: u16 = 1, INHOOK: u8 = 3, GRAY: u32 = 4, STACK: u32 = 8, STACKSIZE: u32 = 12,
        FRAMES: u32 = 16, ROOM: u16 = 20, CAPACITY: u16 = 22, FP: u32 = 24, IP: u32 = 28, BASE: u32 = 32, OPEN: u32 = 36, ENV: u32 = 40,
        RESUMER: u32 = 44, TOP: u32 = 48, COUNTED: u32 = 52, K: u32 = 56, HOOKCOUNT: u32 = 60, HOOK: u64 = 64,
        HOOKLEFT: u32 = 72, DEPTH: u16 = 76, RINGS: u8 = 78, SCOPED: u8 = 79, HOOKDONE: u32 = 80, LASTIP: u32 = 84, LASTFP: u32 = 88,
        LISTED: u32 = 92,
    }
    /// A full userdata: a host handle or a proxy. Behind it, `ROOM` units of 64 bytes are nobody's: what it stands for
    /// takes as much elsewhere.
    8 Userdata 32 { FINAL: u8 = 1, ROOM: u16 = 2, META: u32 = 4, ENV: u32 = 8, NEXT: u32 = 12, PAYLOAD: u64 = 16, CLASS: u32 = 24, GRAY: u32 = 28, }
}

macro_rules! boxing {
    ($($name:ident $tag:ident;)*) => { $(
        impl From<$name> for Value {
            #[inline(always)]
            fn from(object: $name) -> Value { Value::tagged(value::$tag, object.0) }
        }
        impl $name {
            /// The object, when the value is one of its type.
            #[inline(always)]
            pub fn of(value: Value) -> Option<$name> { value.untag(value::$tag).map($name) }
        }
    )* };
}

boxing! {
    Str TAG_STRING;
    Table TAG_TABLE;
    Thread TAG_THREAD;
    Userdata TAG_USERDATA;
}

impl From<Closure> for Value {
    #[inline(always)]
    fn from(object: Closure) -> Value {
        Value::tagged(value::TAG_FUNCTION, object.0)
    }
}

impl From<NativeClosure> for Value {
    #[inline(always)]
    fn from(object: NativeClosure) -> Value {
        Value::tagged(value::TAG_FUNCTION, object.0)
    }
}

/// A node of a table's hash part.
pub mod node {
    use bvm_cage::Field;
    /// Bytes of a node.
    pub const SIZE: u32 = 24;
    /// The key word.
    pub const KEY: Field<u64> = Field::at(0);
    /// The value word; nil means free or removed.
    pub const VALUE: Field<u64> = Field::at(8);
    /// Offset of the next node of the chain, 0 at its end.
    pub const NEXT: Field<u32> = Field::at(16);
    /// The table hash of a key that is a string: entries move without a look at the string, which may be far.
    pub const HASH: Field<u32> = Field::at(20);
    /// `NEXT` and `HASH`, to clear them at once.
    pub const NEXT_HASH: Field<u64> = Field::at(16);
}

/// The account of a ring, in the root page.
pub mod account {
    use bvm_cage::Field;
    /// Bytes of an account.
    pub const SIZE: u32 = 144;
    /// Fuel used, times eight.
    pub const USED: Field<i64> = Field::at(0);
    /// Fuel that it may still use, times eight; `NO_LIMIT` or more when that is not limited.
    pub const LEFT: Field<i64> = Field::at(8);
    /// Blocks of memory that it owns.
    pub const BLOCKS: Field<u32> = Field::at(16);
    /// Most blocks that it may own.
    pub const MAX_BLOCKS: Field<u32> = Field::at(20);
    /// Most blocks that it has owned.
    pub const PEAK: Field<u32> = Field::at(24);
    /// Most activations of a call into it; 0 when that is not limited.
    pub const MAX_DEPTH: Field<u32> = Field::at(28);
    /// While the ring does not pay: the fields of the root page with these names.
    pub const CURSOR: Field<u32> = Field::at(32);
    /// See `CURSOR`.
    pub const LIMIT: Field<u32> = Field::at(36);
    /// See `CURSOR`.
    pub const CURSOR2: Field<u32> = Field::at(40);
    /// See `CURSOR`.
    pub const LIMIT2: Field<u32> = Field::at(44);
    /// See `CURSOR`.
    pub const SCAN_BLOCK: Field<u32> = Field::at(48);
    /// See `CURSOR`.
    pub const SCAN_LINE: Field<u32> = Field::at(52);
    /// For each of `exec::meter::Meter` how much it has had and how much it may still have, eight bytes each.
    pub const COUNTERS: u16 = 56;
    /// How fuel comes back: see `exec::meter::Refill`. No time is no refill.
    pub const REFILL_EVERY: Field<u64> = Field::at(104);
    /// See `REFILL_EVERY`.
    pub const REFILL_AMOUNT: Field<u64> = Field::at(112);
    /// See `REFILL_EVERY`.
    pub const REFILL_MOST: Field<u64> = Field::at(120);
    /// The end of the last period that has brought fuel, in the guest's time.
    pub const REFILLED: Field<u64> = Field::at(128);
    /// How many calls with a limit of their own it is inside of.
    pub const NESTED: Field<u32> = Field::at(136);
    /// Blocks that it could not pay in a gate, until it has been seen whether it can.
    pub const OWED: Field<u32> = Field::at(140);
    /// What may still be had of what is counted when that is not limited.
    pub const NO_COUNT: u64 = u64::MAX;
    /// What `LEFT` is in an account without a limit.
    pub const NO_LIMIT: i64 = i64::MAX / 4;
}

/// An activation record: how to go back from the activation that it belongs to, and what that one is.
///
/// ```text
///   0 ip | 4 base | 8 aux = wanted:16, kind:8, flags:8 | 12 tail calls, outer | 16 k | 20 extra | 24 top | 28 note
/// ```
pub mod frame {
    use bvm_cage::Field;
    /// Bytes of a record.
    pub const SIZE: u32 = 32;
    /// Where the caller goes on.
    pub const IP: Field<u32> = Field::at(0);
    /// The caller's base.
    pub const BASE: Field<u32> = Field::at(4);
    /// Wanted results plus one (0 = all), kind and flags.
    pub const AUX: Field<u32> = Field::at(8);
    /// The results wanted plus one; 0 = all.
    pub const WANTED: Field<u16> = Field::at(8);
    /// What the activation is: one of the `KIND_` constants.
    pub const KIND: Field<u8> = Field::at(10);
    /// Flag bits of the activation.
    pub const FLAGS: Field<u8> = Field::at(11);
    /// `AUX` and `TAIL` in one word.
    pub const AUX_TAIL: Field<u64> = Field::at(8);
    /// How many tail calls replaced activations here.
    pub const TAIL: Field<u16> = Field::at(12);
    /// With `FLAG_RING`: the rings to go back to, in the form of `ring::Outer`.
    pub const OUTER: Field<u16> = Field::at(14);
    /// The caller's constants.
    pub const K: Field<u32> = Field::at(16);
    /// Lua: number of extra arguments. Native: its step.
    pub const EXTRA: Field<u32> = Field::at(20);
    /// Native: offset of the end of its window while it waits for a call.
    pub const TOP: Field<u32> = Field::at(24);
    /// The interrupted instruction, for activations that an instruction needed.
    pub const NOTE: Field<u32> = Field::at(28);

    /// A field of the record above.
    #[inline(always)]
    pub const fn next<T>(field: Field<T>) -> Field<T> {
        field.above(SIZE as u16)
    }

    /// A Lua function.
    pub const KIND_LUA: u8 = 0;
    /// A native function.
    pub const KIND_NATIVE: u8 = 1;
    /// The activation was called by the host or starts a coroutine: nothing below it to return to.
    pub const FLAG_ENTRY: u8 = 1;
    /// The activation was called by an instruction on behalf of a metamethod: its record's note says which.
    pub const FLAG_META: u8 = 2;
    /// A hook function's activation.
    pub const FLAG_HOOK: u8 = 4;
    /// A finalizer's activation.
    pub const FLAG_FINALIZER: u8 = 8;
    /// The activation catches errors thrown above it (`pcall`, `xpcall`).
    pub const FLAG_CATCH: u8 = 16;
    /// Rings have changed here: a Lua function was called in other rings than its caller's, which its return
    /// restores, or a native has changed them for the function that it calls.
    pub const FLAG_RING: u8 = 32;
    /// A native that calls something for a function of the host, which waits for its end: see `callout`.
    pub const FLAG_HOST: u8 = 64;
}

/// The root page: machine state at fixed offsets, so that an image is complete by itself.
pub mod root {
    use bvm_cage::Field;
    /// Offset of the root page.
    pub const AT: u32 = 0x1000;
    /// Offset of the empty node that tables without a hash part share.
    pub const EMPTY_NODE: u32 = 0x1c00;
    /// Offset of the continuation stubs: engine slots that returns of metamethods and natives lead to.
    pub const STUBS: u32 = 0x1d00;
    /// Offset of the collector's side tables, which the blocks of the heap follow.
    pub const SIDE_TABLES: u32 = 0x2000;

    macro_rules! fields { ($($(#[$doc:meta])* $name:ident: $ty:ty = $disp:literal,)*) => {
        $($(#[$doc])* pub const $name: Field<$ty> = Field::at($disp);)*
    } }
    fields! {
        /// Record of the running activation.
        FP: u32 = 0x00,
        /// End of the frame stack, less one record.
        FRAME_LIMIT: u32 = 0x04,
        /// End of the value stack, less a margin.
        STACK_LIMIT: u32 = 0x08,
        /// The running thread's open upvalues, highest first.
        OPEN: u32 = 0x0c,
        /// End of an open list of values.
        TOP: u32 = 0x10,
        /// The running thread.
        THREAD: u32 = 0x14,
        /// Next free byte of the current hole.
        CURSOR: u32 = 0x18,
        /// End of the current hole.
        LIMIT: u32 = 0x1c,
        /// Next free byte for objects larger than a line.
        CURSOR2: u32 = 0x20,
        /// Its end.
        LIMIT2: u32 = 0x24,
        /// Start of the current hole, for counting.
        HOLE: u32 = 0x28,
        /// The same for the larger objects.
        HOLE2: u32 = 0x2c,
        /// Block where the search for holes goes on.
        SCAN_BLOCK: u32 = 0x30,
        /// Line in it.
        SCAN_LINE: u32 = 0x34,
        /// One past the last block ever used.
        TOP_BLOCK: u32 = 0x38,
        /// Blocks in use (not free).
        USED_BLOCKS: u32 = 0x3c,
        /// Most blocks that may be in use.
        MAX_BLOCKS: u32 = 0x40,
        /// Offset of the mark bits.
        MARKS: u32 = 0x44,
        /// Offset of the line marks.
        LINES: u32 = 0x48,
        /// Offset of the block states.
        STATES: u32 = 0x4c,
        /// Bytes alive after the last collection.
        LIVE: u64 = 0x50,
        /// Bytes given out since, without the current holes.
        GIVEN: u64 = 0x58,
        /// A collection is due when `GIVEN` reaches this.
        THRESHOLD: u64 = 0x60,
        /// The collector's pause in percent.
        GC_PAUSE: u32 = 0x68,
        /// The collector's step multiplier in percent.
        GC_STEPMUL: u32 = 0x6c,
        /// Non-zero while collection is stopped by the program.
        GC_STOPPED: u32 = 0x70,
        /// Buckets of the string table.
        STRINGS: u32 = 0x74,
        /// Number of buckets minus one.
        STRING_MASK: u32 = 0x78,
        /// Buckets that are in use: all of them, unless it grows. See `data::interned`.
        STRING_LIMIT: u32 = 0x7ec,
        /// Those that the sweep under way goes through.
        SWEEP_END: u32 = 0x7f0,
        /// Where the buckets are that wait to be divided; 0 when all are.
        OLD_STRINGS: u32 = 0x7f4,
        /// Strings in it.
        STRING_COUNT: u32 = 0x7c,
        /// The globals table.
        GLOBALS: u32 = 0x80,
        /// The registry table.
        REGISTRY: u32 = 0x84,
        /// The main thread.
        MAIN: u32 = 0x88,
        /// Head of the list of userdata.
        USERDATA: u32 = 0x8c,
        /// Head of the list of userdata whose finalizer is due.
        FINALIZE: u32 = 0x90,
        /// First search position for free blocks.
        FREE_HINT: u32 = 0x94,
        /// Fuel left, times eight, while the engine does not hold it.
        FUEL: i64 = 0x98,
        /// Seed of string hashes.
        SEED: u64 = 0xa0,
        /// Head of the collector's gray list.
        GRAY: u32 = 0xa8,
        /// Head of the collector's list of weak tables.
        WEAK: u32 = 0xac,
        /// The engine's ip while it does not run.
        SAVED_IP: u32 = 0xb0,
        /// The engine's base while it does not run.
        SAVED_BASE: u32 = 0xb4,
        /// The engine's constants while it does not run.
        SAVED_K: u32 = 0xb8,
        /// Whether a finalizer runs, or those that are due wait: see `heap::weak`.
        IN_FINALIZER: u32 = 0xbc,
        /// An object under construction that nothing else holds.
        ANCHOR: u32 = 0xc0,
        /// For tests: see `heap::stress`.
        GC_STRESS: u32 = 0xc4,
        /// Depth of nested resumes.
        RESUME_DEPTH: u32 = 0xd0,
        /// Bytes given out ever, for the collector's charge.
        GC_CHARGE: u64 = 0xd8,
        /// Position in the state of `math.random`; 0 before the first number.
        RANDOM: u32 = 0xe0,
        /// The message of running out of memory, made in advance.
        MEMORY_MESSAGE: u32 = 0xe8,
        /// Objects that have been made since the instruction, or the step of a native, began: see `FRESH`.
        FRESH_COUNT: u32 = 0xf0,
        /// Units that the waiting native has paid in its unfinished step.
        PAID: u64 = 0x100,
        /// Non-zero while the running thread has a hook.
        HOOKED: u32 = 0x10c,
        /// Why the hot handlers came back: see `exec::hot`.
        SIGNAL: u32 = 0x108,
        /// The node that a loop over a table has come to last, so that the next step need not search it; it
        /// is one of the nodes at `STEP_NODES`, if it lies among them at all.
        STEP_NODE: u32 = 0xcc,
        /// Where the nodes of that table were.
        STEP_NODES: u32 = 0xd4,
        /// The object that a function called by a hot handler has made.
        MADE: u32 = 0xe4,
        /// Where the results of the activation left last were put.
        RETURNED: u32 = 0xf8,
        /// The same for parts of objects: see `BLOBS`.
        BLOB_COUNT: u32 = 0xf4,
        /// Both.
        NEW_COUNTS: u64 = 0xf0,
        /// Number of natives this image was made with.
        NATIVES: u32 = 0xec,
        /// The guest's dialect, by its number.
        DIALECT: u32 = 0xfc,
        /// The first block of the heap.
        FIRST_BLOCK: u32 = 0x110,
        /// One past the last block that may be used.
        END_BLOCK: u32 = 0x114,
        /// What the collector is doing: see `heap::phase`.
        PHASE: u32 = 0x180,
        /// Number of the running cycle, or of the last one.
        CYCLE: u32 = 0x184,
        /// Bytes that the running cycle has marked.
        CYCLE_BYTES: u64 = 0x188,
        /// Its work, in the units that a program pays for.
        CYCLE_WORK: u64 = 0x190,
        /// `GIVEN` when it began.
        CYCLE_GIVEN: u64 = 0x198,
        /// What had been given out when the collector worked last.
        GC_SEEN: u64 = 0x1a0,
        /// Work that allocations have asked for and that is not done yet.
        GC_DEBT: u64 = 0x1a8,
        /// Non-zero: the guest is to stand for a whole collection, see `heap::collect`.
        GC_WHOLE: u32 = 0x1b0,
        /// Head of the list of threads that have run since they were scanned.
        AGAIN: u32 = 0x1b4,
        /// Bytes of stack of those threads.
        AGAIN_BYTES: u32 = 0x1b8,
        /// How often that list was too long to be scanned at once.
        AGAIN_ROUNDS: u32 = 0x1bc,
        /// The large table that is being scanned, the function with long lists, the thread with a long stack, or the next one of its
        /// open upvalues.
        PARTIAL: u32 = 0x1c0,
        /// The next of its places to scan: array slots first, then nodes; the next entry of its lists, or byte of the stack. Without a cycle under way, how many bytes of marks
        /// are clear.
        PARTIAL_AT: u32 = 0x1c4,
        /// Head of the list of open upvalues that were reached.
        OPENED: u32 = 0x1c8,
        /// Next bucket of the string table to sweep.
        SWEEP_AT: u32 = 0x1cc,
        /// Most units of work of one step of a cycle so far.
        GC_LONGEST: u32 = 0x1d0,
        /// The guest's time, in units, when the last step was done that has left something to do.
        GC_RESTED: u32 = 0x1d4,
        /// Where a hot handler that copies values stops; it means nothing at any other time.
        COPY_END: u32 = 0x1d8,
        /// The rings of the running code, as `ring::Rings` has them.
        RINGS: u8 = 0x1dc,
        /// The ring in which the host's calls begin.
        HOME: u8 = 0x1dd,
        /// Non-zero when a table is sealed against the ring in which most programs run.
        SEALED: u8 = 0x1de,
        /// Non-zero when the paying account is used up and nobody in the guest can be told.
        OVERDRAWN: u8 = 0x1df,
        /// How many codes of headers, from `Function` on, calls do not change rings for.
        PLAIN_CODES: u32 = 0x1e0,
        /// Non-zero while a native waits in the middle of a step for more fuel.
        PAUSED: u8 = 0x1e4,
        /// How the guest stood when an image or a snapshot was taken: see `exec::stand`.
        STOOD: u8 = 0x1e5,
        /// Fuel, times eight, beyond what the paying account may use: the rest of the slice.
        RESERVE: i64 = 0x1e8,
        /// `FUEL` when the account that pays got it.
        LEASE: i64 = 0x1f0,
        /// Non-zero when a call ends where memory does, instead of an error.
        MEMORY_ENDS: u32 = 0x1f8,
        /// The table of what the host has handles of; 0 when it has none. It is no part of a snapshot.
        HANDLES: u32 = 0x6dc,
        /// The number given last to what stands for something of the host.
        HELD: u64 = 0x6e0,
        /// While memory is full and the guest is to stop for that: blocks that it may have beyond its limit.
        MEMORY_LENT: u32 = 0x1fc,
        /// Blocks that the allocation asked for that has failed last, in the instruction under way.
        MEMORY_WANTED: u32 = 0x6d8,
        /// Fuel that the guest has used ever, times eight: its own time.
        ELAPSED: i64 = 0x6c8,
        /// Units of that time in a second of the guest's clock; 0 when that is the host's.
        CLOCK_RATE: u64 = 0x6d0,
        /// The string that a native or an instruction makes in portions; 0 when none does: see `data::unfinished`.
        UNFINISHED: u32 = 0x7c0,
        /// Bytes of it that are there.
        FINISHED: u32 = 0x7c4,
        /// When it is whole: how many of its bytes have been compared with those of a string that may be the same one.
        COMPARED: u32 = 0x7f8,
        /// That string, if so many of its bytes are the same; 0 otherwise.
        TWIN: u32 = 0x7fc,
        /// The function that a native is loading: its prototype, and when that is whole, its closure; 0 when there is none:
        /// see `load::portions`.
        LOADED: u32 = 0x7e8,
        /// What it is: see `load::portions::Verdict`. It may be a message, too.
        LOADED_AS: u8 = 0x7a8,
        /// Units that the native has paid for it.
        LOAD_PAID: u64 = 0x798,
        /// Work of walks and of the collector that is to be paid with it in the end.
        LOAD_OWED: u64 = 0x7a0,
        /// The table that grows in portions; 0 when none does: see `data::growth`.
        GROWING: u32 = 0x6e8,
        /// How many of the places on its way are done.
        GROWN_AT: u32 = 0x6ec,
        /// Units that have been paid for the growth under way.
        GROWN_PAID: u64 = 0x6f0,
        /// The guest's time, times eight, when it paused last; the same for the string that is made in portions.
        GROWN_WHEN: i64 = 0x6f8,
        /// For tests: see `heap::alloc::fail_in`.
        FAIL_IN: u32 = 0x6c0,
        /// Where the current hole ends. `LIMIT` lies before that where allocation is to stop on its way: in a cycle, and
        /// while allocations are counted.
        HOLE_END: u32 = 0x6c4,
    }
    /// The hash of what is there of the string that is made in portions, in parts.
    pub const FINISHED_HASH: [Field<u64>; 4] = [
        Field::at(0x7c8),
        Field::at(0x7d0),
        Field::at(0x7d8),
        Field::at(0x7e0),
    ];
    /// The header of the new parts of the table that grows, and the counts behind it.
    pub const GROWN: u16 = 0x700;
    /// Bytes of both.
    pub const GROWN_SIZE: u32 = 148;
    /// Counts of its keys: of integers, of all, and by power of two, four bytes each.
    pub const GROWN_CENSUS: u16 = 0x720;
    /// Metatables of the basic types, by type number, four bytes each.
    pub const TYPE_META: u16 = 0x200;
    /// Event names, four bytes each.
    pub const EVENTS: u16 = 0x240;
    /// Ring of the objects that were made last.
    pub const FRESH: u16 = 0x300;
    /// Entries of that ring.
    pub const FRESH_LEN: u32 = 16;
    /// Ring of the parts of objects that were made last: offset and size.
    pub const BLOBS: u16 = 0x380;
    /// Entries of that ring.
    pub const BLOBS_LEN: u32 = 8;
    /// The strings of one byte that have been made, by byte, four bytes each; 0 for the others.
    pub const SINGLES: u16 = 0x800;

    /// Where the root page keeps the string of one byte.
    #[inline(always)]
    pub const fn single(byte: u8) -> u32 {
        AT + SINGLES as u32 + 4 * byte as u32
    }

    /// The accounts of the rings, by number: see `account`.
    pub const ACCOUNTS: u16 = 0x480;

    /// State of `math.random`, four bytes a word.
    pub const RANDOM_STATE: u16 = 0x400;
    /// Words of that state.
    pub const RANDOM_WORDS: u32 = 31;
}
