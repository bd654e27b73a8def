//! The time of the block, as the timestamp pallet would tell it.

use core::cell::Cell;
use frame_support::traits::Time;

thread_local! {
    static NOW: Cell<u64> = const { Cell::new(0) };
}

/// A clock that shows what the test sets, one for each thread.
pub struct Clock;

impl Clock {
    /// Sets the time, in milliseconds.
    pub fn set(now: u64) {
        NOW.set(now);
    }
}

impl Time for Clock {
    type Moment = u64;

    fn now() -> u64 {
        NOW.get()
    }
}
