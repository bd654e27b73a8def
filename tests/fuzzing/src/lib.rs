//! Fuzzing of decoders of bytes from strangers: whatever they accept encodes as itself, and nothing makes them panic.
//!
//! Inputs are mutations of valid encodings as well as noise. `BOLERO_RANDOM_TEST_TIME_MS` says for how long each target
//! runs.

// The number of inputs is for whoever reads the log.
#![allow(clippy::print_stderr)]

use bolero::TypeGenerator;
use codec::{Encode, Output};
use std::{
    panic::AssertUnwindSafe,
    sync::atomic::{AtomicUsize, Ordering},
};

/// How an input comes from a seed: noise when there is no seed of that number.
#[derive(Clone, Debug, TypeGenerator)]
struct Recipe {
    seed: u8,
    /// How many writes and whether to insert and to cut: most inputs have few faults, so that many reach far.
    faults: u8,
    /// Places and what is written there.
    writes: [(u16, u8); 3],
    /// A place and what is pushed in there.
    insert: (u16, u8),
    /// Where the seed ends, if it ends early, and what follows.
    end: u16,
    tail: Vec<u8>,
}

impl Recipe {
    fn input(&self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let seed = seeds.get(usize::from(self.seed) % (seeds.len() + 1));
        let mut bytes = seed.unwrap_or(&self.tail).clone();
        for (place, byte) in self.writes.iter().take(usize::from(self.faults % 4)) {
            let place = usize::from(*place) % bytes.len().max(1);
            bytes.get_mut(place).into_iter().for_each(|old| *old = *byte);
        }
        if self.faults & 0b1100 == 0b1100 {
            bytes.insert(usize::from(self.insert.0) % (bytes.len() + 1), self.insert.1);
        }
        if self.faults & 0b11_0000 == 0b11_0000 {
            bytes.truncate(usize::from(self.end) % (bytes.len() + 1));
            bytes.extend(&self.tail);
        }
        bytes
    }
}

/// Bytes that encode as themselves: what a decoder of another format than SCALE makes of its input, written again.
#[derive(Clone, Debug)]
pub struct Raw(pub Vec<u8>);

impl Encode for Raw {
    fn encode_to<O: Output + ?Sized>(&self, out: &mut O) {
        out.write(&self.0);
    }
}

/// Runs a decoder over inputs made from seeds, and prints how many there were and how many it accepted.
///
/// # Panics
/// When an accepted input does not encode as itself, or none is accepted.
pub fn fuzz<T: Encode>(name: &str, seeds: &[Vec<u8>], decode: impl Fn(&[u8]) -> Option<T>) {
    // A decoder that panics ends the run: nobody sees what it left behind.
    let decode = AssertUnwindSafe(decode);
    let (ran, accepted) = (AtomicUsize::new(0), AtomicUsize::new(0));
    bolero::check!().with_type::<Recipe>().for_each(|recipe: &Recipe| {
        let input = recipe.input(seeds);
        ran.fetch_add(1, Ordering::Relaxed);
        let whole = &decode;
        if let Some(value) = whole(&input) {
            accepted.fetch_add(1, Ordering::Relaxed);
            assert_eq!(value.encode(), input);
        }
    });
    let (ran, accepted) = (ran.into_inner(), accepted.into_inner());
    eprintln!("fuzz {name}: {ran} inputs, {accepted} accepted");
    assert!(accepted > 0, "none of {ran} inputs reached past the decoder's checks");
}
