//! Keys whose secrets everyone knows: those derived from the development phrase.

use crate::{ChainSpec, ChainType};
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
pub fn name_of(account: &[u8; 32]) -> Option<&'static str> {
    KNOWN.get(account).map(String::as_str)
}

/// Whether a phrase without path and password, or a seed as `0x…`, is that of the development keys, however it is spaced.
pub fn is_development_phrase(phrase: &str) -> bool {
    let root = |phrase| sr25519::Pair::from_string(phrase, None).ok().map(|pair| pair.public());
    root(phrase).is_some_and(|key| Some(key) == root(DEV_PHRASE))
}

/// The seed of the Ed25519 key of //Alice, when she is a validator of a Development chain: a node without a key of its own validates
/// such a chain with hers.
pub fn development_seed(spec: &ChainSpec) -> Option<[u8; 32]> {
    let pair = ed25519::Pair::from_string(&format!("{DEV_PHRASE}//Alice"), None).ok()?;
    let key = hex::encode(pair.public());
    let validates = spec.validators.iter().any(|validator| validator.key.eq_ignore_ascii_case(&key));
    (spec.chain_type == ChainType::Development && validates).then(|| pair.seed())
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
