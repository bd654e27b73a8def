//! Progress on standard error, for whoever waits for much.

use crate::cli::output::note;
use std::io;

/// No progress is told of fewer bytes.
const BYTES_MIN: u64 = 16 * 1024 * 1024;

const MIB: u64 = 1024 * 1024;

/// Tells each tenth of something long.
pub(super) struct Progress {
    verb: &'static str,
    told: u64,
    silent: bool,
}

impl Progress {
    /// Of something that people wait for, or not.
    pub(super) fn new(verb: &'static str, told: bool) -> Self {
        Self { verb, told: 0, silent: !told }
    }

    /// So many bytes are done, of so many.
    pub(super) fn tell(&mut self, done: u64, total: u64) -> io::Result<()> {
        let tenth = done.saturating_mul(10) / total.max(1);
        if self.silent || total < BYTES_MIN || tenth <= self.told {
            return Ok(());
        }
        self.told = tenth;
        note(&format!("{}: {} of {} MiB", self.verb, done / MIB, total.div_ceil(MIB)))
    }
}
