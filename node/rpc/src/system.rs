//! `system_*`: what the node is, and what its accounts may do next.

use crate::{
    arguments::Arguments,
    author::{extrinsic_of, refused},
    calls::{aliases, blocking, immediate},
    context::Context,
    error::{Error, Question},
    hex::{decode_exactly, Hex},
};
use icn_primitives::{AccountId, BlockNumber, Nonce};
use jsonrpsee::{core::RegisterMethodError, server::RpcModule};
use serde::Serialize;
use sp_core::crypto::Ss58Codec;

/// Methods that would change the node; they are not offered on this port.
const OPERATORS: &[&str] = &[
    "system_addReservedPeer",
    "system_removeReservedPeer",
    "system_addLogFilter",
    "system_resetLogFilter",
    "system_unstable_networkState",
];

/// How a runtime names the `BlockBuilder` API in its version: BLAKE2b-64 of the name.
const BLOCK_BUILDER: [u8; 8] = [0x40, 0xfe, 0x3a, 0xd4, 0x01, 0xf8, 0x95, 0x9a];

/// Most characters of an account in SS58: 36 bytes, of which two are a prefix and two a checksum, in base 58.
const SS58_CHARACTERS_MAX: usize = 50;

/// Registers the methods.
pub(crate) fn register(module: &mut RpcModule<Context>, context: &Context) -> Result<(), RegisterMethodError> {
    immediate(module, "system_name", &[], |context, _| Ok(context.chain.info().node_name.clone()))?;
    immediate(module, "system_version", &[], |context, _| Ok(context.chain.info().node_version.clone()))?;
    immediate(module, "system_chain", &[], |context, _| Ok(context.chain.info().name.clone()))?;
    immediate(module, "system_chainType", &[], |context, _| Ok(context.chain.info().chain_type.clone()))?;
    immediate(module, "system_properties", &[], |context, _| Ok(context.chain.info().properties.clone()))?;
    immediate(module, "system_health", &[], |_, _| Ok(HEALTH))?;
    immediate(module, "system_syncState", &[], sync_state)?;
    immediate(module, "system_nodeRoles", &[], |_, _| Ok(vec!["Authority"]))?;
    immediate(module, "system_localPeerId", &[], |context, _| Ok(context.chain.info().peer_id.clone()))?;
    immediate(module, "system_localListenAddresses", &[], |_, _| Ok(NONE))?;
    immediate(module, "system_peers", &[], |_, _| Ok(NONE))?;
    immediate(module, "system_reservedPeers", &[], |_, _| Ok(NONE))?;
    blocking(module, "system_accountNextIndex", &["account"], next_index)?;
    aliases(module, "system_accountNextIndex", &["account_nextIndex"])?;
    if runtime_applies_extrinsics(context) {
        blocking(module, "system_dryRun", &["extrinsic", "at"], dry_run)?;
        aliases(module, "system_dryRun", &["system_dryRunAt"])?;
    }
    OPERATORS.iter().try_for_each(|name| refused(module, name))
}

/// `system_health` in Substrate's JSON.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Health {
    peers: u32,
    is_syncing: bool,
    should_have_peers: bool,
}

/// The node makes its own blocks and has no peers to wait for.
const HEALTH: Health = Health { peers: 0, is_syncing: false, should_have_peers: false };

/// Peers and addresses of a node without network.
const NONE: [&str; 0] = [];

/// `system_syncState` in Substrate's JSON.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SyncState {
    starting_block: BlockNumber,
    current_block: BlockNumber,
    highest_block: BlockNumber,
}

fn sync_state(context: &Context, _: Arguments) -> Result<SyncState, Error> {
    let number = context.chain.head().number;
    Ok(SyncState { starting_block: 0, current_block: number, highest_block: number })
}

fn next_index(context: &Context, mut arguments: Arguments) -> Result<Nonce, Error> {
    let text: String = arguments.required("account")?;
    let account = account_of(&text)?;
    context.transactions.next_nonce(&account).map_err(|error| Error::Query(Question::Nonce, error))
}

/// An account in SS58 with any prefix, or as 32 bytes in hex.
fn account_of(text: &str) -> Result<AccountId, Error> {
    if text.starts_with("0x") {
        let bytes = decode_exactly(text).map(AccountId::new);
        return bytes.map_err(|error| expected_account(format!("an account is 32 bytes in hex: {error}")));
    }
    // Reading base 58 takes time that grows with the square of the length.
    if text.len() > SS58_CHARACTERS_MAX {
        return Err(expected_account(format!("an account in SS58 is at most {SS58_CHARACTERS_MAX} characters")));
    }
    match AccountId::from_ss58check_with_version(text) {
        Ok((account, _)) => Ok(account),
        Err(error) => Err(expected_account(format!("{error:?}"))),
    }
}

fn expected_account(reason: String) -> Error {
    Error::InvalidParams(format!("expected [account]: account: expected SS58 or 0x-prefixed hex: {reason}"))
}

/// Whether the runtime has the API that a dry run calls.
fn runtime_applies_extrinsics(context: &Context) -> bool {
    let version = context.chain.runtime_version(context.chain.head().hash);
    version.is_ok_and(|version| version.apis.iter().any(|(api, _)| *api == BLOCK_BUILDER))
}

/// What applying an extrinsic would answer: SCALE of `ApplyExtrinsicResult`.
fn dry_run(context: &Context, mut arguments: Arguments) -> Result<Hex, Error> {
    let extrinsic = extrinsic_of(&mut arguments)?;
    let block = context.block_or_head(arguments.optional("at")?);
    let result = context.chain.call(block, "BlockBuilder_apply_extrinsic", extrinsic.bytes());
    result.map(Hex).map_err(|error| Error::Query(Question::DryRun, error))
}
