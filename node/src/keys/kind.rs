//! What a key is for, and how it signs.

use std::fmt;

/// How a key signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Scheme {
    /// Schnorr signatures on Ristretto, what wallets of Substrate chains use
    #[default]
    Sr25519,
    /// Ed25519
    Ed25519,
    /// ECDSA on secp256k1
    Ecdsa,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Purpose {
    /// Signs the votes of a validator
    Consensus,
    /// Names a node on the network
    Node,
    /// Signs transactions
    Account,
}

/// What a key is for, and how it signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Signs the votes of a validator, with Ed25519.
    Consensus,
    /// Names a node on the network, with Ed25519.
    Node,
    /// Signs transactions.
    Account(Scheme),
}

impl KeyKind {
    /// The kind of a purpose; only accounts have a choice of schemes.
    pub fn new(purpose: Purpose, scheme: Scheme) -> Self {
        match purpose {
            Purpose::Consensus => Self::Consensus,
            Purpose::Node => Self::Node,
            Purpose::Account => Self::Account(scheme),
        }
    }

    /// What it is for.
    pub fn purpose(self) -> Purpose {
        match self {
            Self::Consensus => Purpose::Consensus,
            Self::Node => Purpose::Node,
            Self::Account(_) => Purpose::Account,
        }
    }

    /// How it signs.
    pub fn scheme(self) -> Scheme {
        match self {
            Self::Consensus | Self::Node => Scheme::Ed25519,
            Self::Account(scheme) => scheme,
        }
    }

    /// The kind that two words of a key file name.
    pub(super) fn of_words(purpose: &str, scheme: &str) -> Option<Self> {
        let scheme = [Scheme::Sr25519, Scheme::Ed25519, Scheme::Ecdsa].into_iter().find(|s| s.as_str() == scheme)?;
        let kinds = [Self::Consensus, Self::Node, Self::Account(scheme)];
        kinds.into_iter().find(|kind| kind.purpose().as_str() == purpose && kind.scheme() == scheme)
    }
}

impl Scheme {
    /// Its word in files and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sr25519 => "sr25519",
            Self::Ed25519 => "ed25519",
            Self::Ecdsa => "ecdsa",
        }
    }
}

impl Purpose {
    /// Its word in files, messages and the command line; also the name that a key of it has unless another is given.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Consensus => "consensus",
            Self::Node => "node",
            Self::Account => "account",
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_read_from_their_words() {
        let accounts = [Scheme::Sr25519, Scheme::Ed25519, Scheme::Ecdsa].map(KeyKind::Account);
        for kind in [KeyKind::Consensus, KeyKind::Node].into_iter().chain(accounts) {
            assert_eq!(KeyKind::of_words(kind.purpose().as_str(), kind.scheme().as_str()), Some(kind));
        }
    }

    #[test]
    fn validators_and_nodes_sign_with_ed25519_only() {
        for (purpose, scheme) in [("consensus", "sr25519"), ("node", "ecdsa"), ("account", "bls"), ("", "ed25519")] {
            assert_eq!(KeyKind::of_words(purpose, scheme), None);
        }
    }
}
