//! Secret phrases: the words from which an account can be made again.

use super::KeyError;
use std::fmt;
use subxt_signer::bip39::Mnemonic;
use zeroize::Zeroizing;

/// How many words a new phrase has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Words {
    /// 128 bits of chance
    #[default]
    #[value(name = "12")]
    Twelve,
    /// 256 bits of chance
    #[value(name = "24")]
    TwentyFour,
}

/// A secret phrase of BIP 39 in English. It is wiped from memory when it is dropped.
pub struct Phrase(Zeroizing<String>);

impl Phrase {
    /// A new phrase.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn random(words: Words) -> Result<Self, KeyError> {
        let mut entropy = Zeroizing::new([0; 32]);
        getrandom::fill(entropy.as_mut_slice()).map_err(KeyError::Random)?;
        let (half, whole) = (&entropy[..16], &entropy[..]);
        Ok(Self::of_entropy(if words == Words::Twelve { half } else { whole }))
    }

    /// The words, with single spaces between them.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of_entropy(entropy: &[u8]) -> Self {
        let mnemonic = Mnemonic::from_entropy(entropy).expect("16 and 32 bytes are lengths that BIP 39 has");
        Self(Zeroizing::new(mnemonic.to_string()))
    }
}

impl fmt::Debug for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phrase(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_has_the_words_of_bip_39() {
        // The first and the last of the test vectors that BIP 39 names.
        let words = "abandon ".repeat(11);
        assert_eq!(Phrase::of_entropy(&[0; 16]).as_str(), format!("{words}about"));
        let words = "zoo ".repeat(23);
        assert_eq!(Phrase::of_entropy(&[0xff; 32]).as_str(), format!("{words}vote"));
    }

    #[test]
    fn a_new_phrase_is_as_long_as_asked_for_and_always_another() {
        for (words, count) in [(Words::Twelve, 12), (Words::TwentyFour, 24)] {
            let phrases = [(); 2].map(|()| Phrase::random(words).expect("random"));
            assert!(phrases.iter().all(|phrase| phrase.as_str().split(' ').count() == count));
            assert_ne!(phrases[0].as_str(), phrases[1].as_str());
            assert_eq!(format!("{:?}", phrases[0]), "Phrase(..)");
        }
    }
}
