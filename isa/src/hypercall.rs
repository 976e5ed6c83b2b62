//! The hypercalls: everything of the outside world that a guest can ask for, one row each, and the groups
//! in which they are granted.
//!
//! A row reads: doc comment, number, name, arguments, results, group, the outermost ring that may be granted
//! it, price, and where the answer comes from. What is `or Nil` may be missing. The host answers with the
//! result words or with a message and an error number.
//!
//! The price is what the library function that asks charges for asking. What a function pays besides, and
//! those that pay in another way, are in spec.md.

/// Calls `$mac!` with every row.
#[macro_export]
macro_rules! for_each_hypercall {
    ($mac:path) => {
        $mac! {
            /// Writes bytes to an open stream.
            0 write = Write (handle: Handle, data: Bytes) -> ()
                in Io, ring 3, fuel 4, Outside;
            /// Reads a line without its newline; no result at the end of the file. A host may add whole lines that it has read with it, with their newlines and not more than `most` bytes, if that is given.
            1 read_line = ReadLine (handle: Handle, most: Int or Nil) -> (line: Bytes or Nil, ahead: Bytes or Nil)
                in Io, ring 3, fuel 4, Outside;
            /// Reads at most `count` bytes; no result at the end of the file; zero bytes tests for the end.
            2 read_bytes = ReadBytes (handle: Handle, count: Int) -> (data: Bytes or Nil)
                in Io, ring 3, fuel 4, Outside;
            /// Reads all that is left.
            3 read_all = ReadAll (handle: Handle) -> (data: Bytes)
                in Io, ring 3, fuel 4, Outside;
            /// Reads a number in C's syntax; no result when there is none.
            4 read_number = ReadNumber (handle: Handle) -> (number: Number or Nil)
                in Io, ring 3, fuel 4, Outside;
            /// Opens a file with a mode of C's `fopen`.
            5 open = Open (path: Bytes, mode: Bytes) -> (handle: Handle)
                in Io, ring 2, fuel 16, Outside;
            /// Closes a stream; a process gives its exit status.
            6 close = Close (handle: Handle) -> (status: Int)
                in Io, ring 3, fuel 16, Outside;
            /// Flushes a stream's buffer.
            7 flush = Flush (handle: Handle) -> ()
                in Io, ring 3, fuel 8, Outside;
            /// Moves the position: whence 0 start, 1 current, 2 end.
            8 seek = Seek (handle: Handle, whence: Int, offset: Int) -> (position: Int)
                in Io, ring 3, fuel 8, Outside;
            /// Sets the buffering: mode 0 none, 1 line, 2 full.
            9 setvbuf = SetVBuf (handle: Handle, mode: Int, size: Int) -> ()
                in Io, ring 3, fuel 8, Outside;
            /// Opens a temporary file that goes away when closed.
            10 tmpfile = TmpFile () -> (handle: Handle)
                in Io, ring 2, fuel 16, Outside;
            /// Starts a process with a pipe from or to it.
            11 popen = POpen (command: Bytes, mode: Bytes) -> (handle: Handle)
                in Os, ring 2, fuel 16, Outside;
            /// Removes a file or an empty directory.
            12 remove = Remove (path: Bytes) -> ()
                in Io, ring 2, fuel 8, Outside;
            /// Renames a file.
            13 rename = Rename (from: Bytes, to: Bytes) -> ()
                in Io, ring 2, fuel 8, Outside;
            /// A name for a temporary file.
            14 tmpname = TmpName () -> (path: Bytes)
                in Io, ring 2, fuel 16, Outside;
            /// The value of an environment variable; no result when it is not set.
            15 getenv = GetEnv (name: Bytes) -> (value: Bytes or Nil)
                in Env, ring 2, fuel 8, Outside;
            /// Runs a command of the system; without a command tells whether there is a shell.
            16 execute = Execute (command: Bytes or Nil) -> (status: Int)
                in Os, ring 2, fuel 16, Outside;
            /// Ends the program with an exit code.
            17 exit = Exit (code: Int) -> ()
                in Core, ring 2, fuel 2, Outside;
            /// Processor time used, in seconds.
            18 clock = Clock () -> (seconds: Number)
                in Time, ring 3, fuel 8, Outside;
            /// Seconds since 1970.
            19 time = Time () -> (seconds: Int)
                in Time, ring 3, fuel 8, Outside;
            /// Offset of local time from UTC in seconds at a moment, whether daylight saving is on, and the zone's name.
            20 zone = Zone (seconds: Int) -> (offset: Int, dst: Bool, name: Bytes)
                in Time, ring 3, fuel 0, Outside;
            /// Reads a whole file that the program names (`loadfile`, `require`).
            21 read_file = ReadFile (path: Bytes) -> (data: Bytes)
                in Load, ring 3, fuel 0, Outside;
            /// Whether a file can be read.
            22 readable = Readable (path: Bytes) -> (yes: Bool)
                in Load, ring 3, fuel 0, Outside;
            /// Random bytes that nobody can know before, for keys and names; at most 1024.
            23 entropy = Entropy (count: Int) -> (data: Bytes)
                in Random, ring 3, fuel 64, Outside;
            /// The number of the guest that asks.
            32 task_id = TaskId () -> (guest: Int)
                in Task, ring 3, fuel 32, Outside;
            /// Puts a message into another guest's inbox.
            33 send = Send (guest: Int, message: Bytes) -> ()
                in Task, ring 3, fuel 32, Outside;
            /// Waits for a message, for some time at most (without a time for ever); no result when none has come.
            34 receive = Receive (seconds: Number or Nil) -> (message: Bytes or Nil)
                in Task, ring 3, fuel 32, Outside;
            /// Waits for some time.
            35 sleep = Sleep (seconds: Number) -> ()
                in Task, ring 3, fuel 32, Outside;
            /// Starts a guest that runs a source or a binary chunk with the values of a message.
            36 spawn = Spawn (source: Bytes, name: Bytes, args: Bytes) -> (guest: Int)
                in Task, ring 2, fuel 5000, Outside;
            /// Ties the ends of both guests together.
            37 link = Link (guest: Int) -> ()
                in Task, ring 2, fuel 32, Outside;
            /// Asks for a message at the other guest's end.
            38 monitor = Monitor (guest: Int) -> ()
                in Task, ring 2, fuel 32, Outside;
            /// The number of the guest that has a name.
            39 find = Find (name: Bytes) -> (guest: Int)
                in Task, ring 3, fuel 32, Outside;
        }
    };
}

/// Calls `$mac!` with every group: `#[doc] name = Variant;`.
#[macro_export]
macro_rules! for_each_group {
    ($mac:path) => {
        $mac! {
            /// What every guest may do: end itself.
            core = Core;
            /// Other guests: making them, messages.
            task = Task;
            /// The three standard streams.
            console = Console;
            /// The clock, the processor's time and the time zone.
            time = Time;
            /// Random bytes of the host.
            random = Random;
            /// Source text and modules: `loadfile`, `dofile`, `require`.
            load = Load;
            /// Files.
            io = Io;
            /// The network.
            net = Net;
            /// Environment variables.
            env = Env;
            /// Commands of the system.
            os = Os;
            /// What only debuggers need.
            debug = Debug;
        }
    };
}

macro_rules! groups {
    ($($(#[$doc:meta])* $name:ident = $variant:ident;)*) => {
        /// A group of hypercalls, which are granted together.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u8)]
        pub enum Group { $($(#[$doc])* $variant,)* }

        impl Group {
            /// All groups.
            pub const ALL: &'static [Group] = &[$(Group::$variant,)*];

            /// The name, as messages and options write it.
            pub const fn name(self) -> &'static str {
                match self { $(Group::$variant => stringify!($name),)* }
            }
        }
    };
}
for_each_group!(groups);

/// What kind of word an argument or a result is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A truth value.
    Bool,
    /// A number.
    Number,
    /// A 64-bit integer.
    Int,
    /// An integer that names an open stream of the host.
    Handle,
    /// Bytes.
    Bytes,
}

/// An argument or a result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Field {
    /// What it is called.
    pub name: &'static str,
    /// What kind of word it is.
    pub kind: Kind,
    /// Whether it may be missing.
    pub optional: bool,
}

/// Where the answer to a hypercall comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// From outside: a journal has to hold it.
    Outside,
    /// From what the guest has done before: the same history has the same answer.
    History,
}

/// All that is known about a hypercall.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// The name, as the journal and messages write it.
    pub name: &'static str,
    /// The arguments.
    pub args: &'static [Field],
    /// The results of an answer that is no error.
    pub results: &'static [Field],
    /// The group in which it is granted.
    pub group: Group,
    /// The outermost ring that may be granted it.
    pub ring: u8,
    /// Units of fuel that asking takes.
    pub fuel: u64,
    /// Where its answer comes from.
    pub source: Source,
}

macro_rules! optional {
    () => {
        false
    };
    (Nil) => {
        true
    };
}

macro_rules! hypercalls {
    ($($(#[$doc:meta])* $number:literal $name:ident = $variant:ident
        ($($arg:ident: $arg_kind:ident $(or $arg_nil:ident)?),*) ->
        ($($result:ident: $result_kind:ident $(or $result_nil:ident)?),*)
        in $group:ident, ring $ring:literal, fuel $fuel:literal, $source:ident;)*) => {
        /// A hypercall; the discriminant is its number.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u16)]
        pub enum Hypercall { $($(#[$doc])* $variant = $number,)* }

        impl Hypercall {
            /// All hypercalls in the order of their numbers.
            pub const ALL: &'static [Hypercall] = &[$(Hypercall::$variant,)*];

            /// The row of the table.
            pub const fn row(self) -> &'static Row {
                match self { $(Hypercall::$variant => &Row {
                    name: stringify!($name),
                    args: &[$(Field {
                        name: stringify!($arg),
                        kind: Kind::$arg_kind,
                        optional: optional!($($arg_nil)?),
                    }),*],
                    results: &[$(Field {
                        name: stringify!($result),
                        kind: Kind::$result_kind,
                        optional: optional!($($result_nil)?),
                    }),*],
                    group: Group::$group,
                    ring: $ring,
                    fuel: $fuel,
                    source: Source::$source,
                },)* }
            }
        }
    };
}
for_each_hypercall!(hypercalls);

impl Hypercall {
    /// The hypercall of this name.
    pub fn by_name(name: &[u8]) -> Option<Hypercall> {
        let all = Hypercall::ALL.iter();
        all.copied().find(|call| call.name().as_bytes() == name)
    }

    /// The name, as the journal and messages write it.
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// Whether a good answer is a new handle.
    pub fn opens(self) -> bool {
        let results = self.row().results;
        matches!(results, [field] if field.kind == Kind::Handle)
    }
}
