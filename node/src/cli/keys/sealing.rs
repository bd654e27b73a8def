//! `icn keys sealing`.

use super::{place::Place, PassphraseArgs};
use crate::{
    cli::{output::OutputArgs, settings::HomeArgs, value::Shown, CliError},
    keys::CONSENSUS,
};
use icn_chain_spec::Sealing;

/// Show with what a validator seals trust bundles: a public key that is derived from its own, and the proof that it has it
///
/// Both are public. `icn validator sealing` names them on a chain that runs, `icn chain-spec build --sealing` on a new one.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn keys sealing
  icn keys sealing --home /srv/icn --output json | jq -r '\"\\(.validator)=\\(.key)=\\(.proof)\"'")]
pub(super) struct SealingArgs {
    /// Name of the validator's key
    #[arg(value_name = "NAME", default_value = CONSENSUS)]
    name: String,

    #[command(flatten)]
    home: HomeArgs,

    #[command(flatten)]
    passphrase: PassphraseArgs,

    #[command(flatten)]
    output: OutputArgs,
}

impl SealingArgs {
    /// Runs the command.
    pub(super) fn run(&self) -> Result<(), CliError> {
        let place = Place::of(&self.home)?;
        let secret = place.keystore.unlock(&self.name, &self.passphrase.source(&place.home)?)?;
        let sealing = Sealing::of_seed(&*secret.consensus_seed()?);
        let (key, proof) = match sealing {
            Some(Sealing { key, proof }) => (Shown::hex(key.0), Shown::hex(proof.0)),
            None => (Shown::Null, Shown::Null),
        };
        let validator = Shown::Word(hex::encode(secret.public().bytes()));
        Ok(self.output.print(&Shown::map([("validator", validator), ("key", key), ("proof", proof)]))?)
    }
}
