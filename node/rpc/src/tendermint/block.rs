//! `block`: a block with its extrinsics.

use super::{
    commit::CommitJson,
    evidence::{evidence, EvidenceJson},
    found,
    header::{id_of, BlockIdJson, HeaderJson},
    heights::named_or_latest,
    wire::Base64,
    Asked,
};
use crate::{arguments::Arguments, backend::Tendermint, error::Error};
use icn_primitives::{BlockNumber, Target, TendermintHeader};
use serde::Serialize;

/// The answer to `block`.
#[derive(Clone, Debug, Serialize)]
pub(super) struct BlockAnswer {
    block_id: BlockIdJson,
    block: BlockJson,
}

#[derive(Clone, Debug, Serialize)]
struct BlockJson {
    header: HeaderJson,
    data: DataJson,
    evidence: EvidenceListJson,
    last_commit: CommitJson,
}

#[derive(Clone, Debug, Serialize)]
struct DataJson {
    txs: Vec<Base64>,
}

#[derive(Clone, Debug, Serialize)]
struct EvidenceListJson {
    evidence: Vec<EvidenceJson>,
}

pub(super) fn block(asked: Asked<'_>, mut arguments: Arguments) -> Result<BlockAnswer, Error> {
    let chain = asked.tendermint;
    let height = named_or_latest(chain.heights(), &mut arguments)?;
    let record = found("block", height, chain.block(height))?;
    let header = &record.tendermint;
    let carried = found("evidence", height, chain.evidence(height).map(Some))?;
    let evidence = carried.iter().map(|vote| evidence(chain, vote)).collect::<Result<_, _>>()?;
    let block = BlockJson {
        header: header.into(),
        data: DataJson { txs: record.block.extrinsics.iter().map(|x| Base64::of(x.bytes())).collect() },
        evidence: EvidenceListJson { evidence },
        last_commit: last_commit(chain, height, header)?,
    };
    Ok(BlockAnswer { block_id: (&id_of(header, record.parts)?).into(), block })
}

/// The commit of the block before, which this block carries.
fn last_commit(chain: &dyn Tendermint, height: BlockNumber, header: &TendermintHeader) -> Result<CommitJson, Error> {
    let Some(id) = header.last_block_id else { return Ok(CommitJson::none()) };
    let before = height.saturating_sub(1);
    let (parent, _) = found("header", before, chain.header(before))?;
    let known = found("commit", before, chain.commit(before))?;
    let set = found("validator set", before, chain.validators(before))?;
    CommitJson::new(before.into(), &Target { id, time: parent.time }, &known.commit, &set)
}
