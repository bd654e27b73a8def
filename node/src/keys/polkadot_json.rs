//! Accounts as JSON files of polkadot.js, which wallets export and import.
//!
//! `encoded` is base64 of `salt (32) ‖ N, p, r (4 each, little-endian) ‖ nonce (24) ‖ box`. The box is XSalsa20-Poly1305 with
//! the key that scrypt makes of the password, and holds `header (16) ‖ secret ‖ divider (5) ‖ public key`, which polkadot.js
//! calls PKCS 8. The secret is, for Sr25519, the 64 bytes of an expanded Ed25519 key; for Ed25519 the seed and the public
//! key; for ECDSA the seed.
//!
//! Source: `packages/keyring/src/pair/{encode,decode,toJson}.ts` and `packages/util-crypto/src/{json,scrypt}` of
//! polkadot-js/common.

use super::{KeyError, KeyKind, Passphrase, PublicKey, Purpose, Scheme, Secret};
use age::secrecy::ExposeSecret as _;
use base64::{engine::general_purpose::STANDARD, Engine as _};
use crypto_secretbox::{
    aead::{Aead as _, KeyInit as _},
    Key, Nonce, XSalsa20Poly1305,
};
use icn_primitives::AccountId;
use serde::{Deserialize, Serialize};
use sp_core::{
    crypto::{Pair as _, Ss58Codec as _},
    sr25519,
};
use std::path::Path;
use zeroize::Zeroizing;

/// Longest file, in bytes; one takes some 700.
const FILE_BYTES_MAX: u64 = 16 * 1024;

/// What stands before the secret.
const HEADER: [u8; 16] = [48, 83, 2, 1, 1, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];

/// What stands between the secret and the public key.
const DIVIDER: [u8; 5] = [161, 35, 3, 33, 0];

/// Version of the encoding.
const VERSION: &str = "3";

/// How it is encrypted.
const ENCRYPTION: [&str; 2] = ["scrypt", "xsalsa20-poly1305"];

/// What it holds, followed by the scheme.
const CONTENT: &str = "pkcs8";

/// Prefix of the addresses in the files: polkadot.js writes those of any network.
const SS58_PREFIX: u16 = 42;

const SALT_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
const BOX_AT: usize = SALT_BYTES + 12 + NONCE_BYTES;

/// What scrypt is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Work {
    n: u32,
    p: u32,
    r: u32,
}

/// What polkadot.js accepts, and therefore what is accepted here: at most 128 MiB.
const WORK_ACCEPTED: [Work; 6] = [
    Work { n: 1 << 13, p: 10, r: 8 },
    Work { n: 1 << 14, p: 5, r: 8 },
    WORK_WRITTEN,
    Work { n: 1 << 15, p: 3, r: 8 },
    Work { n: 1 << 16, p: 2, r: 8 },
    Work { n: 1 << 17, p: 1, r: 8 },
];

/// What is written: the only choice that every version of polkadot.js accepts.
const WORK_WRITTEN: Work = Work { n: 1 << 15, p: 1, r: 8 };

/// Why a file is not imported.
#[derive(Debug, thiserror::Error)]
pub enum PolkadotJsonError {
    /// It is no JSON, or not of polkadot.js.
    #[error("it is not an account of polkadot.js: see line {line}, column {column}")]
    Document {
        /// Where; the first line is 1.
        line: usize,
        /// Where in the line.
        column: usize,
    },
    /// It was written by a version of polkadot.js that no wallet uses any more, or will in the future, or it is not encrypted.
    #[error("only accounts of encoding {VERSION} that are encrypted with a password are imported; export it again from a wallet")]
    Encoding,
    /// It holds something else than one key, or a key of another scheme.
    #[error("it holds no key of sr25519, ed25519 or ecdsa")]
    Content,
    /// What is encrypted is no base64, or cut off.
    #[error("its encrypted part is malformed")]
    Encoded,
    /// It asks for an amount of work that polkadot.js does not accept either.
    #[error("it asks for scrypt with N {n}, p {p} and r {r}, which polkadot.js does not accept either")]
    Work {
        /// Rounds.
        n: u32,
        /// Times that they are run.
        p: u32,
        /// Size of a block.
        r: u32,
    },
    /// Password and box do not belong together.
    #[error("the password does not open it")]
    Password,
    /// What was encrypted is laid out in another way.
    #[error("what it holds is not laid out as polkadot.js does")]
    Layout,
    /// The secret belongs to another account than the file says.
    #[error("its secret belongs to another account than it says")]
    OtherAccount,
}

#[derive(Serialize, Deserialize)]
struct Document {
    encoded: String,
    encoding: Encoding,
    address: String,
    #[serde(default, skip_deserializing)]
    meta: Meta,
}

#[derive(Serialize, Deserialize)]
struct Encoding {
    content: Vec<String>,
    r#type: Vec<String>,
    version: String,
}

/// What wallets show beside the account.
#[derive(Default, Serialize)]
struct Meta {
    name: String,
}

/// Reads an account from a file.
///
/// # Errors
/// When the file cannot be read or is none of polkadot.js, or the password is another.
pub fn read(path: &Path, password: &Passphrase) -> Result<Secret, KeyError> {
    let bytes = super::file::read_open(path, FILE_BYTES_MAX)?;
    decode(&bytes, password).map_err(|source| KeyError::PolkadotJson { path: path.into(), source })
}

/// Reads an account.
///
/// # Errors
/// When it is none of polkadot.js, or the password is another.
pub fn decode(json: &[u8], password: &Passphrase) -> Result<Secret, PolkadotJsonError> {
    let document: Document = serde_json::from_slice(json)
        .map_err(|error| PolkadotJsonError::Document { line: error.line(), column: error.column() })?;
    let scheme = scheme_of(&document.encoding)?;
    let encoded = STANDARD.decode(&document.encoded).map_err(|_| PolkadotJsonError::Encoded)?;
    let plain = open(&encoded, password)?;
    let secret = parse(KeyKind::Account(scheme), &plain)?;
    match names(&document.address, secret.public()) {
        true => Ok(secret),
        false => Err(PolkadotJsonError::OtherAccount),
    }
}

/// Writes an account, with a name for wallets to show.
///
/// # Errors
/// When the key is for something else than an account, or the system gives no random bytes.
pub fn encode(secret: &Secret, name: &str, password: &Passphrase) -> Result<String, KeyError> {
    secret.check_purpose(Purpose::Account)?;
    let mut random = [0; SALT_BYTES + NONCE_BYTES];
    getrandom::fill(&mut random).map_err(KeyError::Random)?;
    let (salt, nonce) = random.split_at(SALT_BYTES);
    let plain = lay_out(secret).ok_or(KeyError::NotASeed)?;
    let scheme = secret.kind().scheme();
    let document = Document {
        encoded: STANDARD.encode(seal(&plain, password, salt, nonce)),
        encoding: Encoding {
            content: [CONTENT, scheme.as_str()].map(str::to_owned).to_vec(),
            r#type: ENCRYPTION.map(str::to_owned).to_vec(),
            version: VERSION.to_owned(),
        },
        address: match scheme {
            // The account of an ECDSA key is a hash, from which nobody could tell the key.
            Scheme::Ecdsa => format!("0x{}", hex::encode(secret.public().bytes())),
            Scheme::Sr25519 | Scheme::Ed25519 => secret.public().ss58(SS58_PREFIX),
        },
        meta: Meta { name: name.to_owned() },
    };
    Ok(to_json(&document))
}

fn to_json(document: &Document) -> String {
    serde_json::to_string(document).expect("texts and lists of them are JSON")
}

fn scheme_of(encoding: &Encoding) -> Result<Scheme, PolkadotJsonError> {
    if encoding.version != VERSION || encoding.r#type != ENCRYPTION {
        return Err(PolkadotJsonError::Encoding);
    }
    let schemes = [Scheme::Sr25519, Scheme::Ed25519, Scheme::Ecdsa];
    let scheme = schemes.into_iter().find(|scheme| encoding.content == [CONTENT, scheme.as_str()]);
    scheme.ok_or(PolkadotJsonError::Content)
}

fn open(encoded: &[u8], password: &Passphrase) -> Result<Zeroizing<Vec<u8>>, PolkadotJsonError> {
    let (parameters, sealed) = encoded.split_at_checked(BOX_AT).ok_or(PolkadotJsonError::Encoded)?;
    let (salt, rest) = parameters.split_at(SALT_BYTES);
    let (work, nonce) = rest.split_at(12);
    let work = Work { n: number(work, 0), p: number(work, 1), r: number(work, 2) };
    let Work { n, p, r } = work;
    let key = WORK_ACCEPTED.contains(&work).then(|| stretch(password, salt, work)).flatten();
    let key = key.ok_or(PolkadotJsonError::Work { n, p, r })?;
    let plain = XSalsa20Poly1305::new(Key::from_slice(key.as_slice())).decrypt(Nonce::from_slice(nonce), sealed);
    Ok(Zeroizing::new(plain.map_err(|_| PolkadotJsonError::Password)?))
}

fn seal(plain: &[u8], password: &Passphrase, salt: &[u8], nonce: &[u8]) -> Vec<u8> {
    let key = stretch(password, salt, WORK_WRITTEN).expect("these parameters are in the range of scrypt");
    let sealed = XSalsa20Poly1305::new(Key::from_slice(key.as_slice())).encrypt(Nonce::from_slice(nonce), plain);
    let sealed = sealed.expect("a hundred bytes are no more than a box holds");
    let Work { n, p, r } = WORK_WRITTEN;
    let work = [n, p, r].map(u32::to_le_bytes).concat();
    [salt, &work[..], nonce, &sealed[..]].concat()
}

/// The key that scrypt makes of a password.
fn stretch(password: &Passphrase, salt: &[u8], work: Work) -> Option<Zeroizing<[u8; 32]>> {
    let rounds = u8::try_from(work.n.checked_ilog2()?).ok()?;
    let parameters = scrypt::Params::new(rounds, work.r, work.p, scrypt::Params::RECOMMENDED_LEN).ok()?;
    let mut key = Zeroizing::new([0; 32]);
    let password = password.secret().expose_secret().as_bytes();
    scrypt::scrypt(password, salt, &parameters, key.as_mut_slice()).ok()?;
    Some(key)
}

/// A little-endian number in a list of them.
fn number(bytes: &[u8], index: usize) -> u32 {
    let mut number = [0; 4];
    number.iter_mut().zip(bytes.iter().skip(4 * index)).for_each(|(to, from)| *to = *from);
    u32::from_le_bytes(number)
}

/// Reads what was encrypted.
fn parse(kind: KeyKind, plain: &[u8]) -> Result<Secret, PolkadotJsonError> {
    let rest = plain.strip_prefix(&HEADER).ok_or(PolkadotJsonError::Layout)?;
    let length = match kind.scheme() {
        Scheme::Sr25519 | Scheme::Ed25519 => 64,
        Scheme::Ecdsa => 32,
    };
    let (secret, rest) = rest.split_at_checked(length).ok_or(PolkadotJsonError::Layout)?;
    let public = rest.strip_prefix(&DIVIDER).ok_or(PolkadotJsonError::Layout)?;
    let bytes = match kind.scheme() {
        Scheme::Sr25519 => {
            let key = schnorrkel::SecretKey::from_ed25519_bytes(secret).map_err(|_| PolkadotJsonError::Layout)?;
            key.to_bytes().to_vec()
        }
        Scheme::Ed25519 | Scheme::Ecdsa => secret.iter().take(32).copied().collect(),
    };
    let secret = Secret::from_bytes(kind, Zeroizing::new(bytes)).ok_or(PolkadotJsonError::Layout)?;
    match secret.public().bytes() == public {
        true => Ok(secret),
        false => Err(PolkadotJsonError::OtherAccount),
    }
}

/// What is encrypted.
fn lay_out(secret: &Secret) -> Option<Zeroizing<Vec<u8>>> {
    let public = secret.public().bytes();
    let bytes = Zeroizing::new(match secret.kind().scheme() {
        Scheme::Sr25519 => {
            let pair = sr25519::Pair::from_seed_slice(secret.bytes()).ok()?;
            let pair: &schnorrkel::Keypair = pair.as_ref();
            pair.secret.to_ed25519_bytes().to_vec()
        }
        Scheme::Ed25519 => [secret.bytes(), public].concat(),
        Scheme::Ecdsa => secret.bytes().to_vec(),
    });
    Some(Zeroizing::new([&HEADER[..], bytes.as_slice(), &DIVIDER[..], public].concat()))
}

/// Whether an address names the account of a key: SS58 of any network, or the key in hex.
fn names(address: &str, key: &PublicKey) -> bool {
    match address.strip_prefix("0x") {
        Some(digits) => hex::decode(digits).is_ok_and(|bytes| bytes == key.bytes()),
        None => AccountId::from_ss58check_with_version(address).is_ok_and(|(account, _)| account == key.account()),
    }
}

#[cfg(test)]
mod tests;
