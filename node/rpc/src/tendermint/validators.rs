//! `validators`: who signs a height.

use super::{
    found,
    heights::{given, named_or_next},
    refusal::Refusal,
    wire::{Base64, Quoted, UpperHex},
    Asked,
};
use crate::{arguments::Arguments, error::Error};
use icn_primitives::{validators::address_of, Validator};
use serde::Serialize;
use std::ops::Range;

/// Validators of a page when the client does not say.
const PAGE_DEFAULT: i64 = 30;

/// Most validators of a page.
const PAGE_MAX: i64 = 100;

/// The answer to `validators`.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ValidatorsAnswer {
    block_height: Quoted<u32>,
    validators: Vec<ValidatorJson>,
    count: Quoted<usize>,
    total: Quoted<usize>,
}

#[derive(Clone, Debug, Serialize)]
struct ValidatorJson {
    address: UpperHex,
    pub_key: KeyJson,
    voting_power: Quoted<u64>,
    proposer_priority: Quoted<i64>,
}

impl From<&Validator> for ValidatorJson {
    fn from(validator: &Validator) -> Self {
        Self {
            address: UpperHex::of(validator.address()),
            pub_key: KeyJson::new(&validator.key),
            voting_power: Quoted(validator.power),
            proposer_priority: Quoted(validator.priority),
        }
    }
}

/// A public key.
#[derive(Clone, Debug, Serialize)]
pub(super) struct KeyJson {
    r#type: &'static str,
    value: Base64,
}

impl KeyJson {
    /// An Ed25519 key.
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self { r#type: "tendermint/PubKeyEd25519", value: Base64::of(key) }
    }
}

/// The address of an Ed25519 key.
pub(super) fn address(key: &[u8; 32]) -> UpperHex {
    UpperHex::of(address_of(key))
}

pub(super) fn validators(asked: Asked<'_>, mut arguments: Arguments) -> Result<ValidatorsAnswer, Error> {
    let chain = asked.tendermint;
    let height = named_or_next(chain.heights(), &mut arguments)?;
    let (page, per_page) = (given(&mut arguments, "page")?, given(&mut arguments, "per_page")?);
    // CometBFT shows the priorities after the turn of the height's round 0.
    let set = found("validator set", height, chain.validators(height))?.next();
    let all = set.validators();
    let range = page_range(page, per_page, all.len())?;
    let validators: Vec<ValidatorJson> = all[range].iter().map(ValidatorJson::from).collect();
    let (count, total) = (Quoted(validators.len()), Quoted(all.len()));
    Ok(ValidatorsAnswer { block_height: Quoted(height), validators, count, total })
}

/// The places of a list that a page holds.
fn page_range(page: Option<i64>, per_page: Option<i64>, total: usize) -> Result<Range<usize>, Refusal> {
    let size = match per_page {
        Some(size) if size >= 1 => size.min(PAGE_MAX),
        _ => PAGE_DEFAULT,
    } as usize;
    let pages = total.div_ceil(size).max(1);
    let page = page.unwrap_or(1);
    match usize::try_from(page) {
        Ok(number) if (1..=pages).contains(&number) => Ok((number - 1) * size..total.min(number * size)),
        _ => Err(Refusal::NoPage { page, pages }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_cut_as_cometbft_cuts_them() {
        assert_eq!(page_range(None, None, 4), Ok(0..4));
        assert_eq!(page_range(None, None, 40), Ok(0..30));
        assert_eq!(page_range(Some(2), None, 40), Ok(30..40));
        assert_eq!(page_range(Some(2), Some(3), 4), Ok(3..4));
        assert_eq!(page_range(Some(1), Some(0), 40), Ok(0..30));
        assert_eq!(page_range(Some(1), Some(-1), 40), Ok(0..30));
        assert_eq!(page_range(Some(2), Some(1000), 150), Ok(100..150));
        assert_eq!(page_range(Some(1), Some(i64::MAX), 150), Ok(0..100));
    }

    #[test]
    fn pages_that_are_not_there_are_refused() {
        let words = |page| page_range(Some(page), Some(2), 4).unwrap_err().to_string();
        assert_eq!(words(0), "page should be within [1, 2] range, given 0");
        assert_eq!(words(3), "page should be within [1, 2] range, given 3");
        assert_eq!(words(-1), "page should be within [1, 2] range, given -1");
    }
}
