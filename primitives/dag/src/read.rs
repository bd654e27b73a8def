//! Who may see a payload, and the proof of who reads (SPEC-DAG-35, SPEC-DAG-36).

use crate::{
    cid::Cid,
    did::Did,
    key::{Key, SignatureBytes},
    words::Visibility,
    Moment,
};

/// What a reader's signature begins to sign; genesis hash, CID and expiry follow.
pub const READ_TAG: &[u8] = b"icn/read/1";

/// How far ahead a proof may expire, in milliseconds: whoever gets hold of one can use it for so long.
pub const EXPIRY_AHEAD_MAX: Moment = 600_000;

/// Whom a payload is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// Anybody.
    All,
    /// Nodes of this chain, their operators, and who may write the DAG.
    Nodes,
    /// Validators of this chain and nodes that an operator names, and who may write the DAG.
    Members,
}

impl Visibility {
    /// Whom a payload is for. One that is to be disclosed is a commitment, or a link to what is encrypted, which says nothing by itself.
    // SPEC-DAG-35
    pub fn audience(self) -> Audience {
        match self {
            Self::Public | Self::Disclosed => Audience::All,
            Self::Federation => Audience::Nodes,
            Self::Members => Audience::Members,
        }
    }
}

/// Why somebody may not read as who they say they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadProofError {
    /// The signature is not the key's over this chain, record and expiry.
    #[error("the signature is not the key's over this chain, this record and the expiry")]
    BadSignature,
    /// It has expired, or expires too late.
    #[error("it has expired, or expires more than {} s from now", EXPIRY_AHEAD_MAX / 1000)]
    Expiry,
}

/// The proof of who wants to read a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadProof {
    /// Who.
    pub issuer: Did,
    /// By which key.
    pub key: Key,
    /// Until when, in milliseconds since the Unix epoch.
    pub expiry: Moment,
    /// The key's signature over [`message`].
    pub signature: SignatureBytes,
}

/// The bytes that a reader signs.
pub fn message(genesis: &[u8; 32], cid: &Cid, expiry: Moment) -> Vec<u8> {
    [READ_TAG, genesis, cid.as_bytes(), &expiry.to_be_bytes()].concat()
}

impl ReadProof {
    /// Verifies that the key wants to read a record of a chain, now. Whether it may is for the state to say.
    ///
    /// # Errors
    /// See [`ReadProofError`].
    // SPEC-DAG-36
    pub fn verify(&self, genesis: &[u8; 32], cid: &Cid, now: Moment) -> Result<(), ReadProofError> {
        if self.expiry < now || self.expiry - now > EXPIRY_AHEAD_MAX {
            return Err(ReadProofError::Expiry);
        }
        match self.key.has_signed_message(&message(genesis, cid, self.expiry), &self.signature) {
            true => Ok(()),
            false => Err(ReadProofError::BadSignature),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Codec, SigningKey};

    #[test]
    fn a_proof_is_for_one_key_chain_record_and_time() {
        let (signer, cid, genesis) = (SigningKey::from([7; 32]), Cid::of(Codec::DagCbor, b"one"), [1; 32]);
        let key = Key::of(&signer);
        let signature = signer.sign(&message(&genesis, &cid, 5_000)).to_bytes();
        let proof = ReadProof { issuer: Did::of_key(&key), key, expiry: 5_000, signature };
        assert_eq!(proof.verify(&genesis, &cid, 4_000), Ok(()));
        assert_eq!(proof.verify(&genesis, &cid, 5_000), Ok(()));
        assert_eq!(proof.verify(&genesis, &cid, 5_001), Err(ReadProofError::Expiry));
        let other = Cid::of(Codec::DagCbor, b"other");
        assert_eq!(proof.verify(&genesis, &other, 4_000), Err(ReadProofError::BadSignature));
        assert_eq!(proof.verify(&[2; 32], &cid, 4_000), Err(ReadProofError::BadSignature));
        let longer = ReadProof { expiry: 5_001, ..proof.clone() };
        assert_eq!(longer.verify(&genesis, &cid, 4_000), Err(ReadProofError::BadSignature));
        let stranger = ReadProof { key: Key::of(&SigningKey::from([8; 32])), ..proof.clone() };
        assert_eq!(stranger.verify(&genesis, &cid, 4_000), Err(ReadProofError::BadSignature));
        let late = ReadProof { expiry: EXPIRY_AHEAD_MAX + 1, ..proof };
        assert_eq!(late.verify(&genesis, &cid, 0), Err(ReadProofError::Expiry));
    }

    #[test]
    fn a_neutral_key_proves_nothing() {
        // The key of the neutral element, and a signature that is good for it whatever is signed.
        let mut key = [0; 32];
        key[0] = 1;
        let mut signature = [0; 64];
        signature[0] = 1;
        let key = Key(key);
        let proof = ReadProof { issuer: Did::of_key(&Key::of(&SigningKey::from([7; 32]))), key, expiry: 1, signature };
        let cid = Cid::of(Codec::DagCbor, b"one");
        assert_eq!(proof.verify(&[1; 32], &cid, 0), Err(ReadProofError::BadSignature));
    }

    #[test]
    fn no_signature_of_a_record_is_one_of_a_reader() {
        let cid = Cid::of(Codec::DagCbor, b"one");
        let (read, signed) = (message(&[0; 32], &cid, 0), crate::key::signing_message(&cid));
        assert!(read.len() != signed.len() && !read.starts_with(crate::key::SIGNING_TAG));
    }
}
