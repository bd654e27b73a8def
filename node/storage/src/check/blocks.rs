//! Checks blocks, their indexes and the runtimes.

use super::{Check, CheckStep, Finding, STEP_RECORDS};
use crate::{
    blocks::{decode, Blocks, Headers, RuntimeRecord},
    history::undecodable,
    layout::{height_key, height_of},
    ordered_store::{Family, OrderedStore},
    StorageError,
};
use codec::Encode;
use icn_primitives::{
    tendermint::{merkle_root, BlockId},
    Block, BlockNumber, Hash, PartSetHeader,
};
use sha2::{Digest, Sha256};

/// How a checked block is named by the next.
struct Link {
    hash: Hash,
    id: Option<BlockId>,
}

impl<S: OrderedStore> Check<'_, S> {
    pub(super) fn blocks(&mut self) -> Result<(), StorageError> {
        let total = u64::from(self.head()) + 1;
        let mut before = None;
        for number in 0..=self.head() {
            before = self.block(number, before)?;
            let done = u64::from(number) + 1;
            if done % STEP_RECORDS == 0 || done == total {
                (self.progress)(CheckStep::Blocks { done, total });
            }
        }
        let (head, oldest_body) = (self.head(), self.oldest_body);
        self.heights(Family::Headers, 0, head)?;
        self.heights(Family::Bodies, oldest_body, head)?;
        self.hashes()?;
        self.runtimes()
    }

    fn block(&mut self, number: BlockNumber, before: Option<Link>) -> Result<Option<Link>, StorageError> {
        let headers = Blocks(self.reads()).known_headers(number);
        let Some(headers) = self.note(headers)? else { return Ok(None) };
        self.report.headers += 1;
        let (frame, tendermint) = (&headers.frame, &headers.tendermint);
        let hash = frame.hash();
        let named = frame.number == number
            && tendermint.height == u64::from(number)
            && tendermint.last_results_hash == hash
            && tendermint.app_hash == frame.state_root;
        let Ok(tendermint_hash) = tendermint.hash() else {
            self.find(Finding::HeadersDisagree { number });
            return Ok(None);
        };
        if !named {
            self.find(Finding::HeadersDisagree { number });
        }
        if before.is_some_and(|link| frame.parent_hash != link.hash || tendermint.last_block_id != link.id) {
            self.find(Finding::BrokenLink { number });
        }
        for hash in [hash, tendermint_hash] {
            let indexed = Blocks(self.reads()).number_of(&hash);
            if self.note(indexed)?.flatten() != Some(number) {
                self.find(Finding::HashNotIndexed { number, hash });
            }
        }
        let id = (number > 0).then_some(BlockId { hash: tendermint_hash, parts: headers.parts });
        if number >= self.oldest_body {
            self.body(number, headers)?;
        }
        Ok(Some(Link { hash, id }))
    }

    fn body(&mut self, number: BlockNumber, headers: Headers) -> Result<(), StorageError> {
        let missing = || StorageError::Missing { family: Family::Bodies, key: height_key(number).to_vec() };
        let body = Blocks(self.reads()).body(number).and_then(|body| body.ok_or_else(missing));
        let Some(extrinsics) = self.note(body)? else { return Ok(()) };
        self.report.bodies += 1;
        let hashes: Vec<[u8; 32]> = extrinsics.iter().map(|x| Sha256::digest(x.bytes()).into()).collect();
        let block = Block { header: headers.frame, extrinsics };
        let fits =
            merkle_root(&hashes) == headers.tendermint.data_hash && PartSetHeader::of(&block.encode()) == headers.parts;
        if !fits {
            self.find(Finding::BodyDiffers { number });
        }
        Ok(())
    }

    /// Every key of a family must be a height within bounds.
    pub(super) fn heights(
        &mut self,
        family: Family,
        first: BlockNumber,
        last: BlockNumber,
    ) -> Result<(), StorageError> {
        self.scan(family, |check, key, _| {
            if !height_of(&key).is_some_and(|height| (first..=last).contains(&height)) {
                check.left_over(family, &key);
            }
            Ok(())
        })
    }

    /// Every indexed hash must be that of the block it leads to.
    fn hashes(&mut self) -> Result<(), StorageError> {
        self.scan(Family::Numbers, |check, key, value| {
            let (Some(number), Ok(bytes)) = (height_of(&value), <[u8; 32]>::try_from(&key[..])) else {
                check.find(Finding::Record(undecodable(Family::Numbers, &key)));
                return Ok(());
            };
            let hash = Hash::from(bytes);
            let headers = Blocks(check.reads()).headers(number);
            let headers = check.note(headers)?.flatten();
            let own = headers.is_some_and(|headers| {
                headers.frame.hash() == hash || headers.tendermint.hash().is_ok_and(|own| own == hash)
            });
            if !own {
                check.find(Finding::ForeignHash { number, hash });
            }
            Ok(())
        })
    }

    fn runtimes(&mut self) -> Result<(), StorageError> {
        let (first, head) = (height_key(0), self.head());
        let found = Blocks(self.reads()).runtime_at(0);
        self.note(found)?;
        self.heights(Family::Runtimes, 0, head)?;
        self.scan(Family::Runtimes, |check, key, value| {
            if key != first {
                check.note(decode::<RuntimeRecord>(Family::Runtimes, &key, &value))?;
            }
            Ok(())
        })
    }
}
