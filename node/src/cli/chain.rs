//! The chain that a command is about.

use super::CliError;
use crate::config::Home;
use icn_chain_spec::{ChainSpec, SpecError};
use std::path::Path;

/// Name of the built-in Development chain.
pub const DEVELOPMENT: &str = "dev";

/// The built-in Development chain.
///
/// # Errors
/// When this build has none.
pub fn development() -> Result<ChainSpec, CliError> {
    resolve(DEVELOPMENT)
}

/// A built-in chain by its name, or a specification by its file.
///
/// # Errors
/// When there is neither, or the file is not valid.
pub fn resolve(chain: &str) -> Result<ChainSpec, CliError> {
    icn_chain_spec::resolve(chain).map_err(|source| wrong(chain, source))
}

/// The chain of a home.
///
/// # Errors
/// When it is no home, or its specification is not valid.
pub fn of_home(home: &Home) -> Result<ChainSpec, CliError> {
    home.check()?;
    let path = home.chain_spec_path();
    icn_chain_spec::load(&path).map_err(|source| of_file(&path, source))
}

fn of_file(path: &Path, source: SpecError) -> CliError {
    wrong(&path.display().to_string(), source)
}

fn wrong(chain: &str, source: SpecError) -> CliError {
    match source {
        SpecError::UnknownChain { .. } | SpecError::Read { .. } | SpecError::TooLarge { .. } => CliError::Spec(source),
        source => CliError::ChainSpec { chain: chain.into(), source },
    }
}
