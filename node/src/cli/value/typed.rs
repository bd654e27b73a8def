//! Gives a literal the type that the metadata asks for.
//!
//! The conversions that go beyond the shape of a type:
//! an account is taken where an account or a `MultiAddress` stands; a value without `Some` where an option stands; text
//! and hex where bytes stand, quoted or not; a bare value where a struct of one nameless field stands; `Pallet.call{…}` where a call
//! stands.

use super::{
    account::{self, AccountError},
    Literal,
};
use scale_info::{form::PortableForm, Field, PortableRegistry, TypeDef, TypeDefPrimitive, TypeDefVariant, Variant};
use scale_value::{BitSequence, Composite, Value};

/// Deepest nesting that is followed: types may be recursive (calls in calls).
const DEPTH_MAX: usize = 256;

/// Why a literal does not fit its type.
#[derive(Debug, thiserror::Error)]
pub enum ArgumentError {
    /// The literal is of another kind, or has another length.
    #[error("{path}: expected {expected}, got {found}")]
    Mismatch {
        /// The argument and the fields down to the value.
        path: String,
        /// The type, in words.
        expected: String,
        /// The literal, in words.
        found: String,
    },
    /// The number does not fit.
    #[error("{path}: {number} does not fit {expected}")]
    OutOfRange {
        /// The argument and the fields down to the value.
        path: String,
        /// The number as written.
        number: String,
        /// The integer type.
        expected: &'static str,
    },
    /// A struct or variant lacks a field.
    #[error("{path}: the field {field} of {expected} is missing")]
    MissingField {
        /// The argument and the fields down to the struct.
        path: String,
        /// Name of the field and of its type.
        field: String,
        /// The struct.
        expected: String,
    },
    /// A struct or variant has no such field.
    #[error("{path}: {expected} has no field {field}; it has {known}")]
    UnknownField {
        /// The argument and the fields down to the struct.
        path: String,
        /// Name as written.
        field: String,
        /// The struct.
        expected: String,
        /// Names that exist.
        known: String,
    },
    /// An enum has no such variant.
    #[error("{path}: {expected} has no variant {variant}; it has {known}")]
    UnknownVariant {
        /// The argument and the fields down to the value.
        path: String,
        /// Name as written.
        variant: String,
        /// The enum.
        expected: String,
        /// Names that exist.
        known: String,
    },
    /// The text names no account.
    #[error("{path}: {source}")]
    Account {
        /// The argument and the fields down to the value.
        path: String,
        /// What is wrong with it.
        source: AccountError,
    },
    /// The metadata names a type it does not describe, or types nest without end.
    #[error("{path}: the metadata's type {type_id} cannot be followed")]
    Type {
        /// The argument and the fields down to the value.
        path: String,
        /// Number of the type in the metadata.
        type_id: u32,
    },
}

/// Reads literals by the types of one runtime's metadata.
pub struct Reader<'a> {
    /// The types.
    pub types: &'a PortableRegistry,
}

/// Where in an argument a value stands.
#[derive(Clone)]
struct Place {
    path: String,
    depth: usize,
}

impl Place {
    fn child(&self, name: impl std::fmt::Display) -> Self {
        Self { path: format!("{}.{name}", self.path), depth: self.depth + 1 }
    }

    fn same(&self) -> Self {
        Self { path: self.path.clone(), depth: self.depth + 1 }
    }
}

type Read = Result<Value<()>, ArgumentError>;

impl Reader<'_> {
    /// The value that `literal` is as type `type_id`. `name` is the argument's, for messages.
    ///
    /// # Errors
    /// When it does not fit, saying where.
    pub fn read(&self, name: &str, literal: &Literal, type_id: u32) -> Read {
        self.value(literal, type_id, &Place { path: name.into(), depth: 0 })
    }

    fn value(&self, literal: &Literal, type_id: u32, place: &Place) -> Read {
        let unknown = || ArgumentError::Type { path: place.path.clone(), type_id };
        if place.depth > DEPTH_MAX {
            return Err(unknown());
        }
        let ty = self.types.resolve(type_id).ok_or_else(unknown)?;
        let wrong = || self.mismatch(literal, type_id, place);
        if let Some(unquoted) = unquoted(literal, &ty.type_def) {
            return self.value(&unquoted, type_id, &place.same());
        }
        if is_account(ty.path.segments.last()) {
            return self.account(literal, place).and_then(|bytes| bytes.ok_or_else(wrong)).map(Value::from_bytes);
        }
        match &ty.type_def {
            TypeDef::Composite(composite) => self.composite(literal, type_id, &composite.fields, place),
            TypeDef::Variant(variants) if ty.path.segments.last().is_some_and(|name| name == "MultiAddress") => {
                match self.account(literal, place)? {
                    Some(bytes) => Ok(Value::unnamed_variant("Id", [Value::from_bytes(bytes)])),
                    None => self.variant(literal, type_id, variants, place),
                }
            }
            TypeDef::Variant(variants) if is_option(ty.path.segments.last(), variants) => {
                self.option(literal, type_id, variants, place)
            }
            TypeDef::Variant(variants) => self.variant(literal, type_id, variants, place),
            TypeDef::Sequence(inner) => self.sequence(literal, inner.type_param.id, None, type_id, place),
            TypeDef::Array(inner) => {
                self.sequence(literal, inner.type_param.id, Some(inner.len as usize), type_id, place)
            }
            TypeDef::Tuple(tuple) => {
                let ids: Vec<u32> = tuple.fields.iter().map(|field| field.id).collect();
                self.tuple(literal, &ids, type_id, place)
            }
            TypeDef::Primitive(primitive) => self.primitive(literal, primitive, type_id, place),
            TypeDef::Compact(inner) => self.value(literal, inner.type_param.id, &place.same()),
            TypeDef::BitSequence(_) => match literal {
                Literal::Bits(bits) => Ok(Value::bit_sequence(bits.iter().copied().collect::<BitSequence>())),
                _ => Err(wrong()),
            },
        }
    }

    /// The 32 bytes of an account; `None` when the literal is not an account's text.
    fn account(&self, literal: &Literal, place: &Place) -> Result<Option<[u8; 32]>, ArgumentError> {
        let error = |source| ArgumentError::Account { path: place.path.clone(), source };
        match literal {
            Literal::Development(path) => Ok(Some(account::development_key(path).map_err(error)?.public_key().0)),
            Literal::Word(text) | Literal::Text(text) => Ok(Some(account::from_ss58(text).map_err(error)?.into())),
            Literal::Bytes(bytes) => Ok(bytes.as_slice().try_into().ok()),
            _ => Ok(None),
        }
    }

    fn composite(&self, literal: &Literal, id: u32, fields: &[Field<PortableForm>], place: &Place) -> Read {
        match (literal, fields) {
            (_, [only]) if only.name.is_none() => self.value(literal, only.ty.id, &place.same()),
            (Literal::Fields(_) | Literal::List(_), _) => {
                self.fields(literal, fields, &self.name(id), place).map(composite_value)
            }
            (_, [only]) => {
                self.value(literal, only.ty.id, &place.same()).map(|value| Value::unnamed_composite([value]))
            }
            (Literal::Null, []) => Ok(Value::unnamed_composite([])),
            _ => Err(self.mismatch(literal, id, place)),
        }
    }

    /// The fields of a struct or variant, by name or in order.
    fn fields(
        &self,
        literal: &Literal,
        fields: &[Field<PortableForm>],
        owner: &str,
        place: &Place,
    ) -> Result<Composite<()>, ArgumentError> {
        match literal {
            Literal::Fields(given) => self.named_fields(given, fields, owner, place),
            Literal::List(items) if items.len() == fields.len() => {
                let values = fields.iter().enumerate().zip(items).map(|((index, field), item)| {
                    let name = field.name.clone().unwrap_or_else(|| index.to_string());
                    self.value(item, field.ty.id, &place.child(name))
                });
                Ok(Composite::Unnamed(values.collect::<Result<_, _>>()?))
            }
            _ => Err(ArgumentError::Mismatch {
                path: place.path.clone(),
                expected: format!("{} for {owner}", self.field_list(fields)),
                found: literal.to_string(),
            }),
        }
    }

    fn named_fields(
        &self,
        given: &[(String, Literal)],
        fields: &[Field<PortableForm>],
        owner: &str,
        place: &Place,
    ) -> Result<Composite<()>, ArgumentError> {
        let is_known = |name: &String| fields.iter().any(|field| field.name.as_ref() == Some(name));
        if let Some((name, _)) = given.iter().find(|(name, _)| !is_known(name)) {
            return Err(ArgumentError::UnknownField {
                path: place.path.clone(),
                field: name.clone(),
                expected: owner.into(),
                known: self.field_list(fields),
            });
        }
        let values = fields.iter().map(|field| {
            let name = field.name.clone().unwrap_or_default();
            let literal = given.iter().find(|(given, _)| *given == name).map(|(_, literal)| literal);
            let literal = literal.or_else(|| self.is_optional(field.ty.id).then_some(&Literal::Null));
            let literal = literal.ok_or_else(|| ArgumentError::MissingField {
                path: place.path.clone(),
                field: format!("{name} ({})", self.name(field.ty.id)),
                expected: owner.into(),
            })?;
            Ok((name.clone(), self.value(literal, field.ty.id, &place.child(&name))?))
        });
        Ok(Composite::Named(values.collect::<Result<_, _>>()?))
    }

    fn option(&self, literal: &Literal, id: u32, variants: &TypeDefVariant<PortableForm>, place: &Place) -> Read {
        match literal {
            Literal::Null => Ok(Value::unnamed_variant("None", [])),
            Literal::Word(name) if name == "None" => Ok(Value::unnamed_variant("None", [])),
            Literal::Variant(name, _) if name == "Some" || name == "None" => self.variant(literal, id, variants, place),
            _ => match variants.variants.iter().find(|variant| variant.name == "Some").map(|some| &some.fields[..]) {
                Some([inner]) => Ok(Value::unnamed_variant("Some", [self.value(literal, inner.ty.id, &place.same())?])),
                _ => Err(self.mismatch(literal, id, place)),
            },
        }
    }

    fn variant(&self, literal: &Literal, id: u32, variants: &TypeDefVariant<PortableForm>, place: &Place) -> Read {
        let nothing = Literal::List(Vec::new());
        let (name, content) = match literal {
            Literal::Word(name) | Literal::Text(name) => (name.as_str(), &nothing),
            Literal::Variant(name, content) => (name.as_str(), &**content),
            // JSON's usual form of a variant: {"Name": content}.
            Literal::Fields(fields) if fields.len() == 1 => (fields[0].0.as_str(), &fields[0].1),
            _ => return Err(self.mismatch(literal, id, place)),
        };
        if let Some((outer, inner)) = name.split_once('.') {
            let variant = self.find_variant(outer, id, variants, place)?;
            let [field] = &variant.fields[..] else { return Err(self.mismatch(literal, id, place)) };
            let inner = Literal::Variant(inner.into(), Box::new(content.clone()));
            return Ok(Value::unnamed_variant(outer, [self.value(&inner, field.ty.id, &place.child(outer))?]));
        }
        let variant = self.find_variant(name, id, variants, place)?;
        let place = place.child(name);
        let content = match (&variant.fields[..], content) {
            // One value without its brackets, as JSON writes it: {"Id": "5Grwva…"}.
            ([only], content)
                if only.name.is_none() && !matches!(content, Literal::List(items) if items.len() == 1) =>
            {
                Composite::Unnamed(vec![self.value(content, only.ty.id, &place)?])
            }
            ([], Literal::Null) => Composite::Unnamed(Vec::new()),
            (fields, content) => self.fields(content, fields, name, &place)?,
        };
        Ok(Value::variant(name, content))
    }

    fn find_variant<'b>(
        &self,
        name: &str,
        id: u32,
        variants: &'b TypeDefVariant<PortableForm>,
        place: &Place,
    ) -> Result<&'b Variant<PortableForm>, ArgumentError> {
        let known = || variants.variants.iter().map(|variant| variant.name.as_str()).collect::<Vec<_>>().join(", ");
        variants.variants.iter().find(|variant| variant.name == name).ok_or_else(|| ArgumentError::UnknownVariant {
            path: place.path.clone(),
            variant: name.into(),
            expected: self.name(id),
            known: known(),
        })
    }

    fn sequence(&self, literal: &Literal, item: u32, length: Option<usize>, id: u32, place: &Place) -> Read {
        let fits = |found: usize| length.is_none_or(|length| length == found);
        match literal {
            Literal::Bytes(bytes) if self.is_byte(item) && fits(bytes.len()) => Ok(Value::from_bytes(bytes)),
            Literal::Text(text) | Literal::Word(text) if self.is_byte(item) && fits(text.len()) => {
                Ok(Value::from_bytes(text))
            }
            Literal::Development(_) if self.is_byte(item) && fits(32) => {
                self.account(literal, place)?.map(Value::from_bytes).ok_or_else(|| self.mismatch(literal, id, place))
            }
            Literal::List(items) if fits(items.len()) => {
                let values =
                    items.iter().enumerate().map(|(index, literal)| self.value(literal, item, &place.child(index)));
                Ok(Value::unnamed_composite(values.collect::<Result<Vec<_>, _>>()?))
            }
            _ => Err(self.mismatch(literal, id, place)),
        }
    }

    fn tuple(&self, literal: &Literal, ids: &[u32], id: u32, place: &Place) -> Read {
        match (literal, ids) {
            (Literal::Null, []) => Ok(Value::unnamed_composite([])),
            (Literal::List(items), _) if items.len() == ids.len() => {
                let values = items
                    .iter()
                    .zip(ids)
                    .enumerate()
                    .map(|(index, (literal, id))| self.value(literal, *id, &place.child(index)));
                Ok(Value::unnamed_composite(values.collect::<Result<Vec<_>, _>>()?))
            }
            (_, [only]) => Ok(Value::unnamed_composite([self.value(literal, *only, &place.same())?])),
            _ => Err(self.mismatch(literal, id, place)),
        }
    }

    fn primitive(&self, literal: &Literal, primitive: &TypeDefPrimitive, id: u32, place: &Place) -> Read {
        match (primitive, literal) {
            (TypeDefPrimitive::Bool, Literal::Bool(value)) => Ok(Value::bool(*value)),
            (TypeDefPrimitive::Char, Literal::Text(text)) if text.chars().count() == 1 => {
                Ok(Value::char(text.chars().next().unwrap_or_default()))
            }
            (TypeDefPrimitive::Str, Literal::Text(text) | Literal::Word(text)) => Ok(Value::string(text.clone())),
            (TypeDefPrimitive::Bool | TypeDefPrimitive::Char | TypeDefPrimitive::Str, _) => {
                Err(self.mismatch(literal, id, place))
            }
            _ => self.integer(literal, primitive, id, place),
        }
    }

    fn integer(&self, literal: &Literal, primitive: &TypeDefPrimitive, id: u32, place: &Place) -> Read {
        let (name, bits, signed) = integer_type(primitive);
        let out_of_range =
            |number: String| ArgumentError::OutOfRange { path: place.path.clone(), number, expected: name };
        // JSON writers quote large numbers.
        let quoted = match literal {
            Literal::Text(text) => Literal::parse(text).ok().filter(is_number),
            _ => None,
        };
        match quoted.as_ref().unwrap_or(literal) {
            Literal::Number(number) => {
                let bits = if signed { bits - 1 } else { bits };
                match bits >= 128 || number >> bits == 0 {
                    true => Ok(Value::u128(*number)),
                    false => Err(out_of_range(number.to_string())),
                }
            }
            Literal::Negative(number) => {
                let minimum = if bits >= 128 { i128::MIN } else { -(1i128 << (bits - 1)) };
                match signed && *number >= minimum || *number == 0 {
                    true => Ok(Value::i128(*number)),
                    false => Err(out_of_range(number.to_string())),
                }
            }
            _ => Err(self.mismatch(literal, id, place)),
        }
    }

    fn is_byte(&self, id: u32) -> bool {
        self.types.resolve(id).is_some_and(|ty| matches!(ty.type_def, TypeDef::Primitive(TypeDefPrimitive::U8)))
    }

    fn is_optional(&self, id: u32) -> bool {
        self.types.resolve(id).is_some_and(
            |ty| matches!(&ty.type_def, TypeDef::Variant(variants) if is_option(ty.path.segments.last(), variants)),
        )
    }

    fn name(&self, id: u32) -> String {
        super::shown::type_name(self.types, id)
    }

    fn field_list(&self, fields: &[Field<PortableForm>]) -> String {
        if fields.is_empty() {
            return "nothing".into();
        }
        let one = |field: &Field<PortableForm>| match &field.name {
            Some(name) => format!("{name}: {}", self.name(field.ty.id)),
            None => self.name(field.ty.id),
        };
        fields.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    fn mismatch(&self, literal: &Literal, id: u32, place: &Place) -> ArgumentError {
        ArgumentError::Mismatch { path: place.path.clone(), expected: self.name(id), found: literal.to_string() }
    }
}

/// Bytes and development accounts that are quoted, as JSON must; text that starts so stays text only where a text stands.
fn unquoted(literal: &Literal, type_def: &TypeDef<PortableForm>) -> Option<Literal> {
    let Literal::Text(text) = literal else { return None };
    let is_text = matches!(type_def, TypeDef::Primitive(TypeDefPrimitive::Str | TypeDefPrimitive::Char));
    let is_quoted = text.starts_with("0x") || text.starts_with("//");
    let parsed = (is_quoted && !is_text).then(|| Literal::parse(text).ok()).flatten()?;
    matches!(parsed, Literal::Bytes(_) | Literal::Development(_)).then_some(parsed)
}

fn composite_value(composite: Composite<()>) -> Value<()> {
    Value::without_context(scale_value::ValueDef::Composite(composite))
}

fn is_account(name: Option<&String>) -> bool {
    name.is_some_and(|name| name == "AccountId32")
}

fn is_option(name: Option<&String>, variants: &TypeDefVariant<PortableForm>) -> bool {
    name.is_some_and(|name| name == "Option") && variants.variants.len() == 2
}

fn is_number(literal: &Literal) -> bool {
    matches!(literal, Literal::Number(_) | Literal::Negative(_))
}

/// Name, width in bits and signedness of an integer type.
fn integer_type(primitive: &TypeDefPrimitive) -> (&'static str, u32, bool) {
    match primitive {
        TypeDefPrimitive::U8 => ("u8", 8, false),
        TypeDefPrimitive::U16 => ("u16", 16, false),
        TypeDefPrimitive::U32 => ("u32", 32, false),
        TypeDefPrimitive::U64 => ("u64", 64, false),
        TypeDefPrimitive::U128 => ("u128", 128, false),
        TypeDefPrimitive::U256 => ("u256", 256, false),
        TypeDefPrimitive::I8 => ("i8", 8, true),
        TypeDefPrimitive::I16 => ("i16", 16, true),
        TypeDefPrimitive::I32 => ("i32", 32, true),
        TypeDefPrimitive::I64 => ("i64", 64, true),
        TypeDefPrimitive::I128 => ("i128", 128, true),
        TypeDefPrimitive::I256 => ("i256", 256, true),
        TypeDefPrimitive::Bool | TypeDefPrimitive::Char | TypeDefPrimitive::Str => ("a number", 0, false),
    }
}

#[cfg(test)]
mod tests;
