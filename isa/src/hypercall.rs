//! The hypercalls: everything of the outside world that a guest can ask for, one row each.
//!
//! A row reads: doc comment, number, name, arguments, results. The host answers with the result words
//! or with a message and an error number.

/// Calls `$mac!` with every row: `#[doc] number name = Variant (arguments) -> (results);`.
#[macro_export]
macro_rules! for_each_hypercall {
    ($mac:path) => {
        $mac! {
            /// Writes bytes to an open stream (handles 1 and 2 are standard output and error).
            0 write = Write (handle: Int, data: Bytes) -> ();
            /// Reads a line without its newline (`keep` false); no result at the end of the file.
            1 read_line = ReadLine (handle: Int) -> (line: Bytes);
            /// Reads at most `count` bytes; no result at the end of the file; zero bytes tests for the end.
            2 read_bytes = ReadBytes (handle: Int, count: Int) -> (data: Bytes);
            /// Reads all that is left.
            3 read_all = ReadAll (handle: Int) -> (data: Bytes);
            /// Reads a number in C's syntax; no result when there is none.
            4 read_number = ReadNumber (handle: Int) -> (number: Number);
            /// Opens a file with a mode of C's `fopen`.
            5 open = Open (path: Bytes, mode: Bytes) -> (handle: Int);
            /// Closes a stream; a process gives its exit status.
            6 close = Close (handle: Int) -> (status: Int);
            /// Flushes a stream's buffer.
            7 flush = Flush (handle: Int) -> ();
            /// Moves the position: whence 0 start, 1 current, 2 end.
            8 seek = Seek (handle: Int, whence: Int, offset: Int) -> (position: Int);
            /// Sets the buffering: mode 0 none, 1 line, 2 full.
            9 setvbuf = SetVBuf (handle: Int, mode: Int, size: Int) -> ();
            /// Opens a temporary file that goes away when closed.
            10 tmpfile = TmpFile () -> (handle: Int);
            /// Starts a process with a pipe from or to it.
            11 popen = POpen (command: Bytes, mode: Bytes) -> (handle: Int);
            /// Removes a file or an empty directory.
            12 remove = Remove (path: Bytes) -> ();
            /// Renames a file.
            13 rename = Rename (from: Bytes, to: Bytes) -> ();
            /// A name for a temporary file.
            14 tmpname = TmpName () -> (path: Bytes);
            /// The value of an environment variable; no result when it is not set.
            15 getenv = GetEnv (name: Bytes) -> (value: Bytes);
            /// Runs a command of the system; without a command tells whether there is a shell.
            16 execute = Execute (command: Bytes) -> (status: Int);
            /// Ends the program with an exit code.
            17 exit = Exit (code: Int) -> ();
            /// Processor time used, in seconds.
            18 clock = Clock () -> (seconds: Number);
            /// Seconds since 1970.
            19 time = Time () -> (seconds: Int);
            /// Offset of local time from UTC in seconds at a moment, whether daylight saving is on, and the zone's name.
            20 zone = Zone (seconds: Int) -> (offset: Int, dst: Bool, name: Bytes);
            /// Reads a whole file that the program names (`loadfile`, `require`).
            21 read_file = ReadFile (path: Bytes) -> (data: Bytes);
            /// Whether a file can be read.
            22 readable = Readable (path: Bytes) -> (yes: Bool);
        }
    };
}

macro_rules! hypercall_enum {
    ($($(#[$doc:meta])* $number:literal $name:ident = $variant:ident
        ($($arg:ident: $arg_type:ident),*) -> ($($result:ident: $result_type:ident),*);)*) => {
        /// A hypercall; the discriminant is its number.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u16)]
        pub enum Hypercall { $($(#[$doc])* $variant = $number,)* }

        impl Hypercall {
            /// All hypercalls in the order of their numbers.
            pub const ALL: &'static [Hypercall] = &[$(Hypercall::$variant,)*];

            /// The name, as the journal and messages write it.
            pub const fn name(self) -> &'static str {
                match self { $(Hypercall::$variant => stringify!($name),)* }
            }
        }
    };
}
for_each_hypercall!(hypercall_enum);
