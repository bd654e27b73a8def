//! Encryption of secrets with a passphrase, as armored `age` files.

use super::{Damage, Passphrase};
use age::{armor::ArmoredReader, scrypt, DecryptError, Decryptor, Identity};
use std::{io::Read as _, iter};
use zeroize::Zeroizing;

/// Cost of trying a passphrase, as a power of two: 2^17 rounds of scrypt take 128 MiB, and some 0.3 s on a machine of today.
/// It is fixed, so that a key made on a fast machine opens on a slow one.
const WORK_FACTOR: u8 = 17;

/// The most that is tried, so that no file takes more than 256 MiB; `age` itself writes 18 on fast machines.
const WORK_FACTOR_MAX: u8 = 18;

/// Most bytes that a secret takes as text.
const SECRET_BYTES_MAX: u64 = 512;

/// Why a secret cannot be opened.
#[derive(Debug)]
pub(super) enum OpenError {
    /// With this passphrase.
    Passphrase,
    /// With any.
    Damaged(Damage),
}

/// Encrypts a secret.
pub(super) fn seal(secret: &[u8], passphrase: &Passphrase) -> String {
    seal_with(secret, passphrase, WORK_FACTOR)
}

fn seal_with(secret: &[u8], passphrase: &Passphrase, work_factor: u8) -> String {
    let mut recipient = scrypt::Recipient::new(passphrase.secret().clone());
    recipient.set_work_factor(work_factor);
    age::encrypt_and_armor(&recipient, secret).expect("one recipient is enough, and memory takes what is written")
}

/// Decrypts a secret.
pub(super) fn open(sealed: &str, passphrase: &Passphrase) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let decryptor = Decryptor::new_buffered(ArmoredReader::new(sealed.as_bytes())).map_err(explain)?;
    if !decryptor.is_scrypt() {
        return Err(OpenError::Damaged(Damage::Encrypted));
    }
    let mut identity = scrypt::Identity::new(passphrase.secret().clone());
    identity.set_max_work_factor(WORK_FACTOR_MAX);
    let reader = decryptor.decrypt(iter::once(&identity as &dyn Identity)).map_err(explain)?;
    let mut secret = Zeroizing::new(Vec::with_capacity(2 * SECRET_BYTES_MAX as usize));
    let read = reader.take(SECRET_BYTES_MAX).read_to_end(&mut secret);
    read.map_err(|_| OpenError::Damaged(Damage::Encrypted))?;
    Ok(secret)
}

/// The errors of `age` have texts of several lines, and one of them cannot be printed for work factors below its target.
fn explain(error: DecryptError) -> OpenError {
    match error {
        DecryptError::DecryptionFailed => OpenError::Passphrase,
        DecryptError::ExcessiveWork { required, .. } => {
            OpenError::Damaged(Damage::Work { work_factor: required, work_factor_max: WORK_FACTOR_MAX })
        }
        _ => OpenError::Damaged(Damage::Encrypted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Enough for tests, which try hundreds of files.
    const WORK_FACTOR_OF_TESTS: u8 = 2;

    fn passphrase(text: &str) -> Passphrase {
        Passphrase::new(text).expect("not empty")
    }

    fn sealed() -> String {
        seal_with(b"secret", &passphrase("open sesame"), WORK_FACTOR_OF_TESTS)
    }

    #[test]
    fn a_secret_opens_with_its_passphrase_only() {
        let sealed = sealed();
        assert_eq!(open(&sealed, &passphrase("open sesame")).expect("opens").as_slice(), b"secret");
        for other in ["open sesam", "Open sesame", "open sesame "] {
            assert!(matches!(open(&sealed, &passphrase(other)), Err(OpenError::Passphrase)), "{other}");
        }
    }

    #[test]
    fn a_seal_costs_what_is_documented_and_age_opens_it() {
        let sealed = seal(b"secret", &passphrase("open sesame"));
        assert!(sealed.starts_with("-----BEGIN AGE ENCRYPTED FILE-----\n"), "{sealed}");
        let identity = |max| {
            let mut identity = scrypt::Identity::new("open sesame".into());
            identity.set_max_work_factor(max);
            identity
        };
        let error = age::decrypt(&identity(WORK_FACTOR - 1), sealed.as_bytes()).expect_err("too much work");
        assert!(matches!(error, DecryptError::ExcessiveWork { required: WORK_FACTOR, .. }));
        assert_eq!(age::decrypt(&identity(WORK_FACTOR), sealed.as_bytes()).expect("opens"), b"secret");
    }

    #[test]
    fn a_file_that_asks_for_too_much_work_is_not_tried() {
        // The header names the work factor in clear text.
        let header = "age-encryption.org/v1\n-> scrypt rOAmLnUjQ4ffnJ6DJ6JnZQ 30\n\
                      3D9Pf0qD0Qe0XyWmDmQyMmxlcKPOAvXJmIO0jA7MCUs\n--- 2qjRBwRj1TCOuWXXJIKuY+E8tdVRKzsGNXpFsrZ0nX8\n";
        let mut writer =
            age::armor::ArmoredWriter::wrap_output(Vec::new(), age::armor::Format::AsciiArmor).expect("memory");
        std::io::Write::write_all(&mut writer, &[header.as_bytes(), &[0; 48]].concat()).expect("memory");
        let text = String::from_utf8(writer.finish().expect("memory")).expect("armor");
        let error = open(&text, &passphrase("open sesame")).expect_err("too much");
        assert!(matches!(error, OpenError::Damaged(Damage::Work { work_factor: 30, .. })), "{error:?}");
    }

    #[test]
    fn a_changed_file_never_opens_as_something_else() {
        let sealed = sealed();
        for at in 0..sealed.len() {
            let mut bytes = sealed.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).expect("ASCII");
            if let Ok(secret) = open(&changed, &passphrase("open sesame")) {
                assert_eq!(secret.as_slice(), b"secret", "at {at}");
            }
            assert!(open(&sealed[..at], &passphrase("open sesame")).is_err() || at + 1 == sealed.len(), "cut at {at}");
        }
    }

    #[test]
    fn a_file_for_a_key_instead_of_a_passphrase_is_damaged() {
        let identity = age::x25519::Identity::generate();
        let sealed = age::encrypt_and_armor(&identity.to_public(), b"secret").expect("memory");
        let error = open(&sealed, &passphrase("open sesame")).expect_err("no passphrase");
        assert!(matches!(error, OpenError::Damaged(Damage::Encrypted)), "{error:?}");
    }
}
