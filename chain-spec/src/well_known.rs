//! Keys whose secrets everyone knows: those derived from the development phrase.

use icn_primitives::AccountId;
use sp_core::{
    crypto::{Pair, SecretUri, DEV_PHRASE},
    ecdsa, ed25519, sr25519,
};
use sp_runtime::{traits::IdentifyAccount, MultiSigner};
use std::{collections::HashMap, sync::LazyLock};

/// Derivations that wallets, tools and tutorials use; the first is the phrase's own key.
const PATHS: [&str; 15] = [
    "",
    "//Alice",
    "//Bob",
    "//Charlie",
    "//Dave",
    "//Eve",
    "//Ferdie",
    "//Alice//stash",
    "//Bob//stash",
    "//Charlie//stash",
    "//Dave//stash",
    "//Eve//stash",
    "//Ferdie//stash",
    "//One",
    "//Two",
];

/// Account or public key → its derivation and scheme.
static KNOWN: LazyLock<HashMap<[u8; 32], String>> = LazyLock::new(|| {
    let mut known = HashMap::new();
    derive::<sr25519::Pair>("sr25519", &mut known);
    derive::<ed25519::Pair>("ed25519", &mut known);
    derive::<ecdsa::Pair>("ecdsa", &mut known);
    known
});

/// The name of a well-known account, or Ed25519 or Sr25519 key; `None` for all others.
pub(crate) fn name_of(account: &[u8; 32]) -> Option<&'static str> {
    KNOWN.get(account).map(String::as_str)
}

fn derive<T: Pair>(scheme: &str, known: &mut HashMap<[u8; 32], String>)
where
    MultiSigner: From<T::Public>,
{
    let (root, seed) = T::from_phrase(DEV_PHRASE, None).expect("the development phrase is a valid mnemonic");
    for path in PATHS {
        let uri: SecretUri = format!("{DEV_PHRASE}{path}").parse().expect("the paths are derivation paths");
        let (pair, _) = root.derive(uri.junctions.into_iter(), Some(seed.clone())).expect("the paths are hard");
        let account: AccountId = MultiSigner::from(pair.public()).into_account();
        let name = if path.is_empty() { "the development phrase" } else { path };
        known.insert(account.into(), format!("{name} ({scheme})"));
    }
}
