//! `icn block`: a block's headers, extrinsics and events.

use super::{
    client::{types_at, At, BlockId, ClientError, NodeArgs},
    output::OutputArgs,
    value::{Shown, Types},
};
use codec::{DecodeAll as _, Encode as _};
use icn_primitives::{ConsensusDigest, Header};
use subxt::{
    client::OnlineClientAtBlockImpl,
    config::substrate::SubstrateHeader,
    events::{Event, Phase},
    extrinsics::Extrinsic,
    utils::{AccountId32, MultiAddress, H256},
    SubstrateConfig,
};

/// An extrinsic of a block at a node.
type BlockExtrinsic<'a> = Extrinsic<'a, SubstrateConfig, OnlineClientAtBlockImpl<SubstrateConfig>>;

/// Show a block: its header, extrinsics and events, decoded
///
/// Blocks are final when they are made. The header's time and proposer are those that validators sign.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn block                     the latest block
  icn block 42                  by height
  icn block 0x3f5c…             by the hash of its header
  icn block 42 --output json | jq '.extrinsics[].call'")]
pub struct BlockArgs {
    /// Height, hash or `latest`
    #[arg(value_name = "BLOCK", default_value = "latest")]
    block: BlockId,

    #[command(flatten)]
    node: NodeArgs,

    #[command(flatten)]
    output: OutputArgs,
}

impl BlockArgs {
    /// Runs the command.
    ///
    /// # Errors
    /// When the node or the block is wrong.
    pub async fn run(&self) -> Result<(), ClientError> {
        let connection = self.node.connect().await?;
        let at = connection.at(self.block).await?;
        let header =
            at.block_header().await.map_err(|error| ClientError::read(self.block.to_string())(error.into()))?;
        let (events, extrinsics) = self.content(&at).await.map_err(ClientError::read(self.block.to_string()))?;
        let mut shown = header_entries(at.block_hash(), &header);
        shown.push(("extrinsics".into(), extrinsics));
        shown.push(("events".into(), events));
        self.output.print(&Shown::Map(shown)).map_err(ClientError::Terminal)
    }

    /// The events outside of extrinsics, and the extrinsics with theirs.
    async fn content(&self, at: &At) -> Result<(Shown, Shown), subxt::Error> {
        let types = types_at(at);
        let mut events = Vec::new();
        for event in at.events().fetch().await?.iter() {
            let event = event?;
            events.push((event.phase(), show_event(&types, &event)));
        }
        let within = |phase: Phase| {
            let events = events.iter().filter(move |(at, _)| *at == phase);
            Shown::List(events.map(|(_, shown)| shown.clone()).collect())
        };
        let mut extrinsics = Vec::new();
        for extrinsic in at.extrinsics().fetch().await?.iter() {
            let extrinsic = extrinsic?;
            let index = u32::try_from(extrinsic.index()).unwrap_or(u32::MAX);
            let mut entries = extrinsic_entries(&types, index, &extrinsic);
            entries.push(("events".into(), within(Phase::ApplyExtrinsic(index))));
            extrinsics.push(Shown::Map(entries));
        }
        let outside = Shown::map([
            ("initialization", within(Phase::Initialization)),
            ("finalization", within(Phase::Finalization)),
        ]);
        Ok((outside, Shown::List(extrinsics)))
    }
}

fn extrinsic_entries(types: &Types<'_>, index: u32, extrinsic: &BlockExtrinsic<'_>) -> Vec<(String, Shown)> {
    let mut entries = vec![
        ("index".to_owned(), Shown::integer(index)),
        ("hash".to_owned(), Shown::hex(extrinsic.hash())),
        ("call".to_owned(), show_call(types, extrinsic.call_data_bytes())),
    ];
    if let Some(signer) = extrinsic.address_bytes() {
        let extensions = extrinsic.transaction_extensions();
        let nonce = extensions.as_ref().and_then(|extensions| extensions.nonce());
        let tip = extensions.as_ref().and_then(|extensions| extensions.tip());
        entries.push(("signer".into(), show_signer(types, signer)));
        entries.push(("nonce".into(), nonce.map_or(Shown::Null, Shown::wide)));
        entries.push(("tip".into(), tip.map_or(Shown::Null, Shown::wide)));
    }
    entries
}

/// `Pallet.Event` with its fields.
pub fn show_event(types: &Types<'_>, event: &Event<'_, SubstrateConfig>) -> Shown {
    let bytes = [&[event.pallet_index(), event.event_index()], event.field_bytes()].concat();
    types.decode_or_hex(&bytes, types.metadata.outer_enums().event_enum_ty())
}

/// `Pallet.call` with its arguments.
pub fn show_call(types: &Types<'_>, bytes: &[u8]) -> Shown {
    types.decode_or_hex(bytes, types.metadata.outer_enums().call_enum_ty())
}

fn show_signer(types: &Types<'_>, bytes: &[u8]) -> Shown {
    match MultiAddress::<AccountId32, ()>::decode_all(&mut &bytes[..]) {
        Ok(MultiAddress::Id(account)) => Shown::Word(super::value::account::to_ss58(&account.0, types.ss58_prefix)),
        _ => Shown::hex(bytes),
    }
}

fn header_entries(hash: H256, header: &SubstrateHeader<H256>) -> Vec<(String, Shown)> {
    // The same bytes: a client's header encodes as the node's.
    let digest = Header::decode_all(&mut &header.encode()[..]).ok();
    let digest = digest.as_ref().and_then(ConsensusDigest::from_header);
    let entries = [
        ("number", Shown::wide(header.number)),
        ("hash", Shown::hex(hash)),
        ("parent hash", Shown::hex(header.parent_hash)),
        ("state root", Shown::hex(header.state_root)),
        ("extrinsics root", Shown::hex(header.extrinsics_root)),
        ("time", digest.map_or(Shown::Null, |digest| Shown::Word(utc(digest.time)))),
        ("time ms", digest.map_or(Shown::Null, |digest| Shown::wide(digest.time))),
        ("proposer", digest.map_or(Shown::Null, |digest| Shown::word(hex::encode_upper(digest.proposer)))),
        ("digest", Shown::List(header.digest.logs.iter().map(|item| Shown::hex(item.encode())).collect())),
    ];
    entries.into_iter().map(|(name, value)| (name.replace(' ', "_"), value)).collect()
}

/// Milliseconds since 1970 as `YYYY-MM-DDThh:mm:ss.mmmZ`.
fn utc(ms: u64) -> String {
    let (days, ms_of_day) = (ms / 86_400_000, ms % 86_400_000);
    // Howard Hinnant's `civil_from_days`, for days of 1970 and later: eras of 400 years that start in March.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute) = (ms_of_day / 3_600_000, ms_of_day / 60_000 % 60);
    let (second, ms) = (ms_of_day / 1000 % 60, ms_of_day % 1000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

#[cfg(test)]
mod tests {
    use super::utc;

    #[test]
    fn times_are_dates_in_utc() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_735_689_599_999, "2024-12-31T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(utc(ms), text);
        }
    }
}
