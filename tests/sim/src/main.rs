//! Runs seeds of the simulator.

use clap::Parser;
use icn_sim::{adversary::Kind, plant::Plant, Counts, Options, Violation};
use std::{
    ops::Range,
    process::ExitCode,
    str::FromStr,
    sync::{
        atomic::{AtomicBool, AtomicU64, Ordering},
        Mutex,
    },
    thread,
    time::Instant,
};

/// Stack of a thread that executes blocks.
const STACK: usize = icn_primitives::limits::EXECUTION_STACK_BYTES;

/// Simulates networks of validators that crash, lose messages and lie, and checks that they agree.
#[derive(Parser)]
#[command(
    after_help = "Examples:\n  icn-sim --seeds 0..100\n  icn-sim --seeds 17 --verbose          repeats one run and tells what happens\n  icn-sim --seeds 0..200 --plant no-guard   shows that a planted mistake is found"
)]
struct Arguments {
    /// The seeds: one, or A..B without B.
    #[arg(long, default_value = "0..100")]
    seeds: Seeds,
    /// Things that happen in each run before its network heals.
    #[arg(long, default_value_t = 20_000)]
    steps: u64,
    /// Threads.
    #[arg(long, default_value_t = thread::available_parallelism().map_or(1, usize::from))]
    jobs: usize,
    /// A mistake that is planted: the run succeeds when it is found.
    #[arg(long)]
    plant: Option<Plant>,
    /// What all adversaries are; as many as there may be, then.
    #[arg(long)]
    adversaries: Option<Kind>,
    /// Runs each seed twice and compares what happened.
    #[arg(long)]
    twice: bool,
    /// Tells what happens; with one seed.
    #[arg(long)]
    verbose: bool,
    /// Prints what happened in each run.
    #[arg(long)]
    each: bool,
    /// Goes on after a run that fails, and tells them all at the end.
    #[arg(long)]
    keep_going: bool,
}

#[derive(Clone)]
struct Seeds(Range<u64>);

impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse().map_err(|_| format!("{text} is no seed; write 7 or 0..100"));
        match text.split_once("..") {
            Some((from, to)) => Ok(Self(number(from)?..number(to)?)),
            None => number(text).map(|seed: u64| Self(seed..seed + 1)),
        }
    }
}

/// What the threads share.
struct Shared {
    next: AtomicU64,
    stop: AtomicBool,
    counts: Mutex<Counts>,
    violations: Mutex<Vec<Violation>>,
}

#[allow(clippy::print_stdout, clippy::print_stderr)]
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let started = Instant::now();
    let shared = Shared {
        next: AtomicU64::new(arguments.seeds.0.start),
        stop: AtomicBool::new(false),
        counts: Mutex::default(),
        violations: Mutex::default(),
    };
    thread::scope(|scope| {
        for _ in 0..arguments.jobs {
            let work = || run_seeds(&arguments, &shared, started);
            thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).expect("a thread starts");
        }
    });
    let counts = *shared.counts.lock().expect("no thread panicked");
    println!("{counts}");
    let seconds = started.elapsed().as_secs_f64();
    println!("{seconds:.0} s, {:.0} heights/s", counts.heights as f64 / seconds);
    let violations = shared.violations.into_inner().expect("no thread panicked");
    match (&violations[..], arguments.plant) {
        ([], None) => ExitCode::SUCCESS,
        ([violation, ..], Some(plant)) => {
            println!("{plant} is found: {violation}");
            ExitCode::SUCCESS
        }
        ([], Some(plant)) => {
            eprintln!("{plant} is not found");
            ExitCode::FAILURE
        }
        (violations, None) => {
            for violation in violations {
                let (seed, steps) = (violation.seed, arguments.steps);
                eprintln!("{violation}\nrepeat it: icn-sim --seeds {seed} --steps {steps} --verbose");
            }
            ExitCode::FAILURE
        }
    }
}

#[allow(clippy::print_stdout, clippy::print_stderr)]
fn run_seeds(arguments: &Arguments, shared: &Shared, started: Instant) {
    let options = Options {
        plant: arguments.plant,
        adversaries: arguments.adversaries,
        verbose: arguments.verbose,
        ..Options::wild(arguments.steps)
    };
    loop {
        let seed = shared.next.fetch_add(1, Ordering::Relaxed);
        if seed >= arguments.seeds.0.end || shared.stop.load(Ordering::Relaxed) {
            return;
        }
        let mut result = icn_sim::run(seed, options);
        if let (Ok(first), true) = (&result, arguments.twice) {
            let again = icn_sim::run(seed, options);
            if again.as_ref().map(|again| again.trace).ok() != Some(first.trace) {
                result = Err(Violation { seed, step: 0, words: "the same seed went another way".into() });
            }
        }
        match result {
            Ok(report) => {
                if arguments.each {
                    println!("seed {seed}: trace {} {}", hex::encode(&report.trace[..8]), report.counts);
                }
                let mut counts = shared.counts.lock().expect("no thread panicked");
                *counts += report.counts;
                if counts.seeds.is_multiple_of(100) {
                    eprintln!("{:.0} s: {counts}", started.elapsed().as_secs_f64());
                }
            }
            Err(violation) => {
                eprintln!("{violation}");
                shared.violations.lock().expect("no thread panicked").push(violation);
                if !arguments.keep_going {
                    shared.stop.store(true, Ordering::Relaxed);
                    return;
                }
            }
        }
    }
}
