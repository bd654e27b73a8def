//! Passphrases, and where they come from.

use super::{
    file::{read_open, read_private},
    KeyError,
};
use age::secrecy::SecretString;
use std::{
    env,
    fmt::Display,
    io::{self, IsTerminal as _},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Name of the systemd credential that holds the passphrase of a node's keys.
pub const CREDENTIAL: &str = "icn-passphrase";

/// Environment variable that names the folder of a service's credentials; systemd sets it. It is a path and no secret.
pub const CREDENTIALS_VARIABLE: &str = "CREDENTIALS_DIRECTORY";

/// Longest passphrase, in bytes.
const PASSPHRASE_BYTES_MAX: u64 = 1024;

/// What opens a key. It has at least one character, is wiped from memory when it is dropped, and has no `Debug` text.
#[derive(Clone, Debug)]
pub struct Passphrase(SecretString);

/// Where passphrases come from: the first that is there of a file that a flag names, a systemd credential, a file that the
/// configuration names, and the terminal.
#[derive(Clone, Debug, Default)]
pub struct PassphraseSource {
    flag: Option<PathBuf>,
    credential: Option<PathBuf>,
    configured: Option<PathBuf>,
}

impl Passphrase {
    /// A passphrase.
    ///
    /// # Errors
    /// When it is empty.
    pub fn new(text: &str) -> Result<Self, KeyError> {
        match text {
            "" => Err(KeyError::EmptyPassphrase { path: None }),
            text => Ok(Self(text.into())),
        }
    }

    /// Reads a passphrase from a file that only its owner can read, without the line's end.
    ///
    /// # Errors
    /// When others can read the file, it is empty, too long or no text, or cannot be read.
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        Self::from_content(path, &read_private(path, PASSPHRASE_BYTES_MAX)?)
    }

    /// Asks on the terminal, without echo.
    ///
    /// # Errors
    /// When nothing is typed, or the terminal fails.
    pub fn ask(question: impl Display) -> Result<Self, KeyError> {
        let typed = rpassword::prompt_password(format!("{question}: ")).map_err(KeyError::Terminal)?;
        Self::new(&Zeroizing::new(typed))
    }

    /// Asks on the terminal for a new one, twice.
    ///
    /// # Errors
    /// As [`Self::ask`], and when the two differ.
    pub fn ask_new(question: impl Display) -> Result<Self, KeyError> {
        use age::secrecy::ExposeSecret as _;
        let first = Self::ask(&question)?;
        let again = Self::ask("Once more")?;
        match first.0.expose_secret() == again.0.expose_secret() {
            true => Ok(first),
            false => Err(KeyError::PassphrasesDiffer),
        }
    }

    /// Whether there is a terminal to ask on.
    pub fn can_ask() -> bool {
        io::stdin().is_terminal()
    }

    pub(super) fn secret(&self) -> &SecretString {
        &self.0
    }

    fn from_content(path: &Path, content: &[u8]) -> Result<Self, KeyError> {
        let text = std::str::from_utf8(content).map_err(|_| KeyError::PassphraseNotText { path: path.into() })?;
        let text = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
        Self::new(text).map_err(|_| KeyError::EmptyPassphrase { path: Some(path.into()) })
    }
}

impl PassphraseSource {
    /// The sources of this process: `flag` and `configured` are files, if the user named some.
    pub fn new(flag: Option<PathBuf>, configured: Option<PathBuf>) -> Self {
        let credentials = env::var_os(CREDENTIALS_VARIABLE).filter(|folder| !folder.is_empty());
        let credential = credentials.map(|folder| Path::new(&folder).join(CREDENTIAL)).filter(|path| path.exists());
        Self { flag, credential, configured }
    }

    /// The passphrase of a key that is there.
    ///
    /// # Errors
    /// When there is none, or its file cannot be used.
    pub fn read(&self, name: &str) -> Result<Passphrase, KeyError> {
        self.read_or(name, || Passphrase::ask(format_args!("Passphrase of the key {name}")))
    }

    /// The passphrase of a key to be made.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn choose(&self, name: &str) -> Result<Passphrase, KeyError> {
        self.read_or(name, || Passphrase::ask_new(format_args!("New passphrase for the key {name}")))
    }

    fn read_or(&self, name: &str, ask: impl FnOnce() -> Result<Passphrase, KeyError>) -> Result<Passphrase, KeyError> {
        match (&self.flag, &self.credential, &self.configured) {
            (Some(path), _, _) => Passphrase::from_file(path),
            // The service manager decides who reads it, by access lists that the permission bits do not show.
            (None, Some(path), _) => Passphrase::from_content(path, &read_open(path, PASSPHRASE_BYTES_MAX)?),
            (None, None, Some(path)) => Passphrase::from_file(path),
            (None, None, None) if Passphrase::can_ask() => ask(),
            (None, None, None) => Err(KeyError::NoPassphrase { name: name.into() }),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use age::secrecy::ExposeSecret as _;
    use std::{fs, os::unix::fs::PermissionsExt as _};

    fn file(directory: &tempfile::TempDir, name: &str, content: &[u8], mode: u32) -> PathBuf {
        let path = directory.path().join(name);
        fs::write(&path, content).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("mode set");
        path
    }

    fn read(source: &PassphraseSource) -> String {
        source.read("node").expect("a passphrase").0.expose_secret().to_owned()
    }

    #[test]
    fn the_first_source_that_is_there_is_used() {
        let directory = tempfile::tempdir().expect("a directory");
        let [flag, configured] = ["flag", "configured"].map(|name| file(&directory, name, name.as_bytes(), 0o600));
        // Service managers let a group read credentials.
        let credential = file(&directory, "credential", b"credential", 0o440);
        let mut source =
            PassphraseSource { flag: Some(flag), credential: Some(credential), configured: Some(configured) };
        assert_eq!(read(&source), "flag");
        source.flag = None;
        assert_eq!(read(&source), "credential");
        source.credential = None;
        assert_eq!(read(&source), "configured");
    }

    #[test]
    fn a_passphrase_is_the_file_without_the_end_of_its_line() {
        let directory = tempfile::tempdir().expect("a directory");
        for (content, passphrase) in
            [("a b ", "a b "), ("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), (" \n", " "), ("é", "é")]
        {
            let path = file(&directory, "passphrase", content.as_bytes(), 0o600);
            assert_eq!(Passphrase::from_file(&path).expect("valid").0.expose_secret(), passphrase);
        }
    }

    #[test]
    fn a_file_that_is_no_passphrase_is_refused() {
        let directory = tempfile::tempdir().expect("a directory");
        for content in [&b""[..], b"\n", b"\r\n"] {
            let error = Passphrase::from_file(&file(&directory, "passphrase", content, 0o600)).expect_err("empty");
            assert!(matches!(error, KeyError::EmptyPassphrase { path: Some(_) }), "{error}");
        }
        let error = Passphrase::from_file(&file(&directory, "passphrase", &[0xff], 0o600)).expect_err("no text");
        assert!(matches!(error, KeyError::PassphraseNotText { .. }), "{error}");
        let error = Passphrase::from_file(&file(&directory, "passphrase", &[b'a'; 1025], 0o600)).expect_err("long");
        assert!(matches!(error, KeyError::TooLarge { .. }), "{error}");
        let error = Passphrase::from_file(&file(&directory, "passphrase", b"a", 0o644)).expect_err("open");
        assert!(matches!(error, KeyError::ReadableByOthers { mode: 0o644, .. }), "{error}");
    }

    #[test]
    fn a_passphrase_has_no_debug_text() {
        let text = format!("{:?}", Passphrase::new("open sesame").expect("not empty"));
        assert!(!text.contains("sesame"), "{text}");
    }
}
