//! Trust bundles: verifying one, whatever the number of its signers, against verifying one signature that adds up.

use crate::report::Report;
use bounded_collections::BoundedVec;
use icn_merkle::tree;
use icn_trust::{
    bls::{aggregate, verify, SecretKey},
    bundle::federation,
    Bundle, Seal, SealedBundle, Signer, Signers,
};
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// How long each figure is measured.
const LONG_ENOUGH: Duration = Duration::from_secs(2);

/// The name of the figure that others are compared with.
const RAW: &str = "one signature of blst, one key";

/// Trust bundles.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct BundlesArgs {
    /// Numbers of signers.
    #[arg(long, default_values_t = [4, 100, 1_000])]
    signers: Vec<u16>,
}

/// Runs the bench.
///
/// # Errors
/// When the report cannot be written.
pub(crate) fn run(args: &BundlesArgs) -> eyre::Result<()> {
    let mut report = Report::new("bundles");
    let (key, message) = (secret(0)?, b"a message of some length, as a bundle's is");
    let (public, signature) = (key.public(), key.sign(message));
    report.add(RAW, each(|| verify(&[public], message, &signature)), "us");
    for signers in &args.signers {
        let (trusted, next) = bundles(*signers)?;
        eyre::ensure!(next.verify(&trusted, next.bundle.time).is_ok(), "the bundle does not hold");
        let name = format!("a bundle of {signers} signers, all of which signed");
        report.add(&name, each(|| next.verify(&trusted, next.bundle.time).is_ok()), "us");
        report.ratio(&format!("{signers} signers against one signature"), &name, RAW)?;
        report.add(format!("{signers} signers, in JSON"), serde_json::to_vec(&next)?.len() as f64, "bytes");
    }
    report.finish()
}

/// How many microseconds something takes, on average.
fn each(work: impl Fn() -> bool) -> f64 {
    let (start, mut count) = (Instant::now(), 0_u32);
    while start.elapsed() < LONG_ENOUGH {
        black_box(work());
        count += 1;
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(count)
}

fn secret(number: u16) -> eyre::Result<SecretKey> {
    let mut seed = [0; 32];
    seed[..2].copy_from_slice(&number.to_be_bytes());
    SecretKey::derive(&seed).ok_or_else(|| eyre::eyre!("no key"))
}

/// A bundle and the next one, which all signers sealed.
fn bundles(count: u16) -> eyre::Result<(Bundle, SealedBundle)> {
    let mut secrets = (0..count).map(secret).collect::<Result<Vec<_>, _>>()?;
    secrets.sort_by_key(SecretKey::public);
    let list: Vec<_> = secrets.iter().map(|secret| Signer { key: secret.public(), power: 10 }).collect();
    let list = BoundedVec::try_from(list).map_err(|_| eyre::eyre!("too many signers"))?;
    let signers = Signers { list, power: 10 * u64::from(count) };
    let leaves: Vec<[u8; 4]> = (0..1_000_u32).map(u32::to_be_bytes).collect();
    let genesis = [7; 32];
    let trusted = Bundle {
        federation: federation("local", &genesis).ok_or_else(|| eyre::eyre!("no network"))?,
        genesis,
        epoch: 0,
        prev: None,
        height: 10,
        block: [1; 32],
        time: 1_000,
        valid_until: 1_000_000,
        state_root: [2; 32],
        records: tree::head(&leaves[..500]),
        signers: signers.clone(),
    };
    let next = Bundle {
        epoch: 1,
        prev: Some(trusted.cid()?),
        height: 20,
        time: 2_000,
        records: tree::head(&leaves),
        ..trusted.clone()
    };
    let message = next.message()?;
    let signatures: Vec<_> = secrets.iter().map(|secret| secret.sign(&message)).collect();
    let signature = aggregate(&signatures).ok_or_else(|| eyre::eyre!("no signature"))?;
    let places = BoundedVec::try_from((0..count).collect::<Vec<_>>()).map_err(|_| eyre::eyre!("too many signers"))?;
    let consistency = Some(tree::prove_consistency(&leaves, 500)?);
    Ok((trusted, SealedBundle { bundle: next, consistency, seal: Seal { signers: places, signature } }))
}
