//! `icn tx`: any call of a live node, from its metadata, to finality.

mod call;
mod outcome;
mod progress;

use super::{
    client::{
        signer::{SignerArgs, TxSigner},
        types_at, At, BlockId, ClientError, Connection, NodeArgs,
    },
    listing,
    output::{note, OutputArgs},
    settings::HomeArgs,
    value::{account, Shown},
};
use clap::builder::RangedU64ValueParser;
use icn_primitives::limits::BLOCK_HASH_COUNT;
use scale_value::Composite;
use std::io::{BufRead as _, IsTerminal as _};
use subxt::{
    config::DefaultExtrinsicParamsBuilder,
    transactions::Signer as _,
    tx::{DynamicPayload, SubmittableTransaction},
    SubstrateConfig,
};

/// Blocks for which a transaction stays valid unless `--mortal` says otherwise.
const MORTAL_BLOCKS: u64 = 64;

/// Sign a call and follow it until its block is final
///
/// The calls and the types of their arguments come from the node's metadata. Arguments are NAME=VALUE in any order;
/// values are numbers (1_000), accounts (//Alice, SS58 or 0x…), bytes (0x…), text ("…"), lists ([1, 2]), structs
/// ({a: 1}), variants (Some(1), {"Some": 1}) and calls (Balances.transfer_all{dest: //Bob, keep_alive: true}).
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn tx --list Balances
  icn tx Balances.transfer_keep_alive dest=//Bob value=1_000_000_000_000 --signer //Alice
  icn tx Balances.transfer_keep_alive dest=//Bob value=1 --signer //Alice --dry-run
  icn tx System.remark remark='\"hello, world\"' --signer key:treasurer --tip 1_000
  icn tx Utility.batch_all calls='[System.remark{remark: 0x00}]' --signer //Alice
  icn tx Sudo.sudo call='System.remark{remark: hi}' --signer //Alice --output json")]
pub struct TxArgs {
    /// Pallet.call
    #[arg(value_name = "CALL", required_unless_present = "list")]
    call: Option<String>,

    /// NAME=VALUE for each argument of the call; optional ones may be left out
    #[arg(value_name = "ARGUMENT")]
    arguments: Vec<String>,

    /// List the calls of all pallets, or those of the pallet CALL
    #[arg(long)]
    list: bool,

    #[command(flatten)]
    submit: SubmitArgs,
}

/// How a call is signed, sent and shown.
#[derive(Clone, Debug, clap::Args)]
pub struct SubmitArgs {
    #[command(flatten)]
    signer: SignerArgs,

    /// Pay this much more than the fee, in base units, to be taken first
    #[arg(long, value_name = "AMOUNT", default_value = "0", value_parser = amount)]
    tip: u128,

    /// Number of this transaction of the signer [default: the next one]
    #[arg(long, value_name = "N")]
    nonce: Option<u64>,

    /// Stay valid for about this many blocks, rounded up to a power of two of at least 4; 0 for ever
    #[arg(long, value_name = "BLOCKS", default_value_t = MORTAL_BLOCKS, value_parser = mortality())]
    mortal: u64,

    /// Do not send: check that the transaction is valid now and estimate its fee
    #[arg(long)]
    dry_run: bool,

    /// Send without asking; on Development chains nothing is asked anyway
    #[arg(long, short)]
    yes: bool,

    #[command(flatten)]
    node: NodeArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// A signed transaction of this command.
type Signed = SubmittableTransaction<SubstrateConfig, subxt::client::OnlineClientAtBlockImpl<SubstrateConfig>>;

/// What is known of a transaction before it is sent.
struct Prepared {
    signed: Signed,
    summary: Vec<(String, Shown)>,
}

impl TxArgs {
    /// Runs the command.
    ///
    /// # Errors
    /// When the node, the call, an argument or the signer is wrong, the transaction does not reach a block, or the call
    /// fails there.
    pub async fn run(&self) -> Result<(), ClientError> {
        match (&self.call, self.list) {
            (Some(call), false) => self.submit.run(call, &self.arguments).await,
            (pallet, _) => {
                let connection = self.submit.node.connect().await?;
                let at = connection.at(BlockId::Latest).await?;
                let shown = listing::calls(at.metadata_ref(), pallet.as_deref())?;
                self.submit.output.print(&shown).map_err(ClientError::Terminal)
            }
        }
    }
}

impl SubmitArgs {
    /// The home that holds the signer's key.
    pub(in crate::cli) fn home(&self) -> &HomeArgs {
        self.signer.home()
    }

    /// The node that transactions are sent to.
    pub(in crate::cli) fn node(&self) -> &NodeArgs {
        &self.node
    }

    /// Signs the call `Pallet.call` of arguments written as `name=value`, and follows it until its block is final.
    ///
    /// # Errors
    /// As [`TxArgs::run`].
    pub async fn run(&self, name: &str, arguments: &[String]) -> Result<(), ClientError> {
        let connection = self.node.connect().await?;
        let at = connection.at(BlockId::Latest).await?;
        self.transact(&connection, &at, name, arguments).await
    }

    async fn transact(
        &self,
        connection: &Connection,
        at: &At,
        name: &str,
        arguments: &[String],
    ) -> Result<(), ClientError> {
        let payload = call::payload(at.metadata_ref(), name, arguments)?;
        let key = self.signer.key(connection).await?;
        let prepared = self.prepare(connection, at, &payload, &key).await?;
        if self.dry_run {
            outcome::check(&prepared.signed).await?;
            return self.output.print(&Shown::Map(prepared.summary)).map_err(ClientError::Terminal);
        }
        if self.output.is_text() {
            note(&Shown::Map(prepared.summary.clone()).to_text()).map_err(ClientError::Terminal)?;
        }
        self.confirm(connection).await?;
        let outcome = progress::follow(connection, &prepared.signed, self.output.is_text()).await?;
        let shown = [prepared.summary, outcome.entries()].concat();
        match self.output.is_text() {
            true => self.output.print(&Shown::Map(outcome.entries())),
            false => self.output.print(&Shown::Map(shown)),
        }
        .map_err(ClientError::Terminal)?;
        outcome.result()
    }

    async fn prepare(
        &self,
        connection: &Connection,
        at: &At,
        payload: &DynamicPayload<Composite<()>>,
        key: &TxSigner,
    ) -> Result<Prepared, ClientError> {
        let types = types_at(at);
        let address = account::to_ss58(&key.account(), types.ss58_prefix);
        let nonce = match self.nonce {
            Some(nonce) => nonce,
            None => connection.next_nonce(&address).await?,
        };
        let build = |error| ClientError::Build(Box::new(error));
        let parameters = DefaultExtrinsicParamsBuilder::<SubstrateConfig>::new().nonce(nonce).tip(self.tip);
        let parameters = match self.mortal {
            0 => parameters.immortal(),
            blocks => parameters.mortal(blocks.max(4)),
        };
        let account = key.account_id();
        let mut signable = at.tx().create_signable(payload, &account, parameters.build()).await.map_err(build)?;
        let signed = signable.sign(key).map_err(build)?;
        let fee = signed.partial_fee_estimate().await;
        let fee = fee.map_err(|error| ClientError::read("the fee estimate")(error.into()))?;
        let call = at.tx().call_data(payload).map_err(build)?;
        let summary = [
            ("transaction", Shown::hex(signed.hash())),
            ("call", super::block::show_call(&types, &call)),
            ("signer", Shown::Word(address)),
            ("nonce", Shown::wide(nonce)),
            ("fee_estimate", Shown::wide(fee.saturating_add(self.tip))),
        ];
        let summary = summary.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Ok(Prepared { signed, summary })
    }

    /// Asks whether to send, where that costs something.
    async fn confirm(&self, connection: &Connection) -> Result<(), ClientError> {
        if self.yes || connection.is_development().await? {
            return Ok(());
        }
        if !std::io::stdin().is_terminal() {
            return Err(ClientError::NoTerminal);
        }
        note("Send it? [y/N]").map_err(ClientError::Terminal)?;
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer).map_err(ClientError::Terminal)?;
        match answer.trim() {
            "y" | "Y" | "yes" => Ok(()),
            _ => Err(ClientError::Declined),
        }
    }
}

/// Chains know the hashes of so many blocks, and accept no signature on an older one.
fn mortality() -> RangedU64ValueParser {
    RangedU64ValueParser::new().range(0..=BLOCK_HASH_COUNT.into())
}

/// Reads an amount of base units, underscores allowed.
fn amount(text: &str) -> Result<u128, std::num::ParseIntError> {
    text.replace('_', "").parse()
}
