//! Where keys are, and where new ones go.

use super::PassphraseArgs;
use crate::{
    cli::{chain, settings::HomeArgs, CliError},
    config::{default_home, Home},
    keys::{Existing, Keystore, Protection, Purpose, Secret, StoredKey},
};
use icn_chain_spec::Properties;

/// The keys of a home.
pub(super) struct Place {
    pub(super) home: Home,
    pub(super) keystore: Keystore,
    /// Of addresses on the chain of the home.
    pub(super) ss58_prefix: u16,
}

/// Where a new key goes, and how it is protected.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct NewKeyArgs {
    /// Name of the key [default: what it is for]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// Replace a key of that name, which is lost for ever
    #[arg(long)]
    force: bool,

    /// Do not encrypt the secret; only where the home's chain is a Development or Local one
    #[arg(long, conflicts_with = "passphrase_file")]
    insecure_no_passphrase: bool,

    #[command(flatten)]
    home: HomeArgs,

    #[command(flatten)]
    passphrase: PassphraseArgs,
}

impl Place {
    /// The keys of the home that the flag names, or the default one. It needs no chain yet: the keys of the first validators
    /// are made before their chain is. Until then only what is right on every chain is allowed.
    pub(super) fn of(home: &HomeArgs) -> Result<Self, CliError> {
        let home = default_home(home.home.as_deref())?;
        let keystore = Keystore::at(home.path());
        if !home.exists() {
            return Ok(Self { home, keystore, ss58_prefix: Properties::default().ss58_format });
        }
        let spec = chain::of_home(&home)?;
        Ok(Self { home, keystore: keystore.on(spec.chain_type), ss58_prefix: spec.properties.ss58_format })
    }
}

impl NewKeyArgs {
    /// Where the key goes, when it can go there.
    pub(super) fn place(&self, purpose: Purpose) -> Result<Place, CliError> {
        let place = Place::of(&self.home)?;
        place.keystore.check_free(self.name(purpose), self.existing())?;
        Ok(place)
    }

    /// Keeps the key there.
    pub(super) fn keep(&self, place: &Place, secret: &Secret) -> Result<StoredKey, CliError> {
        let name = self.name(secret.kind().purpose());
        let protection = match self.insecure_no_passphrase {
            true => Protection::None,
            false => Protection::Passphrase(self.passphrase.source(&place.home)?.choose(name)?),
        };
        Ok(match self.existing() {
            Existing::Kept => place.keystore.create(name, secret, &protection),
            Existing::Replaced => place.keystore.replace(name, secret, &protection),
        }?)
    }

    fn name(&self, purpose: Purpose) -> &str {
        self.name.as_deref().unwrap_or(purpose.as_str())
    }

    fn existing(&self) -> Existing {
        match self.force {
            true => Existing::Replaced,
            false => Existing::Kept,
        }
    }
}
