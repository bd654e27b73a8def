//! Random choices that follow from a printed seed.

/// SplitMix64: a fixed stream for each seed.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The stream of `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The stream of `$ICN_SEED`, else of the clock; the seed is printed, so that a failure can be repeated.
    #[allow(clippy::print_stderr)]
    pub fn printed() -> Self {
        let clock = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map(|time| time.as_nanos());
        let given = std::env::var("ICN_SEED").ok().map(|seed| seed.parse().expect("ICN_SEED is a number"));
        let seed = given.unwrap_or_else(|| clock().expect("after 1970") as u64);
        eprintln!("ICN_SEED={seed} repeats this run's random choices");
        Self(seed)
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.any()) * u128::from(end)) >> 64) as u64
    }

    /// A number from `low` to `high`.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// Whether something of so many chances in a thousand came true.
    pub fn permille(&mut self, chance: u64) -> bool {
        self.below(1000) < chance
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len() as u64) as usize]
    }

    /// Whether one of `of` equal chances came true.
    pub fn one_in(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }
}
