//! Taking a decoded map apart, field by field; each error names the field.

use crate::{cid::Cid, error::Error};
use ipld_core::ipld::Ipld;
use std::{collections::BTreeMap, str::FromStr};

/// The fields of a map that are not taken yet. A field's path has dots between levels; its key is what follows the last.
pub struct Fields(BTreeMap<String, Ipld>);

impl Fields {
    /// The fields of a map.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it is no map.
    pub fn of(ipld: Ipld, field: &'static str) -> Result<Self, Error> {
        match ipld {
            Ipld::Map(map) => Ok(Self(map)),
            _ => malformed(field),
        }
    }

    /// Takes a field that may be missing.
    pub fn optional(&mut self, field: &'static str) -> Option<Ipld> {
        self.0.remove(field.rsplit('.').next()?)
    }

    /// Takes a field.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it is not there.
    pub fn take(&mut self, field: &'static str) -> Result<Ipld, Error> {
        self.optional(field).map_or_else(|| malformed(field), Ok)
    }

    /// Takes a number that is not negative and fits.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn uint<T: TryFrom<i128>>(&mut self, field: &'static str) -> Result<T, Error> {
        uint(self.take(field)?, field)
    }

    /// Takes a text that means something.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn text<T: FromStr>(&mut self, field: &'static str) -> Result<T, Error> {
        match self.take(field)? {
            Ipld::String(text) => text.parse().or_else(|_| malformed(field)),
            _ => malformed(field),
        }
    }

    /// Takes a list.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn list(&mut self, field: &'static str) -> Result<Vec<Ipld>, Error> {
        match self.take(field)? {
            Ipld::List(list) => Ok(list),
            _ => malformed(field),
        }
    }

    /// Ends: nothing may be left.
    ///
    /// # Errors
    /// [`Error::UnknownField`].
    pub fn end(self) -> Result<(), Error> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Error::UnknownField)
        }
    }
}

/// A number that is not negative and fits.
///
/// # Errors
/// [`Error::Malformed`].
pub fn uint<T: TryFrom<i128>>(ipld: Ipld, field: &'static str) -> Result<T, Error> {
    match ipld {
        Ipld::Integer(number) => T::try_from(number).or_else(|_| malformed(field)),
        _ => malformed(field),
    }
}

/// Bytes of a length.
///
/// # Errors
/// [`Error::Malformed`].
pub fn bytes<const N: usize>(ipld: &Ipld, field: &'static str) -> Result<[u8; N], Error> {
    match ipld {
        Ipld::Bytes(bytes) => bytes[..].try_into().or_else(|_| malformed(field)),
        _ => malformed(field),
    }
}

/// A link.
///
/// # Errors
/// [`Error::Malformed`].
pub fn cid(ipld: &Ipld, field: &'static str) -> Result<Cid, Error> {
    match ipld {
        Ipld::Link(cid) => Cid::try_from(cid).or_else(|_| malformed(field)),
        _ => malformed(field),
    }
}

/// The error that a field is not what it should be.
///
/// # Errors
/// Always.
pub fn malformed<T>(field: &'static str) -> Result<T, Error> {
    Err(Error::Malformed { field })
}
