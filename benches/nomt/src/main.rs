//! The bench's state updates on `nomt`: `icn-bench-nomt KEYS…` prints, for each number of keys, what a touched key costs
//! in root and durable commit, as JSON.

#[path = "../../src/updates.rs"]
mod updates;

use nomt::{
    hasher::Sha2Hasher, KeyReadWrite, Nomt, Options, SessionParams, WitnessMode,
};
use sha2::{Digest, Sha256};
use std::{error::Error, path::Path, time::Instant};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Keys put into the store at once when it is filled.
const FILL: u64 = 100_000;

fn main() -> Result<()> {
    let sizes = std::env::args().skip(1).map(|size| size.parse()).collect::<std::result::Result<Vec<u64>, _>>()?;
    let measured = sizes.into_iter().map(measure).collect::<Result<Vec<_>>>()?;
    println!("{}", serde_json::Value::Array(measured));
    Ok(())
}

fn measure(keys: u64) -> Result<serde_json::Value> {
    let home = tempfile::tempdir()?;
    let nomt = open(home.path())?;
    for start in (0..keys).step_by(FILL as usize) {
        commit(&nomt, &(start..keys.min(start + FILL)).collect::<Vec<_>>(), 0)?;
    }
    let (mut touched, mut seconds) = (0, 0.0);
    for batch in 1..=updates::WARM_UP + updates::BATCHES {
        let accounts = updates::batch(keys, batch);
        let start = Instant::now();
        commit(&nomt, &accounts, batch)?;
        if batch > updates::WARM_UP {
            touched += accounts.len();
            seconds += start.elapsed().as_secs_f64();
        }
    }
    Ok(serde_json::json!({ "keys": keys, "us_per_key": seconds * 1e6 / touched as f64 }))
}

fn open(home: &Path) -> Result<Nomt<Sha2Hasher>> {
    let mut options = Options::new();
    options.path(home.join("nomt"));
    options.commit_concurrency(2);
    options.hashtable_buckets(1_000_000);
    Ok(Nomt::open(options)?)
}

/// Writes the accounts' values of a batch: root and durable commit.
fn commit(nomt: &Nomt<Sha2Hasher>, accounts: &[u64], batch: u64) -> Result<()> {
    let session = nomt.begin_session(SessionParams::default().witness_mode(WitnessMode::disabled()));
    let mut writes = Vec::with_capacity(accounts.len());
    for account in accounts {
        let path: [u8; 32] = Sha256::digest(updates::key(*account)).into();
        session.warm_up(path);
        writes.push((path, KeyReadWrite::Write(Some(updates::value(*account, batch)))));
    }
    writes.sort_unstable_by_key(|(path, _)| *path);
    session.finish(writes)?.commit(nomt)?;
    Ok(())
}
