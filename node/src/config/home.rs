//! The home of a node: the directory that holds its configuration, its chain's specification and its store.

use crate::keys::KEYS_FOLDER;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Environment variable for `--home`.
pub const HOME_VARIABLE: &str = "ICN_HOME";

/// Name of the configuration in a home.
pub const CONFIG_FILE: &str = "icn.toml";

/// Name of the chain's specification in a home.
const CHAIN_SPEC_FILE: &str = "chain-spec.json";

/// Name of the specification while it is written.
const CHAIN_SPEC_UNFINISHED: &str = "chain-spec.json.new";

/// Why a home cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// No variable says where homes are.
    #[error("there is no place for a home: neither ICN_HOME, XDG_DATA_HOME nor HOME is set; give --home DIR")]
    Nowhere,
    /// The directory exists and is not empty.
    #[error("{} exists already; start it with `icn start`, or choose another directory with --home", path.display())]
    Exists {
        /// The directory.
        path: PathBuf,
    },
    /// There is no home.
    #[error("{} is not a home of a node; make one with `icn init --home {}`", path.display(), path.display())]
    Missing {
        /// The directory.
        path: PathBuf,
    },
    /// The system refuses.
    #[error("{} cannot be used", path.display())]
    Io {
        /// File or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// A home of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home(PathBuf);

impl Home {
    /// A home at `path`, whether or not something is there.
    pub fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Whether a chain's specification is there.
    pub fn exists(&self) -> bool {
        self.chain_spec_path().exists()
    }

    /// Makes the home of a chain, with the template of the configuration. The specification comes last and at once: what an
    /// attempt that was cut off left behind is no home yet, and is made anew.
    ///
    /// # Errors
    /// When something is there already, or the system refuses.
    pub fn create(&self, chain_spec: &str) -> Result<(), HomeError> {
        let template = super::Config::template();
        if !self.is_free(&template) {
            return Err(HomeError::Exists { path: self.0.clone() });
        }
        let unfinished = self.0.join(CHAIN_SPEC_UNFINISHED);
        fs::create_dir_all(&self.0).map_err(|source| HomeError::Io { path: self.0.clone(), source })?;
        write(&self.0.join(CONFIG_FILE), &template)?;
        write(&unfinished, chain_spec)?;
        let path = self.chain_spec_path();
        fs::rename(&unfinished, &path).map_err(|source| HomeError::Io { path, source })
    }

    /// Whether nothing is there but what an attempt to make the home can have left, and keys: those of the first validators are
    /// made before their chain is.
    fn is_free(&self, template: &str) -> bool {
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) => return error.kind() == io::ErrorKind::NotFound,
        };
        entries.map_while(Result::ok).all(|entry| {
            let name = entry.file_name();
            let is_template = || fs::read_to_string(entry.path()).is_ok_and(|text| template.starts_with(&text));
            name == CHAIN_SPEC_UNFINISHED || name == KEYS_FOLDER || name == CONFIG_FILE && is_template()
        })
    }

    /// Refuses a directory that is no home.
    ///
    /// # Errors
    /// When no chain's specification is there.
    pub fn check(&self) -> Result<(), HomeError> {
        match self.exists() {
            true => Ok(()),
            false => Err(HomeError::Missing { path: self.0.clone() }),
        }
    }

    /// Where the chain's specification is.
    pub fn chain_spec_path(&self) -> PathBuf {
        self.0.join(CHAIN_SPEC_FILE)
    }
}

/// The directory for homes: `$ICN_HOME`, `$XDG_DATA_HOME/icn` or `$HOME/.icn`, the first that is set.
///
/// # Errors
/// When none is.
pub fn base_directory() -> Result<PathBuf, HomeError> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable(HOME_VARIABLE)
        .or_else(|| variable("XDG_DATA_HOME").map(|directory| directory.join("icn")))
        .or_else(|| variable("HOME").map(|directory| directory.join(".icn")))
        .ok_or(HomeError::Nowhere)
}

/// The home that a flag names, else the default one.
///
/// # Errors
/// When no flag and no variable names one.
pub fn default_home(flag: Option<&Path>) -> Result<Home, HomeError> {
    match flag {
        Some(path) => Ok(Home(path.into())),
        None => Ok(Home(base_directory()?)),
    }
}

fn write(path: &Path, text: &str) -> Result<(), HomeError> {
    let write = || {
        let mut file = fs::File::create(path)?;
        io::Write::write_all(&mut file, text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|source| HomeError::Io { path: path.into(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_is_made_once() {
        let directory = tempfile::tempdir().expect("a directory");
        let home = Home::at(directory.path().join("a/b"));
        assert!(matches!(home.check(), Err(HomeError::Missing { .. })));
        home.create("{}").expect("made");
        home.check().expect("a home");
        assert_eq!(fs::read_to_string(home.chain_spec_path()).expect("readable"), "{}");
        assert!(matches!(home.create("{}"), Err(HomeError::Exists { .. })));
    }

    #[test]
    fn a_home_is_finished_after_an_attempt_that_was_cut_off() {
        let directory = tempfile::tempdir().expect("a directory");
        let home = Home::at(directory.path().into());
        let template = crate::config::Config::template();
        for length in [0, template.len() / 2, template.len()] {
            fs::write(directory.path().join(CONFIG_FILE), &template.as_bytes()[..length]).expect("written");
            fs::write(directory.path().join(CHAIN_SPEC_UNFINISHED), "{").expect("written");
            assert!(!home.exists());
            home.create("{}").expect("made");
            assert_eq!(fs::read_to_string(directory.path().join(CONFIG_FILE)).expect("readable"), template);
            fs::remove_file(home.chain_spec_path()).expect("removed");
        }
        fs::write(directory.path().join(CONFIG_FILE), "[rpc]\nport = 1").expect("written");
        assert!(matches!(home.create("{}"), Err(HomeError::Exists { .. })), "a configuration of the user's is kept");
    }

    #[test]
    fn a_home_is_made_around_keys() {
        let directory = tempfile::tempdir().expect("a directory");
        fs::create_dir(directory.path().join(KEYS_FOLDER)).expect("made");
        Home::at(directory.path().into()).create("{}").expect("made");
    }

    #[test]
    fn a_directory_with_something_in_it_is_not_taken_over() {
        let directory = tempfile::tempdir().expect("a directory");
        fs::write(directory.path().join("letters"), "mine").expect("written");
        let error = Home::at(directory.path().into()).create("{}").expect_err("taken");
        assert!(matches!(error, HomeError::Exists { .. }));
    }
}
