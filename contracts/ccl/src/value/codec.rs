//! Values as bytes.

use super::Value;
use crate::{
    limits::VALUE_BYTES_MAX,
    types::{Type, Types, VariantDef},
};
use icn_dag::ipld;
use ipld_core::{cid::Cid, ipld::Ipld};
use std::collections::BTreeMap;

/// Of one value, in bytes.
const LIMITS: ipld::Limits = ipld::Limits { bytes: VALUE_BYTES_MAX, depth: 64, items: VALUE_BYTES_MAX };

/// Why bytes are no value of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// They are no DAG-CBOR, or not in its one canonical form.
    #[error("not canonical DAG-CBOR")]
    NotCanonical,
    /// They are a value of another type.
    #[error("not a value of the type")]
    WrongType,
    /// A value was built that its type does not have.
    #[error("the value does not fit its type")]
    Misfit,
    /// It is longer than values may be, or nested deeper.
    #[error("the value is too large")]
    TooLarge,
}

/// The one form of a value as bytes.
///
/// # Errors
/// [`CodecError::Misfit`] when the value is not of the type.
pub fn encode(value: &Value, ty: &Type, types: &Types) -> Result<Vec<u8>, CodecError> {
    ipld::encode(&to_ipld(value, ty, types)?, &LIMITS).map_err(|_| CodecError::TooLarge)
}

/// Reads a value of a type.
///
/// # Errors
/// When the bytes are not exactly what [`encode()`] gives for some value.
pub fn decode(bytes: &[u8], ty: &Type, types: &Types) -> Result<Value, CodecError> {
    let ipld = ipld::decode(bytes, &LIMITS).map_err(|_| CodecError::NotCanonical)?;
    of_ipld(&ipld, ty, types)
}

fn to_ipld(value: &Value, ty: &Type, types: &Types) -> Result<Ipld, CodecError> {
    let each = |values: &[Value], of: &Type| {
        values.iter().map(|value| to_ipld(value, of, types)).collect::<Result<Vec<_>, _>>()
    };
    Ok(match (value, ty) {
        (Value::Bool(yes), Type::Bool) => Ipld::Bool(*yes),
        (Value::Int(number), Type::Int | Type::Amount(_)) => wide(*number),
        (Value::Millis(millis), Type::Time | Type::Duration) => Ipld::Integer((*millis).into()),
        (Value::Ratio(numerator, denominator), Type::Ratio) => Ipld::List(vec![wide(*numerator), wide(*denominator)]),
        (Value::Text(text), ty) if is_text(ty) => Ipld::String(text.clone()),
        (Value::Bytes(bytes), Type::Bytes) => Ipld::Bytes(bytes.clone()),
        (Value::Bytes(bytes), Type::Cid | Type::Proposal) => {
            Ipld::Link(Cid::try_from(bytes.as_slice()).map_err(|_| CodecError::Misfit)?)
        }
        (Value::Option(None), Type::Option(_)) => Ipld::List(Vec::new()),
        (Value::Option(Some(value)), Type::Option(of)) => Ipld::List(vec![to_ipld(value, of, types)?]),
        (Value::List(values), Type::List(of)) | (Value::Set(values), Type::Set(of)) => Ipld::List(each(values, of)?),
        (Value::Map(entries), Type::Map(key, of)) => {
            let pair = |(k, v): &(Value, Value)| Ok(Ipld::List(vec![to_ipld(k, key, types)?, to_ipld(v, of, types)?]));
            Ipld::List(entries.iter().map(pair).collect::<Result<_, _>>()?)
        }
        (Value::Variant(index, payload), ty) => {
            let variant = variant(ty, *index as usize, types).filter(|variant| variant.payload.len() == payload.len());
            let variant = variant.ok_or(CodecError::Misfit)?;
            let carried = payload.iter().zip(&variant.payload).map(|(value, ty)| to_ipld(value, ty, types));
            let name = std::iter::once(Ok(Ipld::String(variant.name.clone())));
            Ipld::List(name.chain(carried).collect::<Result<_, _>>()?)
        }
        (Value::Record(values), ty) => {
            let fields = types.fields(ty).filter(|fields| fields.len() == values.len()).ok_or(CodecError::Misfit)?;
            let pair = |(field, value): (crate::types::FieldDef, &Value)| {
                let value = to_ipld(value, &field.ty, types)?;
                Ok((field.name, value))
            };
            Ipld::Map(fields.into_iter().zip(values).map(pair).collect::<Result<BTreeMap<_, _>, _>>()?)
        }
        _ => return Err(CodecError::Misfit),
    })
}

fn variant<'a>(ty: &Type, index: usize, types: &'a Types) -> Option<&'a VariantDef> {
    types.variants(ty).and_then(|variants| variants.get(index))
}

fn wide(number: i128) -> Ipld {
    Ipld::Bytes(number.to_be_bytes().to_vec())
}

fn is_text(ty: &Type) -> bool {
    matches!(ty, Type::Text | Type::Did | Type::Account | Type::Class | Type::Role | Type::Body | Type::Process)
}

fn of_ipld(ipld: &Ipld, ty: &Type, types: &Types) -> Result<Value, CodecError> {
    let wrong = Err(CodecError::WrongType);
    Ok(match (ipld, ty) {
        (Ipld::Bool(yes), Type::Bool) => Value::Bool(*yes),
        (ipld, Type::Int | Type::Amount(_)) => Value::Int(number(ipld)?),
        (Ipld::Integer(millis), Type::Time | Type::Duration) => {
            Value::Millis(i64::try_from(*millis).map_err(|_| CodecError::WrongType)?)
        }
        (Ipld::List(parts), Type::Ratio) => ratio(parts)?,
        (Ipld::String(text), ty) if is_text(ty) => Value::Text(text.clone()),
        (Ipld::Bytes(bytes), Type::Bytes) => Value::Bytes(bytes.clone()),
        (Ipld::Link(cid), Type::Cid | Type::Proposal) => Value::Bytes(cid.to_bytes()),
        (Ipld::List(items), Type::Option(of)) => match items.as_slice() {
            [] => Value::Option(None),
            [item] => Value::some(of_ipld(item, of, types)?),
            _ => return wrong,
        },
        (Ipld::List(items), Type::List(of)) => Value::List(all(items, of, types)?),
        (Ipld::List(items), Type::Set(of)) => {
            let values = all(items, of, types)?;
            ascending(values.iter())?;
            Value::Set(values)
        }
        (Ipld::List(items), Type::Map(key, of)) => {
            let entry = |item: &Ipld| match item {
                Ipld::List(pair) => match pair.as_slice() {
                    [k, v] => Ok((of_ipld(k, key, types)?, of_ipld(v, of, types)?)),
                    _ => Err(CodecError::WrongType),
                },
                _ => Err(CodecError::WrongType),
            };
            let entries: Vec<_> = items.iter().map(entry).collect::<Result<_, _>>()?;
            ascending(entries.iter().map(|(key, _)| key))?;
            Value::Map(entries)
        }
        (Ipld::List(items), ty) => enumerated(items, ty, types)?,
        (Ipld::Map(map), ty) => {
            let fields = types.fields(ty).filter(|fields| fields.len() == map.len()).ok_or(CodecError::WrongType)?;
            let field = |field: &crate::types::FieldDef| {
                of_ipld(map.get(&field.name).ok_or(CodecError::WrongType)?, &field.ty, types)
            };
            Value::Record(fields.iter().map(field).collect::<Result<_, _>>()?)
        }
        _ => return wrong,
    })
}

fn number(ipld: &Ipld) -> Result<i128, CodecError> {
    match ipld {
        Ipld::Bytes(bytes) => Ok(i128::from_be_bytes(bytes.as_slice().try_into().map_err(|_| CodecError::WrongType)?)),
        _ => Err(CodecError::WrongType),
    }
}

/// A reduced ratio with a positive denominator.
fn ratio(parts: &[Ipld]) -> Result<Value, CodecError> {
    let [numerator, denominator] = parts else { return Err(CodecError::WrongType) };
    let (numerator, denominator) = (number(numerator)?, number(denominator)?);
    match crate::number::reduced(numerator, denominator) {
        Some(reduced) if reduced == (numerator, denominator) => Ok(Value::Ratio(numerator, denominator)),
        _ => Err(CodecError::NotCanonical),
    }
}

fn all(items: &[Ipld], of: &Type, types: &Types) -> Result<Vec<Value>, CodecError> {
    items.iter().map(|item| of_ipld(item, of, types)).collect()
}

fn ascending<'a>(mut values: impl Iterator<Item = &'a Value>) -> Result<(), CodecError> {
    let Some(mut last) = values.next() else { return Ok(()) };
    for value in values {
        if last >= value {
            return Err(CodecError::NotCanonical);
        }
        last = value;
    }
    Ok(())
}

fn enumerated(items: &[Ipld], ty: &Type, types: &Types) -> Result<Value, CodecError> {
    let Some((Ipld::String(name), payload)) = items.split_first() else { return Err(CodecError::WrongType) };
    let variants = types.variants(ty).ok_or(CodecError::WrongType)?;
    let index = variants.iter().position(|variant| variant.name == *name).ok_or(CodecError::WrongType)?;
    let carried = &variants.get(index).ok_or(CodecError::WrongType)?.payload;
    if carried.len() != payload.len() {
        return Err(CodecError::WrongType);
    }
    let payload = payload.iter().zip(carried).map(|(item, ty)| of_ipld(item, ty, types)).collect::<Result<_, _>>()?;
    Ok(Value::Variant(u32::try_from(index).map_err(|_| CodecError::WrongType)?, payload))
}
