//! The closed vocabularies of a node. In dag-cbor and JSON each is its word; in SCALE, its place in the list, so new ones
//! are added at the end.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// A word that is not in the vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a {vocabulary}")]
pub struct UnknownWord {
    /// The vocabulary in which it was looked for.
    pub vocabulary: &'static str,
}

macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident, $vocabulary:literal { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(
            Clone,
            Copy,
            Debug,
            PartialEq,
            Eq,
            PartialOrd,
            Ord,
            Hash,
            Encode,
            Decode,
            DecodeWithMemTracking,
            TypeInfo,
            MaxEncodedLen,
        )]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// All of them, in the order of their SCALE encoding.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                Self::ALL.iter().copied().find(|one| one.as_str() == word).ok_or(UnknownWord { vocabulary: $vocabulary })
            }
        }

        crate::text::serde_as_text!($name);
    };
}

vocabulary! {
    /// What a node is.
    Kind, "kind of node" {
        /// The first node of a DAG.
        Genesis = "genesis",
        /// A question that is put to a vote.
        Proposal = "proposal",
        /// A change of a constitution.
        Amendment = "amendment",
        /// A ballot.
        Vote = "vote",
        /// A voting right that is given to another.
        Delegation = "delegation",
        /// The outcome of a vote.
        Tally = "tally",
        /// What the execution of a proposal did.
        ExecutionReceipt = "execution_receipt",
        /// A credential, or the commitment to one.
        Credential = "credential",
        /// The end of a credential.
        Revocation = "revocation",
        /// The roots of an epoch.
        Anchor = "anchor",
        /// The trust bundle of an epoch.
        TrustBundle = "trust_bundle",
        /// A setting.
        Config = "config",
        /// An act of guardians.
        Mandate = "mandate",
        /// A step of a dispute.
        Dispute = "dispute",
        /// A movement of scoped tokens.
        TokenOp = "token_op",
        /// The beginning of a conversation.
        Thread = "thread",
        /// A message in a thread.
        Message = "message",
        /// The wish that a blob is stored.
        BlobPin = "blob_pin",
        /// A tie to other DAGs, the only kind with parents there.
        Link = "link",
        /// A change of keys, signers or quorum after a loss.
        Recovery = "recovery",
    }
}

vocabulary! {
    /// Who may see a node's payload.
    Visibility, "visibility" {
        /// Everyone.
        Public = "public",
        /// The members of the federation's organisations.
        Federation = "federation",
        /// The members of the organisation.
        Members = "members",
        /// Whom the issuer shows it to.
        Disclosed = "disclosed",
    }
}

vocabulary! {
    /// What kind of thing a scope is.
    ScopeKind, "kind of scope" {
        /// A person.
        Individual = "individual",
        /// A cooperative.
        Cooperative = "cooperative",
        /// A community.
        Community = "community",
        /// A federation.
        Federation = "federation",
        /// A part of a cooperative or community.
        WorkingGroup = "working_group",
        /// A machine of the network.
        Node = "node",
        /// A guardian in office.
        Guardian = "guardian",
    }
}
