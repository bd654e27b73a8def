//! The bench's calls on `cosmwasm-vm`: `icn-bench-peers ENTRIES` prints, as JSON, how many microseconds each of them takes. The last
//! reads and writes ENTRIES entries. Each call has a fresh instance of a module that is compiled and in memory.

use cosmwasm_std::Checksum;
use cosmwasm_vm::{
    call_execute_raw,
    testing::{mock_backend, mock_env, mock_info, MockApi, MockQuerier, MockStorage},
    to_vec, Backend, Cache, CacheOptions, InstanceOptions, Size, Storage,
};
use std::{
    error::Error,
    time::{Duration, Instant},
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// How long each figure is measured.
const LONG_ENOUGH: Duration = Duration::from_secs(2);

/// More than any of the calls needs.
const GAS: InstanceOptions = InstanceOptions { gas_limit: 1_000_000_000_000 };

const ANA: &str = "did:icn:bench:ana";
const BO: &str = "did:icn:bench:bo";

fn main() -> Result<()> {
    let entries: u64 = std::env::args().nth(1).ok_or("how many entries?")?.parse()?;
    let home = tempfile::tempdir()?;
    let mut contract = Contract::new(home.path(), entries)?;
    let nothing = message(0, 0, &[]);
    let give = message(1, 1, BO.as_bytes());
    let keep = message(2, 1, &entries.to_le_bytes());
    contract.check(&nothing, &give, &keep)?;
    let measured = serde_json::json!({
        "empty": contract.each(&nothing)?,
        "transfer": contract.each(&give)?,
        "storage": contract.each(&keep)?,
        "version": version().ok_or("the lock file names no cosmwasm-vm")?,
    });
    println!("{measured}");
    Ok(())
}

/// The contract in memory, and what it keeps.
struct Contract {
    cache: Cache<MockApi, MockStorage, MockQuerier>,
    module: Checksum,
    entries: u64,
    env: Vec<u8>,
    info: Vec<u8>,
    backend: Option<Backend<MockApi, MockStorage, MockQuerier>>,
}

impl Contract {
    /// With all that Ana needs, and the entries.
    fn new(home: &std::path::Path, entries: u64) -> Result<Self> {
        let options = CacheOptions::new(home, [], Size::mebi(64), Size::mebi(32));
        // SAFETY: nothing else writes to the directory, which was just made.
        let cache = unsafe { Cache::new(options)? };
        let module = cache.store_code(&wat::parse_str(include_str!("contract.wat"))?, true, true)?;
        cache.pin(&module)?;
        let mut backend = mock_backend(&[]);
        backend.storage.set(&balance(ANA), &(u128::MAX / 4).to_le_bytes()).0?;
        for entry in 0..entries {
            backend.storage.set(&kept(entry), &u128::from(entry).to_le_bytes()).0?;
        }
        let (env, info) = (to_vec(&mock_env())?, to_vec(&mock_info(ANA, &[]))?);
        Ok(Self { cache, module, entries, env, info, backend: Some(backend) })
    }

    /// One call, on an instance of its own; what it answers.
    fn call(&mut self, message: &[u8]) -> Result<Vec<u8>> {
        let backend = self.backend.take().ok_or("a call before failed")?;
        let mut instance = self.cache.get_instance(&self.module, backend, GAS)?;
        let answer = call_execute_raw(&mut instance, &self.env, &self.info, message)?;
        self.backend = instance.recycle();
        Ok(answer)
    }

    /// How many microseconds a call takes, on average.
    fn each(&mut self, message: &[u8]) -> Result<f64> {
        let (start, mut count) = (Instant::now(), 0_u32);
        while start.elapsed() < LONG_ENOUGH {
            std::hint::black_box(self.call(message)?);
            count += 1;
        }
        Ok(start.elapsed().as_secs_f64() * 1e6 / f64::from(count))
    }

    /// That each call does what it should, and that who has not enough cannot give.
    fn check(&mut self, nothing: &[u8], give: &[u8], keep: &[u8]) -> Result<()> {
        let (rich, before) = self.numbers()?;
        ensure(self.succeeds(nothing)? && self.numbers()? == (rich, before.clone()), "an empty call")?;
        let given = [rich[0] - 1, rich[1] + 1];
        ensure(self.succeeds(give)? && self.numbers()? == (given, before.clone()), "a transfer")?;
        let too_much = message(1, rich[0], BO.as_bytes());
        ensure(!self.succeeds(&too_much)? && self.numbers()? == (given, before.clone()), "a transfer of too much")?;
        let after = before.iter().map(|value| value + 1).collect();
        ensure(self.succeeds(keep)? && self.numbers()? == (given, after), "entries read and written")?;
        let stats = self.cache.stats();
        ensure(stats.hits_pinned_memory_cache == 4 && stats.misses == 0, "a module in memory")
    }

    /// The balances, and the entries.
    fn numbers(&self) -> Result<([u128; 2], Vec<u128>)> {
        let entries = (0..self.entries).map(|entry| self.stored(&kept(entry))).collect::<Result<_>>()?;
        Ok(([self.stored(&balance(ANA))?, self.stored(&balance(BO))?], entries))
    }

    fn succeeds(&mut self, message: &[u8]) -> Result<bool> {
        let answer: serde_json::Value = serde_json::from_slice(&self.call(message)?)?;
        Ok(answer.get("ok").is_some())
    }

    /// A number that is stored; zero if there is none.
    fn stored(&self, key: &[u8]) -> Result<u128> {
        let backend = self.backend.as_ref().ok_or("a call before failed")?;
        let value = backend.storage.get(key).0?;
        Ok(value.map(|value| value.as_slice().try_into().map(u128::from_le_bytes)).transpose()?.unwrap_or(0))
    }
}

fn ensure(holds: bool, what: &str) -> Result<()> {
    if holds {
        Ok(())
    } else {
        Err(format!("{what}: not as it should be").into())
    }
}

/// As the head of `contract.wat` says.
fn message(call: u8, number: u128, rest: &[u8]) -> Vec<u8> {
    [&[call, 0, 0, 0, 0, 0, 0, 0], &number.to_le_bytes()[..], rest].concat()
}

fn balance(who: &str) -> Vec<u8> {
    format!("balance/{who}").into_bytes()
}

fn kept(entry: u64) -> Vec<u8> {
    [b"kept/", &entry.to_le_bytes()[..]].concat()
}

/// The version that was built.
fn version() -> Option<&'static str> {
    let (_, rest) = include_str!("../Cargo.lock").split_once("name = \"cosmwasm-vm\"\nversion = \"")?;
    rest.split('"').next()
}
