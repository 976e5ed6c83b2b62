//! The random numbers of `math`: the sequence of the GNU C library's `rand`, which Lua 5.1 shows on Linux.
//! Must not know their use.
//!
//! An additive feedback generator of 31 words (Knuth, The Art of Computer Programming, volume 2, 3.2.2):
//! each number is the sum of those 31 and 3 places before, less its lowest bit. Its state is in the root
//! page, so that an image holds it.

use bvm_vm::Cpu;
use bvm_vm::objects::root::{self, AT};

/// Words of the state.
const WORDS: u32 = root::RANDOM_WORDS;
/// How far behind the second summand is.
const DISTANCE: u32 = 3;
/// The multiplier and modulus of the generator that fills the state.
const FILL: (i64, i64) = (16_807, 2_147_483_647);
/// The first numbers show how the state was filled: they are dropped.
const DROPPED: u32 = 10 * WORDS;

/// Units for starting a sequence: one for five of the numbers that are dropped.
pub const PRICE_OF_SEED: u64 = DROPPED as u64 / 5;

/// The largest number.
pub const MAX: u32 = i32::MAX as u32;

fn word(i: u32) -> u32 {
    AT + u32::from(root::RANDOM_STATE) + 4 * (i % WORDS)
}

/// Starts the sequence of a seed; 0 is taken as 1.
pub fn seed(cpu: &mut Cpu<'_, '_>, seed: u32) {
    let mut filling = i64::from(seed.max(1) as i32);
    for i in 0..WORDS {
        cpu.mem.store(word(i), filling as u32);
        // The remainder has the sign of the dividend, which the first one may have negative.
        filling = (filling * FILL.0) % FILL.1;
        if filling < 0 {
            filling += FILL.1;
        }
    }
    cpu.mem.set(AT, root::RANDOM, DISTANCE + WORDS);
    for _ in 0..DROPPED {
        step(cpu);
    }
}

/// Gives a guest that begins where another one stands numbers of its own: the next one is the first of the
/// seed's sequence. Until then the seed lies in the first word.
pub fn renew(cpu: &mut Cpu<'_, '_>, seed: u64) {
    for i in 0..WORDS {
        cpu.mem.store(word(i), 0);
    }
    cpu.mem.set(AT, root::RANDOM, 0);
    cpu.mem.store(word(0), folded(seed).max(1));
}

/// A seed of a guest as a seed of the sequence.
fn folded(seed: u64) -> u32 {
    (seed ^ seed >> 32) as u32
}

/// The next number, from 0 to [`MAX`].
pub fn next(cpu: &mut Cpu<'_, '_>) -> u32 {
    if cpu.mem.get(AT, root::RANDOM) == 0 {
        // A guest that was given no seed begins as a C program does.
        let renewed: u32 = cpu.mem.load(word(0));
        let given = folded(cpu.mem.get(AT, root::SEED));
        seed(cpu, if renewed == 0 { given } else { renewed });
    }
    step(cpu)
}

/// `RANDOM` is the place of the word that becomes the next number, counted from one round on.
fn step(cpu: &mut Cpu<'_, '_>) -> u32 {
    let at = cpu.mem.get(AT, root::RANDOM);
    let old: u32 = cpu.mem.load(word(at));
    let sum = old.wrapping_add(cpu.mem.load(word(at.wrapping_sub(DISTANCE))));
    cpu.mem.store(word(at), sum);
    cpu.mem.set(AT, root::RANDOM, WORDS + (at + 1) % WORDS);
    sum >> 1
}
