//! Decoded values for people and programs.
//!
//! Accounts are SS58, bytes are hex, options are their value or null, calls are `Pallet.call`, module errors are
//! `Pallet.Error`. In JSON, integers of 64 bits and more are decimal strings, as in protobuf's JSON, so that no reader
//! rounds them. Text uses the notation that [`super::literal`] reads.

use super::account;
use scale_info::{form::PortableForm, PortableRegistry, Type, TypeDef, TypeDefPrimitive};
use scale_value::{Composite, Primitive, Value, ValueDef, Variant};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use std::fmt::{self, Write as _};
use subxt::metadata::Metadata;

/// A value ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Nothing: no value, an empty tuple.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer of at most 32 bits, decimal.
    Integer(String),
    /// A wider integer, decimal; a string in JSON.
    WideInteger(String),
    /// A name, address or hex: needs no quotes in text.
    Word(String),
    /// Text that may hold anything.
    Text(String),
    /// A list.
    List(Vec<Shown>),
    /// Named values in order.
    Map(Vec<(String, Shown)>),
}

impl Shown {
    /// A count, height or other 32-bit number.
    pub fn integer(number: u32) -> Self {
        Self::Integer(number.to_string())
    }

    /// An amount or other wide number.
    pub fn wide(number: impl Into<u128>) -> Self {
        Self::WideInteger(number.into().to_string())
    }

    /// A name, address or hex.
    pub fn word(word: impl fmt::Display) -> Self {
        Self::Word(word.to_string())
    }

    /// Bytes as `0x…`.
    pub fn hex(bytes: impl AsRef<[u8]>) -> Self {
        Self::Word(format!("0x{}", hex::encode(bytes)))
    }

    /// Named values.
    pub fn map<'a>(entries: impl IntoIterator<Item = (&'a str, Shown)>) -> Self {
        Self::Map(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// The whole value as indented text without a line end.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write_text(&mut text, 0);
        text.trim_end().to_owned()
    }

    fn write_text(&self, out: &mut String, indent: usize) {
        match self {
            Self::List(items) if !items.is_empty() && !self.is_short() => {
                items.iter().for_each(|item| item.write_entry(out, indent, "-"));
            }
            Self::Map(entries) if !entries.is_empty() => {
                entries.iter().for_each(|(name, value)| value.write_entry(out, indent, &format!("{name}:")));
            }
            _ => {
                let _ = writeln!(out, "{}{}", " ".repeat(indent), self.inline());
            }
        }
    }

    fn write_entry(&self, out: &mut String, indent: usize, head: &str) {
        let pad = " ".repeat(indent);
        let nested = match self {
            Self::List(items) => !items.is_empty() && !self.is_short(),
            Self::Map(entries) => !entries.is_empty(),
            _ => false,
        };
        if !nested {
            let _ = writeln!(out, "{pad}{head} {}", self.inline());
        } else if head == "-" {
            let mut inner = String::new();
            self.write_text(&mut inner, indent + 2);
            let _ = writeln!(out, "{pad}- {}", inner.trim_start().trim_end());
        } else {
            let _ = writeln!(out, "{pad}{head}");
            self.write_text(out, indent + 2);
        }
    }

    /// A list of scalars that fits a line.
    fn is_short(&self) -> bool {
        let Self::List(items) = self else { return true };
        items.iter().all(|item| !matches!(item, Self::List(_) | Self::Map(_))) && self.inline().len() <= 100
    }

    /// The whole value in one line.
    pub fn inline(&self) -> String {
        match self {
            Self::Null => "null".into(),
            Self::Bool(value) => value.to_string(),
            Self::Integer(digits) | Self::WideInteger(digits) => grouped(digits),
            Self::Word(word) => word.clone(),
            Self::Text(text) => format!("{text:?}"),
            Self::List(items) => format!("[{}]", items.iter().map(Self::inline).collect::<Vec<_>>().join(", ")),
            Self::Map(entries) => {
                let entry = |(name, value): &(String, Shown)| format!("{name}: {}", value.inline());
                format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// Digits in groups of three from five digits on: `1_000_000`.
fn grouped(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    if digits.len() < 5 {
        return format!("{sign}{digits}");
    }
    let first = digits.len() % 3;
    let mut groups: Vec<&str> = if first > 0 { vec![&digits[..first]] } else { Vec::new() };
    groups.extend((first..digits.len()).step_by(3).map(|start| &digits[start..start + 3]));
    format!("{sign}{}", groups.join("_"))
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Integer(digits) => match digits.parse::<i64>() {
                Ok(number) => serializer.serialize_i64(number),
                Err(_) => serializer.serialize_str(digits),
            },
            Self::WideInteger(text) | Self::Word(text) | Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (name, value) in entries {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

/// Shows values by the types of one runtime's metadata.
pub struct Types<'a> {
    /// The metadata.
    pub metadata: &'a Metadata,
    /// Prefix of the network's addresses.
    pub ss58_prefix: u16,
}

impl Types<'_> {
    /// Decodes `bytes` as type `type_id` and shows the value; `None` when they are not one value of that type.
    pub fn decode(&self, bytes: &[u8], type_id: u32) -> Option<Shown> {
        let mut rest = bytes;
        let value = scale_value::scale::decode_as_type(&mut rest, type_id, self.metadata.types()).ok()?;
        rest.is_empty().then(|| self.show(&value))
    }

    /// As [`Self::decode`]; bytes that do not decode are shown as hex.
    pub fn decode_or_hex(&self, bytes: &[u8], type_id: u32) -> Shown {
        self.decode(bytes, type_id).unwrap_or_else(|| Shown::hex(bytes))
    }

    /// Shows a decoded value.
    pub fn show(&self, value: &Value<u32>) -> Shown {
        let ty = self.metadata.types().resolve(value.context);
        let name = ty.and_then(|ty| ty.path.segments.last()).map(String::as_str);
        match &value.value {
            ValueDef::Composite(composite) => self.composite(composite, ty, name),
            ValueDef::Variant(variant) => self.variant(variant, value.context, name),
            ValueDef::BitSequence(bits) => {
                Shown::Word(format!("<{}>", bits.iter().map(|bit| if bit { '1' } else { '0' }).collect::<String>()))
            }
            ValueDef::Primitive(primitive) => self.primitive(primitive, value.context),
        }
    }

    fn composite(&self, composite: &Composite<u32>, ty: Option<&Type<PortableForm>>, name: Option<&str>) -> Shown {
        if let Some(bytes) = bytes_of(composite) {
            match (name, <[u8; 32]>::try_from(&bytes[..])) {
                (Some("AccountId32"), Ok(account)) => return Shown::Word(account::to_ss58(&account, self.ss58_prefix)),
                _ if self.is_bytes(ty) => return Shown::hex(bytes),
                _ => {}
            }
        }
        match composite {
            Composite::Named(fields) if name == Some("ModuleError") => {
                self.module_error(fields).unwrap_or_else(|| self.fields(fields))
            }
            Composite::Named(fields) => self.fields(fields),
            Composite::Unnamed(values) => match (&values[..], ty.map(|ty| &ty.type_def)) {
                ([], Some(TypeDef::Tuple(_) | TypeDef::Composite(_))) => Shown::Null,
                ([only], Some(TypeDef::Composite(_))) => self.show(only),
                (values, _) => Shown::List(values.iter().map(|value| self.show(value)).collect()),
            },
        }
    }

    fn fields(&self, fields: &[(String, Value<u32>)]) -> Shown {
        Shown::Map(fields.iter().map(|(name, value)| (name.clone(), self.show(value))).collect())
    }

    fn variant(&self, variant: &Variant<u32>, type_id: u32, name: Option<&str>) -> Shown {
        let outer = self.metadata.outer_enums();
        let is_outer = [outer.call_enum_ty(), outer.event_enum_ty(), outer.error_enum_ty()].contains(&type_id);
        match (name, variant.name.as_str(), &variant.values) {
            (Some("Option"), "None", _) => Shown::Null,
            (Some("Option"), "Some", Composite::Unnamed(values)) => match values.first() {
                Some(inner) if !self.is_option(inner.context) => self.show(inner),
                _ => Shown::Map(vec![("Some".into(), self.content(&variant.values))]),
            },
            (Some("MultiAddress"), "Id", values) => self.content(values),
            (_, pallet, Composite::Unnamed(values)) if is_outer && values.len() == 1 => match &values[0].value {
                ValueDef::Variant(inner) => self.named(&format!("{pallet}.{}", inner.name), &inner.values),
                _ => self.named(pallet, &variant.values),
            },
            (_, name, values) => self.named(name, values),
        }
    }

    fn named(&self, name: &str, content: &Composite<u32>) -> Shown {
        match content.is_empty() {
            true => Shown::Word(name.into()),
            false => Shown::Map(vec![(name.into(), self.content(content))]),
        }
    }

    fn content(&self, content: &Composite<u32>) -> Shown {
        match content {
            Composite::Named(fields) => self.fields(fields),
            Composite::Unnamed(values) if values.len() == 1 => self.show(&values[0]),
            Composite::Unnamed(values) => Shown::List(values.iter().map(|value| self.show(value)).collect()),
        }
    }

    /// `Pallet.Error` of the indices in a dispatch error.
    fn module_error(&self, fields: &[(String, Value<u32>)]) -> Option<Shown> {
        let index = fields.iter().find(|(name, _)| name == "index")?.1.as_u128()?;
        let error = fields.iter().find(|(name, _)| name == "error")?;
        let ValueDef::Composite(error) = &error.1.value else { return None };
        let pallet = self.metadata.pallet_by_error_index(u8::try_from(index).ok()?)?;
        let variant = pallet.error_variant_by_index(*bytes_of(error)?.first()?)?;
        Some(Shown::Word(format!("{}.{}", pallet.name(), variant.name)))
    }

    fn primitive(&self, primitive: &Primitive, type_id: u32) -> Shown {
        match primitive {
            Primitive::Bool(value) => Shown::Bool(*value),
            Primitive::Char(value) => Shown::Text(value.to_string()),
            Primitive::String(text) => Shown::Text(text.clone()),
            Primitive::U128(number) => self.number(number.to_string(), type_id),
            Primitive::I128(number) => self.number(number.to_string(), type_id),
            Primitive::U256(bytes) => Shown::WideInteger(sp_core::U256::from_little_endian(bytes).to_string()),
            Primitive::I256(bytes) => Shown::hex(bytes),
        }
    }

    fn number(&self, digits: String, type_id: u32) -> Shown {
        match self.is_wide(type_id) {
            true => Shown::WideInteger(digits),
            false => Shown::Integer(digits),
        }
    }

    fn is_wide(&self, type_id: u32) -> bool {
        use TypeDefPrimitive::{I16, I32, I8, U16, U32, U8};
        match self.metadata.types().resolve(type_id).map(|ty| &ty.type_def) {
            Some(TypeDef::Primitive(primitive)) => !matches!(primitive, U8 | U16 | U32 | I8 | I16 | I32),
            Some(TypeDef::Compact(inner)) => self.is_wide(inner.type_param.id),
            _ => true,
        }
    }

    fn is_option(&self, type_id: u32) -> bool {
        let ty = self.metadata.types().resolve(type_id);
        ty.and_then(|ty| ty.path.segments.last()).is_some_and(|name| name == "Option")
    }

    /// Whether a type is `Vec<u8>`, `[u8; N]` or a wrapper of one.
    fn is_bytes(&self, ty: Option<&Type<PortableForm>>) -> bool {
        let types = self.metadata.types();
        let is_u8 = |id| types.resolve(id).is_some_and(|ty| ty.type_def == TypeDef::Primitive(TypeDefPrimitive::U8));
        match ty.map(|ty| &ty.type_def) {
            Some(TypeDef::Sequence(inner)) => is_u8(inner.type_param.id),
            Some(TypeDef::Array(inner)) => is_u8(inner.type_param.id),
            Some(TypeDef::Composite(wrapper)) => match &wrapper.fields[..] {
                [only] => self.is_bytes(types.resolve(only.ty.id)),
                _ => false,
            },
            _ => false,
        }
    }
}

/// The bytes of a list of numbers below 256, or of a wrapper of one.
fn bytes_of(composite: &Composite<u32>) -> Option<Vec<u8>> {
    if let Composite::Unnamed(values) = composite {
        if let [Value { value: ValueDef::Composite(inner), .. }] = &values[..] {
            return bytes_of(inner);
        }
    }
    composite.values().map(|value| value.as_u128().and_then(|number| u8::try_from(number).ok())).collect()
}

/// A type as people write it: `Vec<u8>`, `Option<AccountId32>`, `(u32, bool)`.
pub fn type_name(types: &PortableRegistry, id: u32) -> String {
    type_name_within(types, id, 4)
}

fn type_name_within(types: &PortableRegistry, id: u32, depth: u32) -> String {
    let Some(ty) = types.resolve(id) else { return format!("type {id}") };
    let Some(depth) = depth.checked_sub(1) else { return "…".into() };
    let inner = |id: u32| type_name_within(types, id, depth);
    match &ty.type_def {
        TypeDef::Primitive(primitive) => format!("{primitive:?}").to_lowercase(),
        TypeDef::Sequence(of) => format!("Vec<{}>", inner(of.type_param.id)),
        TypeDef::Array(of) => format!("[{}; {}]", inner(of.type_param.id), of.len),
        TypeDef::Compact(of) => format!("Compact<{}>", inner(of.type_param.id)),
        TypeDef::Tuple(of) => {
            format!("({})", of.fields.iter().map(|field| inner(field.id)).collect::<Vec<_>>().join(", "))
        }
        TypeDef::BitSequence(_) => "bits".into(),
        TypeDef::Composite(_) | TypeDef::Variant(_) => {
            let name = ty.path.segments.last().map_or("struct", String::as_str);
            let parameters: Vec<String> = ty.type_params.iter().filter_map(|p| p.ty.map(|ty| inner(ty.id))).collect();
            match parameters.is_empty() || name.starts_with("Runtime") {
                true => name.to_owned(),
                false => format!("{name}<{}>", parameters.join(", ")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_from_ten_thousand_on() {
        for (digits, text) in
            [("1", "1"), ("9999", "9999"), ("10000", "10_000"), ("-1000000", "-1_000_000"), ("123456", "123_456")]
        {
            assert_eq!(grouped(digits), text);
        }
    }

    #[test]
    fn text_is_indented_and_json_keeps_order_and_digits() {
        let shown = Shown::map([
            ("nonce", Shown::integer(3)),
            ("data", Shown::map([("free", Shown::wide(u64::MAX)), ("flags", Shown::List(vec![]))])),
            ("list", Shown::List(vec![Shown::map([("a", Shown::Null), ("b", Shown::Text("x y".into()))])])),
        ]);
        let text =
            "nonce: 3\ndata:\n  free: 18_446_744_073_709_551_615\n  flags: []\nlist:\n  - a: null\n    b: \"x y\"";
        assert_eq!(shown.to_text(), text);
        let json = serde_json::to_string(&shown).expect("serialises");
        let expected = r#"{"nonce":3,"data":{"free":"18446744073709551615","flags":[]},"list":[{"a":null,"b":"x y"}]}"#;
        assert_eq!(json, expected);
    }
}
