//! The call of a transaction from its name and arguments.

use crate::cli::{
    client::{
        lookup::{self, ItemName},
        ClientError,
    },
    value::{Literal, Reader},
};
use scale_value::{Composite, ValueDef};
use subxt::{
    metadata::Metadata,
    tx::{self, DynamicPayload},
};

/// Builds the call `Pallet.call` of arguments written as `name=value`.
///
/// # Errors
/// When there is no such call, or an argument is unknown, missing or of the wrong type.
pub(super) fn payload(
    metadata: &Metadata,
    name: &str,
    arguments: &[String],
) -> Result<DynamicPayload<Composite<()>>, ClientError> {
    let name = ItemName::parse(name)?;
    let pallet = lookup::pallet(metadata, &name.outer)?;
    pallet.call_variant_by_name(&name.inner).ok_or_else(|| lookup::no_call(pallet, &name.inner))?;
    let fields = arguments.iter().map(|argument| named(argument)).collect::<Result<_, _>>()?;
    let literal = Literal::Variant(format!("{}.{}", name.outer, name.inner), Box::new(Literal::Fields(fields)));
    let call = Reader { types: metadata.types() }.read("call", &literal, metadata.outer_enums().call_enum_ty())?;
    Ok(tx::dynamic(name.outer, name.inner, content(call)))
}

fn named(argument: &str) -> Result<(String, Literal), ClientError> {
    let Some((name, value)) = argument.split_once('=').filter(|(name, _)| !name.is_empty()) else {
        return Err(ClientError::NotNamed { argument: argument.into() });
    };
    let literal = Literal::parse(value);
    Ok((name.into(), literal.map_err(|source| ClientError::Literal { name: name.into(), source })?))
}

/// The innermost content of `Pallet(call{…})`.
fn content(call: scale_value::Value<()>) -> Composite<()> {
    let inner = |value: scale_value::Value<()>| match value.value {
        ValueDef::Variant(variant) => variant.values,
        ValueDef::Composite(composite) => composite,
        _ => Composite::Unnamed(Vec::new()),
    };
    inner(call).into_values().next().map_or(Composite::Unnamed(Vec::new()), inner)
}
