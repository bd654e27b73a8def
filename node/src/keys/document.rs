//! The file of a key.
//!
//! ```text
//! {
//!   "version": 1,
//!   "kind": "consensus",           for consensus, node or account
//!   "scheme": "ed25519",           ed25519, sr25519 or ecdsa
//!   "public_key": "d75a98…",       hex
//!   "encryption": "age",           age, or none
//!   "secret": "-----BEGIN AGE ENCRYPTED FILE-----\n…"
//! }
//! ```
//!
//! The secret is a line `KIND SCHEME HEX`, so that `jq -r .secret FILE | age -d` shows it to whoever has the passphrase and
//! no node. It repeats kind and scheme, so that neither can be changed in the clear part.

use super::{
    seal::{open, seal, OpenError},
    Damage, KeyError, KeyKind, Passphrase, PublicKey, Secret,
};
use serde::{Deserialize, Serialize};
use std::path::Path;
use zeroize::Zeroizing;

/// Version of the format. 1 is the first.
const VERSION: u32 = 1;

/// Longest file of a key, in bytes; one takes some 700.
pub(super) const FILE_BYTES_MAX: u64 = 16 * 1024;

/// What the file of a key says.
pub(super) struct Document {
    /// What the clear part says of the key.
    pub(super) public: PublicKey,
    encryption: Encryption,
    secret: Zeroizing<String>,
}

/// How the secret is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Encryption {
    Age,
    None,
}

/// The document as JSON has it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    version: u32,
    kind: String,
    scheme: String,
    public_key: String,
    encryption: Encryption,
    secret: String,
}

/// What every version has.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl Document {
    /// The document of a secret, encrypted when there is a passphrase.
    pub(super) fn new(secret: &Secret, passphrase: Option<&Passphrase>) -> Self {
        let line = line(secret);
        let (encryption, secret_text) = match passphrase {
            Some(passphrase) => (Encryption::Age, Zeroizing::new(seal(line.as_bytes(), passphrase))),
            None => (Encryption::None, line),
        };
        Self { public: secret.public().clone(), encryption, secret: secret_text }
    }

    /// Reads a document; `path` is for messages.
    pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Self, KeyError> {
        let damaged = |source| KeyError::Damaged { path: path.into(), source };
        let malformed =
            |error: serde_json::Error| damaged(Damage::Document { line: error.line(), column: error.column() });
        match serde_json::from_slice(bytes).map_err(malformed)? {
            Version { version } if version > VERSION => {
                return Err(KeyError::NewerFormat { path: path.into(), version })
            }
            Version { .. } => {}
        }
        let fields: Fields = serde_json::from_slice(bytes).map_err(malformed)?;
        let secret = Zeroizing::new(fields.secret);
        let kind = KeyKind::of_words(&fields.kind, &fields.scheme).ok_or_else(|| damaged(Damage::Kind))?;
        let public = hex::decode(&fields.public_key).ok().and_then(|bytes| PublicKey::new(kind, bytes));
        let public = public.ok_or_else(|| damaged(Damage::Public))?;
        Ok(Self { public, encryption: fields.encryption, secret })
    }

    /// The document as JSON.
    pub(super) fn to_json(&self) -> Zeroizing<String> {
        let fields = Fields {
            version: VERSION,
            kind: self.public.kind().purpose().to_string(),
            scheme: self.public.kind().scheme().to_string(),
            public_key: hex::encode(self.public.bytes()),
            encryption: self.encryption,
            secret: self.secret.as_str().to_owned(),
        };
        let mut text = serde_json::to_string_pretty(&fields).expect("texts and numbers are JSON");
        text.push('\n');
        drop(Zeroizing::new(fields.secret));
        Zeroizing::new(text)
    }

    /// Whether a passphrase is needed.
    pub(super) fn is_encrypted(&self) -> bool {
        self.encryption == Encryption::Age
    }

    /// The secret; `name` and `path` are for messages, `passphrase` is asked when one is needed.
    pub(super) fn open(
        &self,
        name: &str,
        path: &Path,
        passphrase: impl FnOnce() -> Result<Passphrase, KeyError>,
    ) -> Result<Secret, KeyError> {
        let damaged = |source| KeyError::Damaged { path: path.into(), source };
        let line = match self.encryption {
            Encryption::None => Zeroizing::new(self.secret.as_bytes().to_vec()),
            Encryption::Age => open(&self.secret, &passphrase()?).map_err(|error| match error {
                OpenError::Passphrase => KeyError::WrongPassphrase { name: name.into() },
                OpenError::Damaged(source) => damaged(source),
            })?,
        };
        let secret = parse_line(&line).ok_or_else(|| damaged(Damage::Secret))?;
        match secret.public() == &self.public {
            true => Ok(secret),
            false => Err(damaged(Damage::OtherKey)),
        }
    }
}

/// What is encrypted of a key.
fn line(secret: &Secret) -> Zeroizing<String> {
    let kind = secret.kind();
    let digits = Zeroizing::new(hex::encode(secret.bytes()));
    Zeroizing::new([kind.purpose().as_str(), kind.scheme().as_str(), &digits].join(" "))
}

fn parse_line(line: &[u8]) -> Option<Secret> {
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    let kind = KeyKind::of_words(words.next()?, words.next()?)?;
    let bytes = Zeroizing::new(hex::decode(words.next()?).ok()?);
    Secret::from_bytes(kind, bytes).filter(|_| words.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Scheme;

    fn parse(text: &str) -> Result<Document, KeyError> {
        Document::parse(Path::new("key.json"), text.as_bytes())
    }

    fn open_in_clear(text: &str) -> Result<Secret, KeyError> {
        parse(text)?.open("key", Path::new("key.json"), || panic!("no passphrase is needed"))
    }

    fn in_clear(kind: KeyKind) -> String {
        let secret = Secret::from_seed(kind, &[7; 32]).expect("a seed");
        Document::new(&secret, None).to_json().to_string()
    }

    fn damage(result: Result<Secret, KeyError>) -> Damage {
        match result {
            Err(KeyError::Damaged { source, .. }) => source,
            other => panic!("not damaged: {other:?}"),
        }
    }

    #[test]
    fn a_document_in_clear_is_read_as_it_was_written() {
        for kind in [KeyKind::Consensus, KeyKind::Node, KeyKind::Account(Scheme::Ecdsa)] {
            let secret = open_in_clear(&in_clear(kind)).expect("valid");
            assert_eq!((secret.kind(), secret.seed().expect("a seed").as_slice()), (kind, &[7; 32][..]));
        }
        let soft = Secret::from_uri(KeyKind::Account(Scheme::Sr25519), "//Alice/soft").expect("a path");
        let read = open_in_clear(&Document::new(&soft, None).to_json()).expect("valid");
        assert_eq!(read.public(), soft.public());
    }

    #[test]
    fn the_format_is_the_documented_one() {
        let expected = format!(
            "{{\n  \"version\": 1,\n  \"kind\": \"consensus\",\n  \"scheme\": \"ed25519\",\n  \"public_key\": \"{public}\",\n  \
             \"encryption\": \"none\",\n  \"secret\": \"consensus ed25519 {seed}\"\n}}\n",
            public = "ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c",
            seed = "07".repeat(32),
        );
        assert_eq!(in_clear(KeyKind::Consensus), expected);
    }

    #[test]
    fn an_encrypted_document_holds_no_secret_and_opens_with_its_passphrase() {
        let secret = Secret::from_seed(KeyKind::Node, &[7; 32]).expect("a seed");
        let passphrase = |text: &str| Passphrase::new(text);
        let text = Document::new(&secret, passphrase("open sesame").ok().as_ref()).to_json();
        assert!(!text.contains(&"07".repeat(32)) && text.contains("BEGIN AGE"), "{}", text.as_str());
        let open =
            |word: &'static str| parse(&text).expect("valid").open("node", Path::new("node.json"), || passphrase(word));
        assert_eq!(open("open sesame").expect("opens").seed().expect("a seed").as_slice(), [7; 32]);
        assert!(matches!(open("other"), Err(KeyError::WrongPassphrase { name }) if name == "node"));
    }

    #[test]
    fn a_changed_document_is_damaged() {
        let text = in_clear(KeyKind::Consensus);
        let replaced = |from: &str, to: &str| damage(open_in_clear(&text.replacen(from, to, 1)));
        assert!(matches!(replaced("{", "{\"more\": 1,"), Damage::Document { line: 1, .. }));
        assert!(matches!(replaced("\"none\"", "\"rot13\""), Damage::Document { line: 6, .. }));
        assert!(matches!(replaced("\"ed25519\"", "\"sr25519\""), Damage::Kind));
        assert!(matches!(replaced("\"ea4a", "\"ea4"), Damage::Public));
        assert!(
            matches!(replaced("\"consensus ", "\"node "), Damage::OtherKey),
            "votes are not signed with another key"
        );
        assert!(matches!(replaced(" 0707", " 0807"), Damage::OtherKey));
        assert!(matches!(replaced(" 0707", " 07"), Damage::Secret));
        for cut in 0..text.len() - 2 {
            assert!(matches!(damage(open_in_clear(&text[..cut])), Damage::Document { .. }), "{cut}");
        }
    }

    #[test]
    fn a_newer_format_is_told_apart_from_a_damaged_file() {
        let text = in_clear(KeyKind::Node).replacen("\"version\": 1", "\"version\": 2, \"more\": true", 1);
        assert!(matches!(parse(&text), Err(KeyError::NewerFormat { version: 2, .. })));
    }

    #[test]
    fn messages_about_a_damaged_file_do_not_repeat_it() {
        let text = in_clear(KeyKind::Node).replacen("\"secret\": ", "\"secret\": 1, \"sekret\": ", 1);
        let error = parse(&text).err().expect("damaged");
        assert!(!format!("{error:?}").contains("0707"), "{error:?}");
    }
}
