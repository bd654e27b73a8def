//! The raw executor to RocksDB, as a validator runs it: verify signatures, execute, compute the root, commit.

use crate::{
    blocks::{chain, timed, BuildArgs, Built, Taken, Timed, WARM_UP},
    history, process,
    report::Report,
    spans,
};
use codec::Decode;
use icn_executor::inherent;
use icn_primitives::Block;
use icn_storage::RocksStore;
use icn_tests::chain::{built, TestChain};
use std::{fs, process::Command, time::Duration};

/// Executes blocks of transfers.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ExecutorArgs {
    /// Accounts in the state, one run for each number.
    #[arg(long, value_delimiter = ',', default_value = "10000,1000000")]
    accounts: Vec<u32>,
    /// Blocks.
    #[arg(long, default_value_t = 20)]
    blocks: u32,
    /// Transactions in a block; fewer when its weight is spent.
    #[arg(long, default_value_t = 5_000)]
    transactions: u32,
}

/// What the measured blocks took.
#[derive(Clone, Copy, Debug, Default)]
struct Executed {
    transactions: u64,
    keys: u64,
    blocks: u32,
    /// All of `execute`.
    all: Taken,
    verify: Duration,
    root: Taken,
    commit: Taken,
    process: Duration,
}

/// Runs the bench.
///
/// # Errors
/// When a block is not valid or the store fails.
pub(crate) fn run(args: &ExecutorArgs) -> eyre::Result<()> {
    spans::install()?;
    let mut report = Report::new("executor");
    for accounts in &args.accounts {
        measure(args, *accounts, &mut report)?;
    }
    if let [few, .., many] = args.accounts[..] {
        let (few, many) = (label(few), label(many));
        let cost = |accounts: &str| format!("{accounts}, root and commit, per touched key");
        report.ratio(&format!("the same, {many} against {few}"), &cost(&many), &cost(&few))?;
    }
    report.finish()
}

fn measure(args: &ExecutorArgs, accounts: u32, report: &mut Report) -> eyre::Result<()> {
    let folder = tempfile::tempdir()?;
    let build = BuildArgs {
        accounts,
        blocks: args.blocks,
        transactions: args.transactions,
        output: folder.path().join("blocks"),
    };
    let built = build_elsewhere(&build)?;
    let blocks = Vec::<Block>::decode(&mut &fs::read(&build.output)?[..])?;
    let chain = chain(&folder.path().join("db"), &build.accounts())?;
    let executed = execute_all(&chain, blocks)?;
    let label = label(accounts);
    add_validator(report, &label, &executed);
    add_proposer(report, &label, &built);
    history::measure(&chain, &build.accounts(), &label, report)
}

/// Builds the blocks in another process, so that this one has not seen their signatures.
fn build_elsewhere(args: &BuildArgs) -> eyre::Result<Built> {
    let output = Command::new(std::env::current_exe()?)
        .arg("build")
        .args(["--accounts", &args.accounts.to_string()])
        .args(["--blocks", &args.blocks.to_string()])
        .args(["--transactions", &args.transactions.to_string()])
        .arg("--output")
        .arg(&args.output)
        .stderr(std::process::Stdio::inherit())
        .output()?;
    eyre::ensure!(output.status.success(), "building the blocks failed: {}", output.status);
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn execute_all(chain: &TestChain<RocksStore>, blocks: Vec<Block>) -> eyre::Result<Executed> {
    let mut sum = Executed::default();
    for (index, block) in blocks.into_iter().enumerate() {
        let before = process::cpu_time(std::process::id());
        let mut one = execute(chain, block)?;
        one.process = process::cpu_time(std::process::id()).saturating_sub(before);
        if index >= WARM_UP {
            sum.add(&one);
        }
    }
    Ok(sum)
}

fn execute(chain: &TestChain<RocksStore>, block: Block) -> eyre::Result<Executed> {
    let (state, parent) = (chain.state(), chain.parent());
    let view = Timed::new(&state);
    let transactions = (block.extrinsics.len() - inherent::COUNT) as u64;
    spans::take();
    let (executed, all) = timed(|| chain.executor.execute(&parent, &view, block));
    let executed = executed?;
    let spans = spans::take();
    let verify = spans.get("verify").copied().ok_or_else(|| eyre::eyre!("the executor has no span `verify`"))?;
    let keys = executed.changes.len() as u64;
    let decided = chain.decide(built(executed));
    let (head, commit) = timed(|| chain.store.commit(decided));
    head?;
    Ok(Executed { transactions, keys, blocks: 1, all, verify, root: view.taken(), commit, process: Duration::ZERO })
}

impl Executed {
    fn add(&mut self, other: &Self) {
        self.transactions += other.transactions;
        self.keys += other.keys;
        self.blocks += other.blocks;
        self.all += other.all;
        self.verify += other.verify;
        self.root += other.root;
        self.commit += other.commit;
        self.process += other.process;
    }

    /// As [`Self::execute`], the thread's CPU; while other threads verify, it waits.
    fn execute_cpu(&self) -> Duration {
        self.all.cpu.saturating_sub(self.root.cpu)
    }

    /// Execution alone: neither signatures nor root.
    fn execute(&self) -> Duration {
        self.all.wall.saturating_sub(self.verify + self.root.wall)
    }
}

fn add_validator(report: &mut Report, label: &str, executed: &Executed) {
    let micros = |duration: Duration, count: u64| duration.as_secs_f64() * 1e6 / count as f64;
    let transactions = executed.transactions;
    let all = executed.all.wall + executed.commit.wall;
    let mut add = |name: &str, value: f64, unit: &str| report.add(format!("{label}, {name}"), value, unit);
    add("validator: verify, execute, root, commit", transactions as f64 / all.as_secs_f64(), "tx/s");
    add("transfers in a block", transactions as f64 / f64::from(executed.blocks), "");
    add("verify", micros(executed.verify, transactions), "us/tx");
    add("execute", micros(executed.execute(), transactions), "us/tx");
    add("execute, the thread's CPU", micros(executed.execute_cpu(), transactions), "us/tx");
    add("root", micros(executed.root.wall, transactions), "us/tx");
    add("commit", micros(executed.commit.wall, transactions), "us/tx");
    add("CPU of all threads", micros(executed.process, transactions), "us/tx");
    add("touched keys in a transfer", executed.keys as f64 / transactions as f64, "");
    add("root and commit, per touched key", micros(executed.root.wall + executed.commit.wall, executed.keys), "us");
    add("of that the thread's CPU", micros(executed.root.cpu + executed.commit.cpu, executed.keys), "us");
}

fn add_proposer(report: &mut Report, label: &str, built: &Built) {
    let transactions = built.transactions;
    let per = |taken: Taken| taken.wall.as_secs_f64() * 1e6 / transactions as f64;
    let all = built.execute.wall + built.root.wall + built.commit.wall;
    let mut add = |name: &str, value: f64, unit: &str| report.add(format!("{label}, {name}"), value, unit);
    add("proposer: build, root, commit", transactions as f64 / all.as_secs_f64(), "tx/s");
    add("proposer: validate for the pool", per(built.validate), "us/tx");
    add("proposer: build", per(built.execute), "us/tx");
    add("proposer: root", per(built.root), "us/tx");
    add("proposer: commit", per(built.commit), "us/tx");
}

/// `10 k`, `1 M`.
pub(crate) fn label(count: u32) -> String {
    match count {
        count if count % 1_000_000 == 0 => format!("{} M", count / 1_000_000),
        count if count % 1_000 == 0 => format!("{} k", count / 1_000),
        count => count.to_string(),
    }
}
