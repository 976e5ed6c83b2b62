//! Prints the random programs of some seeds: `generate SEED [STATEMENTS]`.
//! Must not run them.
#![forbid(unsafe_code)]

fn main() {
    let number = |i: usize, default: u64| {
        std::env::args()
            .nth(i)
            .and_then(|text| text.parse().ok())
            .unwrap_or(default)
    };
    let statements = u32::try_from(number(2, 60)).unwrap_or(60);
    print!("{}", bvm_tests::generate::program(number(1, 1), statements));
}
