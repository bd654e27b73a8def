//! Accounts as text: SS58, hex, and the development accounts.

use sp_core::crypto::{AccountId32, Ss58AddressFormat, Ss58Codec};
use std::str::FromStr as _;
use subxt_signer::{sr25519::Keypair, SecretUri};

/// Why a text names no account.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Not an SS58 address: wrong characters, length or checksum.
    #[error("{text} is not an account: write an SS58 address, 32 bytes as 0x…, or a development account like //Alice")]
    NotAnAddress {
        /// What was written.
        text: String,
    },
    /// The path of a development account is malformed.
    #[error("{path} is not a development account: write //Name, for example //Alice or //Bob")]
    NotADevelopmentPath {
        /// What was written.
        path: String,
    },
}

/// The account of an SS58 address of any network.
///
/// # Errors
/// When it is none.
pub fn from_ss58(text: &str) -> Result<AccountId32, AccountError> {
    AccountId32::from_ss58check_with_version(text)
        .map(|(account, _)| account)
        .map_err(|_| AccountError::NotAnAddress { text: text.into() })
}

/// The address of an account on a network.
pub fn to_ss58(account: &[u8; 32], prefix: u16) -> String {
    AccountId32::new(*account).to_ss58check_with_version(Ss58AddressFormat::custom(prefix))
}

/// The key pair of a development account: its secret is public, `//Alice` and the like derive from one known phrase.
///
/// # Errors
/// When the path is malformed or names a phrase or password.
pub fn development_key(path: &str) -> Result<Keypair, AccountError> {
    let wrong = || AccountError::NotADevelopmentPath { path: path.into() };
    if !path.starts_with("//") || path.len() < 3 || path.contains("///") {
        return Err(wrong());
    }
    let uri = SecretUri::from_str(path).map_err(|_| wrong())?;
    Keypair::from_uri(&uri).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

    #[test]
    fn alice_has_her_known_address() {
        let key = development_key("//Alice").expect("a development account");
        assert_eq!(to_ss58(&key.public_key().0, 42), ALICE);
        assert_eq!(AsRef::<[u8; 32]>::as_ref(&from_ss58(ALICE).expect("an address")), &key.public_key().0);
    }

    #[test]
    fn secrets_and_typos_are_no_development_accounts() {
        let phrase = "bottom drive obey lake curtain smoke basket hold race lonely fit walk//Alice";
        for path in [phrase, "Alice", "//", "//Alice///password"] {
            assert!(development_key(path).is_err(), "{path}");
        }
        assert!(from_ss58("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQX").is_err());
    }
}
