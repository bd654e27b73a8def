//! What every document must satisfy.

use crate::{genesis, ChainSpec, SpecError};

/// Tendermint's bound for the chain id, less the hash that ends it.
const ID_CHARS_MAX: usize = 50 - 1 - 8;

/// Tendermint's bound for times: the last millisecond of the year 9999.
const TIME_MS_MAX: u64 = 253_402_300_799_999;

/// Largest prefix of an SS58 address.
const ADDRESS_FORMAT_MAX: u16 = 16_383;

/// Checks a document, the state it describes included.
///
/// # Errors
/// The first thing that is wrong.
pub fn check(spec: &ChainSpec) -> Result<(), SpecError> {
    genesis(spec).map(drop)
}

/// Checks what needs no runtime.
pub(crate) fn check_fields(spec: &ChainSpec) -> Result<(), SpecError> {
    let printable = |c: char| !c.is_control();
    text("name", &spec.name, 64, printable, "1 to 64 characters")?;
    let id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    text("id", &spec.id, ID_CHARS_MAX, id, "1 to 41 of a-z, 0-9 and -")?;
    if spec.genesis_time_ms == 0 || spec.genesis_time_ms > TIME_MS_MAX {
        return Err(SpecError::Time(spec.genesis_time_ms));
    }
    if spec.properties.ss58_format > ADDRESS_FORMAT_MAX {
        return Err(SpecError::AddressFormat(spec.properties.ss58_format));
    }
    let symbol = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    text("properties.tokenSymbol", &spec.properties.token_symbol, 12, symbol, "1 to 12 of A-Z and 0-9")
}

fn text(
    field: &'static str,
    value: &str,
    chars_max: usize,
    allowed: impl Fn(char) -> bool,
    rule: &'static str,
) -> Result<(), SpecError> {
    let count = value.chars().take(chars_max + 1).count();
    if (1..=chars_max).contains(&count) && value.chars().all(allowed) {
        return Ok(());
    }
    Err(SpecError::Text { field, value: value.chars().take(100).collect(), rule })
}
