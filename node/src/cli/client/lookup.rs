//! Finding what `Pallet.Item` names in the metadata.

use subxt::metadata::{ConstantMetadata, Metadata, PalletMetadata, RuntimeApiMethodMetadata, StorageEntryMetadata};

/// What can be queried.
pub enum Item<'a> {
    /// A storage value or map.
    Storage(&'a StorageEntryMetadata),
    /// A constant.
    Constant(&'a ConstantMetadata),
    /// A method of a runtime API.
    Api(RuntimeApiMethodMetadata<'a>),
}

/// A name in two parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemName {
    /// The pallet or runtime API.
    pub outer: String,
    /// The storage item, constant, call or method.
    pub inner: String,
}

/// Why a name leads nowhere.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// No dot.
    #[error("{name} is not a name in two parts; write Pallet.Item, for example System.Account")]
    NotTwoParts {
        /// As given.
        name: String,
    },
    /// No such pallet or API.
    #[error("this chain has no pallet or runtime API {name}{suggestion}; `icn query --list` shows all")]
    Outer {
        /// As given.
        name: String,
        /// The nearest name, in words; may be empty.
        suggestion: String,
    },
    /// The pallet exists and has no such item.
    #[error("{outer} has nothing to query named {name}{suggestion}; `icn query --list {outer}` shows all")]
    Inner {
        /// The pallet or API.
        outer: String,
        /// As given.
        name: String,
        /// The nearest name, in words; may be empty.
        suggestion: String,
    },
    /// The pallet exists and has no such call.
    #[error("{outer} has no call {name}{suggestion}; `icn tx --list {outer}` shows all")]
    Call {
        /// The pallet.
        outer: String,
        /// As given.
        name: String,
        /// The nearest name, in words; may be empty.
        suggestion: String,
    },
}

impl ItemName {
    /// Splits `Pallet.Item`.
    ///
    /// # Errors
    /// When there is no dot or an empty part.
    pub fn parse(name: &str) -> Result<Self, LookupError> {
        match name.split_once('.') {
            Some((outer, inner)) if !outer.is_empty() && !inner.is_empty() => {
                Ok(Self { outer: outer.into(), inner: inner.into() })
            }
            _ => Err(LookupError::NotTwoParts { name: name.into() }),
        }
    }
}

/// The pallet of a name.
///
/// # Errors
/// When there is none.
pub fn pallet<'a>(metadata: &'a Metadata, name: &str) -> Result<PalletMetadata<'a>, LookupError> {
    metadata.pallet_by_name(name).ok_or_else(|| no_outer(metadata, name))
}

/// The storage item, constant or runtime API method of a name, looked for in this order.
///
/// # Errors
/// When there is none.
pub fn item<'a>(metadata: &'a Metadata, name: &ItemName) -> Result<Item<'a>, LookupError> {
    if let Some(pallet) = metadata.pallet_by_name(&name.outer) {
        return pallet_item(pallet, &name.inner).ok_or_else(|| LookupError::Inner {
            outer: name.outer.clone(),
            name: name.inner.clone(),
            suggestion: suggestion(&name.inner, pallet_items(pallet)),
        });
    }
    let Some(api) = metadata.runtime_api_trait_by_name(&name.outer) else {
        return Err(no_outer(metadata, &name.outer));
    };
    api.method_by_name(&name.inner).map(Item::Api).ok_or_else(|| LookupError::Inner {
        outer: name.outer.clone(),
        name: name.inner.clone(),
        suggestion: suggestion(&name.inner, api.methods().map(|method| method.name().to_owned())),
    })
}

fn pallet_item<'a>(pallet: PalletMetadata<'a>, name: &str) -> Option<Item<'a>> {
    let storage = || pallet.storage()?.entry_by_name(name).map(Item::Storage);
    let constant = || pallet.constant_by_name(name).map(Item::Constant);
    storage().or_else(constant)
}

fn pallet_items(pallet: PalletMetadata<'_>) -> impl Iterator<Item = String> + '_ {
    let storage = pallet.storage().into_iter().flat_map(|storage| storage.entries());
    let storage = storage.map(|entry| entry.name().to_owned());
    storage.chain(pallet.constants().map(|constant| constant.name().to_owned()))
}

/// The error of a call that does not exist.
pub fn no_call(pallet: PalletMetadata<'_>, name: &str) -> LookupError {
    let known = pallet.call_variants().unwrap_or_default().iter().map(|call| call.name.clone());
    LookupError::Call { outer: pallet.name().into(), name: name.into(), suggestion: suggestion(name, known) }
}

fn no_outer(metadata: &Metadata, name: &str) -> LookupError {
    let pallets = metadata.pallets().map(|pallet| pallet.name().to_owned());
    let apis = metadata.runtime_api_traits().map(|api| api.name().to_owned());
    LookupError::Outer { name: name.into(), suggestion: suggestion(name, pallets.chain(apis)) }
}

/// ` (did you mean …?)` for the known name that is at most a third of its letters away.
pub fn suggestion(name: &str, known: impl Iterator<Item = String>) -> String {
    let wanted = name.to_lowercase();
    let nearest = known.map(|known| (distance(&wanted, &known.to_lowercase()), known)).min();
    match nearest {
        Some((distance, known)) if distance * 3 <= name.chars().count() => format!(" (did you mean {known}?)"),
        _ => String::new(),
    }
}

/// Levenshtein's distance: insertions, deletions and replacements of a character.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_two_parts() {
        let name = ItemName::parse("System.Account").expect("two parts");
        assert_eq!((name.outer.as_str(), name.inner.as_str()), ("System", "Account"));
        for wrong in ["System", ".Account", "System.", ""] {
            assert!(ItemName::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn near_names_are_suggested_and_far_ones_are_not() {
        let known = || ["transfer_keep_alive", "transfer_all", "burn"].map(String::from).into_iter();
        assert_eq!(suggestion("transferKeepAlive", known()), " (did you mean transfer_keep_alive?)");
        assert_eq!(suggestion("Transfer_all", known()), " (did you mean transfer_all?)");
        assert_eq!(suggestion("mint", known()), "");
        assert_eq!((distance("kitten", "sitting"), distance("", "abc")), (3, 3));
    }
}
