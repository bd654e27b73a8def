//! What strangers bring, as bytes.

use crate::{following::read, mock::*, BlockStep, Claim, Fork, TrustedPoint};
use codec::{Decode, Encode};
use icn_fuzzing::{fuzz, Raw};
use icn_trust::HexBytes;

fn decoder<D: Decode + Encode>(name: &'static str, seeds: &[Vec<u8>]) {
    fuzz(name, seeds, |bytes| read::<Test, D>(bytes).ok().map(|read| Raw(read.encode())));
}

#[test]
fn fuzz_trusted_point() {
    let mill = Mill::new(2);
    let points =
        [TrustedPoint::Bundle(mill.bundles[1].clone()).encode(), TrustedPoint::Block(file(&block("middle"))).encode()];
    decoder::<TrustedPoint>("trusted point", &points);
}

#[test]
fn fuzz_block_step_and_fork() {
    let step = BlockStep { from: 1, block: file(&block("head")), next_validators: HexBytes(vec![1, 2, 3]) };
    decoder::<BlockStep>("block step", &[step.encode()]);
    decoder::<Fork>("fork", &[Fork::Block(step).encode(), Fork::Bundle(Mill::new(2).bundles[1].clone()).encode()]);
}

#[test]
fn fuzz_claim() {
    let value = Claim::Value { key: vec![1], value: vec![2], proof: vec![3] };
    decoder::<Claim>("claim", &[Mill::new(2).claim(1, 1).encode(), value.encode()]);
}
