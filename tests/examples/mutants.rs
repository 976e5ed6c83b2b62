//! Mutants of the corpus's chunks through reader, verifier and machine, with counts: `mutants COUNT
//! [SEED]`. Hot and cold code must do the same. Prints the bytes of every mutant that does harm.
//! Must not hold programs: they are in `lua/`.
#![forbid(unsafe_code)]

use bvm_isa::verify::{Verified, verify_dumped};
use bvm_isa::{Dialect, Proto, Word, read_chunk, write_chunk};
use bvm_tests::corpus::cases;
use bvm_tests::engine::{Cuts, End, Limits, Mode, Outcome, run_verified};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

const LIMITS: Limits = Limits {
    fuel: 20_000,
    memory: 16 << 20,
    dialect: Dialect::Bvm,
    saves: false,
    cuts: Cuts::Growing,
};
/// What a mutant may take on a machine that does other work too.
const PATIENCE: Duration = Duration::from_secs(5);

/// A sequence of random numbers.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// One program, as it was compiled and as a chunk.
struct Original {
    proto: Proto,
    bytes: Vec<u8>,
}

fn originals() -> Vec<Original> {
    let protos = cases()
        .into_iter()
        .filter_map(|case| bvm_compiler::compile(&case.source, b"=chunk").ok());
    protos
        .enumerate()
        .map(|(number, proto)| Original {
            bytes: write_chunk(&proto, number % 3 == 0),
            proto,
        })
        .collect()
}

/// A changed chunk and the name of the change.
fn mutate(original: &Original, random: &mut Random) -> (&'static str, Vec<u8>) {
    let mut bytes = original.bytes.clone();
    let at = random.below(bytes.len());
    match random.below(8) {
        0 => {
            bytes[at] = random.next() as u8;
            ("one byte", bytes)
        }
        1 => {
            bytes[at] ^= 1 << random.below(8);
            ("one bit", bytes)
        }
        2 => {
            for _ in 0..2 + random.below(7) {
                let at = random.below(bytes.len());
                bytes[at] = random.next() as u8;
            }
            ("several bytes", bytes)
        }
        3 => {
            let (from, count) = (random.below(bytes.len()), 1 + random.below(16));
            let count = count.min(bytes.len() - at).min(bytes.len() - from);
            bytes.copy_within(from..from + count, at);
            ("bytes copied", bytes)
        }
        4 => {
            let end = (at + 1 + random.below(8)).min(bytes.len());
            let moved: Vec<u8> = bytes.drain(at..end).collect();
            if random.below(2) == 0 {
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, moved);
            }
            ("bytes moved or removed", bytes)
        }
        _ => {
            let mut proto = original.proto.clone();
            for _ in 0..1 + random.below(3) {
                change_word(&mut proto, random);
            }
            ("fields of words", write_chunk(&proto, false))
        }
    }
}

/// Changes a field of one word of some function, to what the function has elsewhere or to anything.
fn change_word(main: &mut Proto, random: &mut Random) {
    let mut proto = main;
    while !proto.protos.is_empty() && random.below(3) > 0 {
        let inner = random.below(proto.protos.len());
        proto = &mut proto.protos[inner];
    }
    let at = random.below(proto.code.len());
    let other = proto.code[random.below(proto.code.len())];
    let word = proto.code[at].0;
    let masks = [0x3f, 0xff << 6, 0x1ff << 14, 0x1ff << 23];
    let mask: u32 = masks[random.below(4)];
    let from = match random.below(3) {
        0 => random.next() as u32,
        1 => other.0,
        _ => word.wrapping_add(1 << mask.trailing_zeros()),
    };
    proto.code[at] = Word(word & !mask | from & mask);
}

fn load(bytes: &[u8]) -> Result<Verified, &'static str> {
    let proto = read_chunk(bytes, b"=mutant").map_err(|error| error.rule)?;
    verify_dumped(proto).map_err(|error| error.rule)
}

fn agree(hot: &Outcome, cold: &Outcome) -> bool {
    if met_a_limit(hot) || met_a_limit(cold) {
        let both = hot.output.len().min(cold.output.len());
        return hot.fuel.abs_diff(cold.fuel) < 5_000 && hot.output[..both] == cold.output[..both];
    }
    without_addresses(hot) == without_addresses(cold) && hot.fuel == cold.fuel
}

/// Where exactly a limit stops a program differs by a few instructions.
fn met_a_limit(outcome: &Outcome) -> bool {
    outcome.end == End::OutOfFuel || outcome.end == End::Error(b"not enough memory".to_vec())
}

/// The text of an outcome without addresses: hot and cold code need not lie at the same.
fn without_addresses(outcome: &Outcome) -> String {
    let text = outcome.text();
    let mut parts = text.split("0x");
    let mut plain = parts.next().unwrap_or_default().to_string();
    for part in parts {
        plain += part.trim_start_matches(|c: char| c.is_ascii_hexdigit());
    }
    plain
}

/// How a mutant ended, in a few words; `Err` is harm.
fn fate(bytes: &[u8]) -> Result<String, String> {
    let began = Instant::now();
    let (hot, cold) = match (load(bytes), load(bytes)) {
        (Ok(hot), Ok(cold)) => (hot, cold),
        (Err(rule), _) | (_, Err(rule)) => return Ok(format!("refused by {rule}")),
    };
    let hot = run_verified(hot, Mode::Whole, LIMITS);
    let cold = run_verified(cold, Mode::Cold, LIMITS);
    if !agree(&hot, &cold) {
        return Err(format!("hot {hot:?}\ncold {cold:?}"));
    }
    if began.elapsed() > PATIENCE {
        return Err(format!("took {:?}", began.elapsed()));
    }
    Ok(match hot.end {
        End::Error(_) => "ran into an error",
        End::OutOfFuel => "ran out of fuel",
        _ => "ran to its end",
    }
    .to_string())
}

fn main() {
    let number = |i: usize, default: u64| {
        let text = std::env::args().nth(i);
        text.and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let (count, mut random) = (number(1, 1000), Random(number(2, 1)));
    let originals = originals();
    let mut fates: BTreeMap<String, u64> = BTreeMap::new();
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    let mut harm = 0;
    for done in 1..=count {
        let original = &originals[random.below(originals.len())];
        let (kind, bytes) = mutate(original, &mut random);
        *kinds.entry(kind).or_default() += 1;
        let fate = catch_unwind(AssertUnwindSafe(|| fate(&bytes)));
        match fate.unwrap_or_else(|_| Err("panicked".to_string())) {
            Ok(fate) => *fates.entry(fate).or_default() += 1,
            Err(words) => {
                harm += 1;
                let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                println!("mutant {done} ({kind}) {words}\n{hex}");
            }
        }
        if done % 50_000 == 0 || done == count {
            println!(
                "{done} mutants of {} chunks, {harm} do harm",
                originals.len()
            );
            println!("{kinds:?}\n{fates:#?}");
        }
    }
}
