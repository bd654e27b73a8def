//! The agenda against a list that is sorted anew in each block.

use crate::{mock::*, Event, Retry};
use pallet_testing::recorder;
use proptest::prelude::*;

/// What one of the test's calls weighs; the share has room for [`PER_BLOCK`] of them.
const REF_TIME: u64 = SHARE / 6;

/// Calls that fit in a block, since each costs a little more than its own weight.
const PER_BLOCK: usize = 5;

#[derive(Clone, Debug)]
enum Step {
    Schedule { delay: u64, fails: bool, retry: Option<Retry> },
    Cancel { id: u64 },
    Block { wait: u64 },
}

#[derive(Clone, Debug)]
struct Expected {
    due: u64,
    id: u64,
    fails: bool,
    retry: Option<Retry>,
}

#[derive(Default)]
struct Model {
    now: u64,
    next_id: u64,
    entries: Vec<Expected>,
}

impl Model {
    fn schedule(&mut self, delay: u64, fails: bool, retry: Option<Retry>) -> bool {
        let room = self.entries.len() < ENTRIES_MAX as usize && delay > 0;
        if room {
            self.entries.push(Expected { due: self.now + delay, id: self.next_id, fails, retry });
            self.next_id += 1;
        }
        room
    }

    fn cancel(&mut self, id: u64) -> bool {
        let before = self.entries.len();
        self.entries.retain(|entry| entry.id != id);
        self.entries.len() < before
    }

    /// Ids of what runs in the next block, in order.
    fn block(&mut self, wait: u64) -> Vec<u64> {
        self.now += wait;
        self.entries.sort_by_key(|entry| (entry.due, entry.id));
        let due = self.entries.iter().take_while(|entry| entry.due <= self.now).count();
        let served: Vec<Expected> = self.entries.drain(..due.min(PER_BLOCK)).collect();
        for entry in served.iter().filter(|entry| entry.fails) {
            let Some(Retry { times, period }) = entry.retry else { continue };
            if times > 0 {
                let retry = Some(Retry { times: times - 1, period });
                self.entries.push(Expected { due: self.now + period, retry, ..entry.clone() });
            }
        }
        served.iter().map(|entry| entry.id).collect()
    }

    fn next_due(&self) -> Option<u64> {
        self.entries.iter().map(|entry| entry.due).min()
    }
}

fn call(fails: bool) -> RuntimeCall {
    match fails {
        true => recorder::Call::refuse { value: 0, ref_time: REF_TIME }.into(),
        false => record_heavy(0, REF_TIME),
    }
}

fn ran() -> Vec<u64> {
    let id = |event| match event {
        Event::Dispatched { id, .. } => Some(id),
        _ => None,
    };
    events().into_iter().filter_map(id).collect()
}

fn step() -> impl Strategy<Value = Step> {
    let retry = proptest::option::of((1..=RETRIES_MAX, 1u64..300).prop_map(|(times, period)| Retry { times, period }));
    prop_oneof![
        6 => (0u64..1_000, any::<bool>(), retry).prop_map(|(delay, fails, retry)| Step::Schedule { delay, fails, retry }),
        1 => (0u64..60).prop_map(|id| Step::Cancel { id }),
        3 => (1u64..400).prop_map(|wait| Step::Block { wait }),
    ]
}

fn take(model: &mut Model, step: Step) {
    match step {
        Step::Schedule { delay, fails, retry } => {
            let taken = Agenda::schedule_after(RuntimeOrigin::root(), delay, retry, Box::new(call(fails)));
            assert_eq!(taken.is_ok(), model.schedule(delay, fails, retry));
        }
        Step::Cancel { id } => {
            assert_eq!(Agenda::cancel(RuntimeOrigin::root(), id).is_ok(), model.cancel(id));
        }
        Step::Block { wait } => {
            let expected = model.block(wait);
            block_at(model.now);
            assert_eq!(ran(), expected);
        }
    }
    assert_eq!(next_due(), model.next_due());
    assert_eq!(Agenda::do_try_state(), Ok(()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..Default::default() })]

    #[test]
    fn the_agenda_does_as_its_model(steps in proptest::collection::vec(step(), 1..120)) {
        run(|| {
            let mut model = Model { now: 1_000, ..Model::default() };
            steps.into_iter().for_each(|step| take(&mut model, step));
        });
    }
}
