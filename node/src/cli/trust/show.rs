//! `icn trust show`: where the epochs are, and what a bundle says.

use super::verify::read;
use crate::cli::{
    client::{ClientError, NodeArgs},
    dag::DagError,
    output::OutputArgs,
    value::Shown,
};
use icn_trust::{Bundle, SealedBundle};
use std::path::PathBuf;
use subxt::rpcs::rpc_params;

/// Show where the epochs are, or what a bundle says
///
/// An epoch is open, then closing until enough of its signers have signed its bundle, then sealed, then superseded by the next one.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn trust show                         where the epochs are
  icn trust show --epoch 3               the bundle of an epoch
  icn trust show trusted.json            the bundle in a file
  icn trust show --output json | jq .closing.signed")]
pub(super) struct ShowArgs {
    /// File with a bundle; nobody is asked then, and no signature checked
    #[arg(value_name = "FILE", conflicts_with = "epoch")]
    file: Option<PathBuf>,

    /// Show the bundle of this epoch
    #[arg(long, value_name = "EPOCH")]
    epoch: Option<u64>,

    #[command(flatten)]
    node: NodeArgs,

    #[command(flatten)]
    output: OutputArgs,
}

impl ShowArgs {
    pub(super) async fn run(&self) -> Result<(), DagError> {
        let shown = match (&self.file, self.epoch) {
            (Some(path), _) => of_bundle(&read::<SealedBundle>(path, "bundle")?),
            (None, Some(epoch)) => {
                let connection = self.node.connect().await?;
                let bundle: Option<SealedBundle> = connection.ask("icn_trustBundle", rpc_params![epoch]).await?;
                of_bundle(&bundle.ok_or(DagError::NoBundle { epoch: Some(epoch) })?)
            }
            (None, None) => self.epochs().await?,
        };
        Ok(self.output.print(&shown)?)
    }

    async fn epochs(&self) -> Result<Shown, ClientError> {
        let epochs = self.node.connect().await?.json("icn_epoch").await?;
        Ok(shown(&epochs))
    }
}

/// JSON as the command line shows it, with names in its style.
fn shown(json: &serde_json::Value) -> Shown {
    use serde_json::Value;
    match json {
        Value::Null => Shown::Null,
        Value::Bool(flag) => Shown::Bool(*flag),
        Value::Number(number) => Shown::Integer(number.to_string()),
        Value::String(text) => Shown::Word(text.clone()),
        Value::Array(items) => Shown::List(items.iter().map(shown).collect()),
        Value::Object(fields) => Shown::Map(fields.iter().map(|(name, value)| (snake(name), shown(value))).collect()),
    }
}

/// `endsAt` → `ends_at`.
fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    snake
}

fn of_bundle(sealed: &SealedBundle) -> Shown {
    let bundle = &sealed.bundle;
    let signed = sealed.seal.signers.iter().map(|place| Shown::integer((*place).into())).collect();
    let mut fields = fields(bundle);
    fields.push(("signed_by_places", Shown::List(signed)));
    Shown::map(fields)
}

/// What a bundle says.
pub(super) fn fields(bundle: &Bundle) -> Vec<(&'static str, Shown)> {
    let signers = bundle
        .signers
        .list
        .iter()
        .map(|signer| Shown::map([("key", Shown::hex(signer.key.0)), ("power", Shown::wide(signer.power))]));
    vec![
        ("federation", Shown::word(&bundle.federation)),
        ("epoch", Shown::wide(bundle.epoch)),
        ("bundle", bundle.cid().map_or(Shown::Null, Shown::word)),
        ("before", bundle.prev.as_ref().map_or(Shown::Null, Shown::word)),
        ("height", Shown::integer(bundle.height)),
        ("block", Shown::hex(bundle.block)),
        ("time", Shown::wide(bundle.time)),
        ("valid_until", Shown::wide(bundle.valid_until)),
        ("state_root", Shown::hex(bundle.state_root)),
        ("records", Shown::wide(bundle.records.size)),
        ("records_root", Shown::hex(bundle.records.root)),
        ("next_signers", Shown::List(signers.collect())),
        ("next_power", Shown::wide(bundle.signers.power)),
    ]
}
