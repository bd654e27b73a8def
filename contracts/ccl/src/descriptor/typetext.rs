//! Types as they are written, read back.

use crate::types::Type;

/// Types within each other.
const DEPTH_MAX: usize = 64;

/// The type that a text is, exactly as types are displayed.
pub fn type_of_text(text: &str) -> Option<Type> {
    let (ty, rest) = read(text, DEPTH_MAX)?;
    (rest.is_empty() && ty.to_string() == text).then_some(ty)
}

fn read(text: &str, depth: usize) -> Option<(Type, &str)> {
    let depth = depth.checked_sub(1)?;
    let is_name = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '.');
    let end = text.find(|character| !is_name(character)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let Some(inner) = rest.strip_prefix('<') else { return Some((plain(name)?, rest)) };
    if matches!(name, "Amount" | "Exact" | "BudgetStatus") {
        let (resource, rest) = inner.split_once('>')?;
        let named = !resource.is_empty() && resource.chars().all(is_name);
        let make = match name {
            "Amount" => Type::Amount,
            "Exact" => Type::Exact,
            _ => Type::BudgetStatus,
        };
        return named.then(|| (make(resource.into()), rest));
    }
    let (first, rest) = read(inner, depth)?;
    let (ty, rest) = match name {
        "List" => (Type::list(first), rest),
        "Set" => (Type::set(first), rest),
        "Option" => (Type::option(first), rest),
        "Map" => {
            let (second, rest) = read(rest.strip_prefix(", ")?, depth)?;
            (Type::map(first, second), rest)
        }
        _ => return None,
    };
    Some((ty, rest.strip_prefix('>')?))
}

fn plain(name: &str) -> Option<Type> {
    Some(match name {
        "nothing" => Type::Unit,
        "Bool" => Type::Bool,
        "Int" => Type::Int,
        "Ratio" => Type::Ratio,
        "Text" => Type::Text,
        "Bytes" => Type::Bytes,
        "Time" => Type::Time,
        "Duration" => Type::Duration,
        "Did" => Type::Did,
        "Cid" => Type::Cid,
        "Account" => Type::Account,
        "Role" => Type::Role,
        "Class" => Type::Class,
        "Body" => Type::Body,
        "Process" => Type::Process,
        "Proposal" => Type::Proposal,
        "" | "List" | "Set" | "Map" | "Option" | "Amount" | "Exact" | "BudgetStatus" => return None,
        name if name.starts_with(|first: char| first.is_ascii_digit() || first == '.') => return None,
        name => Type::Named(name.into()),
    })
}
