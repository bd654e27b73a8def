//! Content as DAG-CBOR.

use super::{
    Code, Const, Content, Decl, DescriptorError, Effect, Founder, Function, Handler, Import, Invariant, Param,
    Proposal, Signature, State, FORMAT, LIMITS,
};
use crate::{
    ast::Level,
    descriptor::build::bound_type,
    program::{Band, InForce, SettingValue},
    types::{FieldDef, Type, TypeDef, Types, VariantDef},
    value::{self, Value},
};
use icn_dag::{ipld, Cid, Error, Ipld};
use std::collections::BTreeMap;

type Written = Result<Ipld, DescriptorError>;

/// All of it.
pub(super) fn bytes(content: &Content) -> Result<Vec<u8>, DescriptorError> {
    encode(&document(content, true)?)
}

/// Without the source and the one before.
pub(super) fn rules(content: &Content) -> Result<Vec<u8>, DescriptorError> {
    encode(&document(content, false)?)
}

fn encode(ipld: &Ipld) -> Result<Vec<u8>, DescriptorError> {
    ipld::encode(ipld, &LIMITS).map_err(|error| match error {
        Error::TooLarge { .. } => DescriptorError::TooLarge,
        _ => DescriptorError::NotCanonical,
    })
}

/// A map that leaves out what there is none of.
#[derive(Default)]
struct Map(BTreeMap<String, Ipld>);

impl Map {
    fn with(mut self, key: &str, value: Ipld) -> Self {
        self.0.insert(key.into(), value);
        self
    }

    fn maybe(self, key: &str, value: Option<Ipld>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    fn words(self, key: &str, words: &str) -> Self {
        self.maybe(key, (!words.is_empty()).then(|| text(words)))
    }

    fn flag(self, key: &str, flag: bool) -> Self {
        self.maybe(key, flag.then_some(Ipld::Bool(true)))
    }

    fn in_force(self, in_force: InForce) -> Self {
        let moment = |millis: i64| Ipld::Integer(millis.into());
        self.maybe("effective", in_force.effective.map(moment)).maybe("sunset", in_force.sunset.map(moment))
    }

    fn list(self, key: &str, list: Vec<Ipld>) -> Self {
        self.maybe(key, (!list.is_empty()).then_some(Ipld::List(list)))
    }

    fn named<T>(
        self,
        key: &str,
        named: &BTreeMap<String, T>,
        each: impl Fn(&T) -> Written,
    ) -> Result<Self, DescriptorError> {
        if named.is_empty() {
            return Ok(self);
        }
        let all =
            named.iter().map(|(name, of)| Ok((name.clone(), each(of)?))).collect::<Result<_, DescriptorError>>()?;
        Ok(self.with(key, Ipld::Map(all)))
    }

    fn end(self) -> Ipld {
        Ipld::Map(self.0)
    }
}

fn text(text: &str) -> Ipld {
    Ipld::String(text.into())
}

fn wide(number: i128) -> Ipld {
    Ipld::Bytes(number.to_be_bytes().to_vec())
}

fn ratio((numerator, denominator): (i128, i128)) -> Ipld {
    Ipld::List(vec![wide(numerator), wide(denominator)])
}

fn link(cid: &Cid) -> Ipld {
    Ipld::Link(cid.into())
}

fn texts<'a>(all: impl IntoIterator<Item = &'a String>) -> Vec<Ipld> {
    all.into_iter().map(|one| text(one)).collect()
}

fn document(content: &Content, with_source: bool) -> Written {
    let types = &content.types;
    let mut decls = BTreeMap::new();
    for (kind, named) in &content.decls {
        let of_kind = Map::default().named("all", named, decl)?.0.remove("all");
        of_kind.into_iter().for_each(|of_kind| drop(decls.insert(kind.word().to_string(), of_kind)));
    }
    let own: BTreeMap<_, _> = own_types(types).collect();
    let requires = |requires: &Option<(i128, i128)>| Ok(Ipld::List(requires.iter().copied().map(ratio).collect()));
    let map = Map::default()
        .with("format", Ipld::Integer(FORMAT))
        .with("document", text(&content.document))
        .with("title", text(&content.title))
        .with("version", text(&content.version))
        .with("scope", text(&content.scope))
        .words("docs", &content.docs)
        .maybe("source", with_source.then(|| link(&content.source)))
        .maybe("previous", content.previous.as_ref().filter(|_| with_source).map(link))
        .named("imports", &content.imports, import)?
        .named("types", &own, |def| Ok(type_def(def)))?
        .maybe("decls", (!decls.is_empty()).then_some(Ipld::Map(decls)))
        .named("consts", &content.consts, |constant| constant_of(constant, types))?
        .named("permissions", &content.permissions, |words| Ok(text(words)))?
        .named("founders", &content.founders, |founder| Ok(founder_of(founder)))?
        .named("states", &content.states, |state| state_of(state, types))?
        .list("dropped", texts(&content.dropped))
        .named("events", &content.events, signature)?
        .named("errors", &content.errors, signature)?
        .named("functions", &content.functions, function)?
        .list("handlers", content.handlers.iter().map(handler).collect())
        .named("invariants", &content.invariants, invariant)?
        .named("entrench", &content.entrench, requires)?;
    Ok(map.end())
}

/// Types that the language does not have by itself.
pub(super) fn own_types(types: &Types) -> impl Iterator<Item = (String, &TypeDef)> {
    let known = Types::default();
    types.iter().filter(move |(name, _)| known.get(name).is_none()).map(|(name, def)| (name.clone(), def))
}

fn import(import: &Import) -> Written {
    Ok(Map::default().with("name", text(&import.name)).with("cid", link(&import.cid)).end())
}

fn fields(fields: &[FieldDef]) -> Vec<Ipld> {
    fields.iter().map(|field| Ipld::List(vec![text(&field.name), text(&field.ty.to_string())])).collect()
}

fn type_def(def: &&TypeDef) -> Ipld {
    let variant = |variant: &VariantDef| {
        let payload = variant.payload.iter().map(|ty| text(&ty.to_string()));
        Ipld::List(std::iter::once(text(&variant.name)).chain(payload).collect())
    };
    match def {
        TypeDef::Record(of) => Map::default().with("record", Ipld::List(fields(of))).end(),
        TypeDef::Enum(variants) => {
            Map::default().with("enum", Ipld::List(variants.iter().map(variant).collect())).end()
        }
    }
}

fn decl(decl: &Decl) -> Written {
    let map = Map::default().words("docs", &decl.docs).maybe("extends", decl.extends.as_deref().map(text)).named(
        "settings",
        &decl.settings,
        |value| Ok(setting(value)),
    )?;
    Ok(match &decl.proposal {
        None => map.end(),
        Some(proposal) => proposed(map, proposal).end(),
    })
}

fn proposed(map: Map, proposal: &Proposal) -> Map {
    map.list("params", fields(&proposal.params))
        .flag("signed", proposal.signed)
        .in_force(proposal.in_force)
        .maybe("condition", proposal.condition.as_ref().map(code))
        .with("effect", code(&proposal.effect))
}

/// A setting; which form it has is known from the table of settings.
fn setting(value: &SettingValue) -> Ipld {
    use SettingValue as V;
    let block = |settings: &BTreeMap<String, V>| {
        Ipld::Map(settings.iter().map(|(key, value)| (key.clone(), setting(value))).collect())
    };
    match value {
        V::Text(words) | V::Did(words) | V::Name(words) => text(words),
        V::Bool(yes) => Ipld::Bool(*yes),
        V::Int(number) | V::Count(number) => wide(*number),
        V::Ratio(numerator, denominator) => ratio((*numerator, *denominator)),
        V::Duration(millis) | V::Time(millis) => Ipld::Integer((*millis).into()),
        // The resolver takes valid CIDs only; another one is refused when it is read back.
        V::Cid(cid) => cid.parse().map_or_else(|_| text(cid), Ipld::Link),
        V::Amount { minor, resource } => {
            Map::default().with("minor", wide(*minor)).with("resource", text(resource)).end()
        }
        V::Word(word, payload) => {
            let payload = payload.iter().map(|payload| setting(payload));
            Ipld::List(std::iter::once(text(word)).chain(payload).collect())
        }
        V::List(values) => Ipld::List(values.iter().map(setting).collect()),
        V::Block(settings) => block(settings),
        V::Named(named) => Ipld::Map(named.iter().map(|(name, settings)| (name.clone(), block(settings))).collect()),
        V::Bands(bands) => {
            let band = |band: &Band| {
                let map = Map::default().with("from", wide(band.from)).maybe("to", band.to.map(wide));
                map.with("settings", block(&band.settings)).end()
            };
            Ipld::List(bands.iter().map(band).collect())
        }
        V::Types(types) => {
            let claim = |(name, ty): &(String, Type)| Ipld::List(vec![text(name), text(&ty.to_string())]);
            Ipld::List(types.iter().map(claim).collect())
        }
        V::Condition(_) => Ipld::Null,
    }
}

fn hash(hash: &super::Hash) -> Ipld {
    Ipld::Bytes(hash.to_vec())
}

fn code(code: &Code) -> Ipld {
    Map::default()
        .maybe("export", code.export.as_deref().map(text))
        .with("hash", hash(&code.hash))
        .list("effects", code.effects.iter().map(effect).collect())
        .list("writes", texts(&code.writes))
        .list("later", texts(&code.later))
        .list("reads", texts(&code.reads))
        .list("views", texts(&code.views))
        .end()
}

fn effect(effect: &Effect) -> Ipld {
    let name = |name: &Option<String>| Ipld::List(texts(name));
    Map::default()
        .with("call", text(&effect.call))
        .list("names", effect.names.iter().map(name).collect())
        .maybe("resource", effect.resource.as_deref().map(text))
        .end()
}

fn stored(value: &Value, ty: &Type, types: &Types) -> Written {
    let bytes = value::encode(value, ty, types).map_err(|error| match error {
        value::CodecError::TooLarge => DescriptorError::TooLarge,
        _ => DescriptorError::Malformed { at: "value" },
    })?;
    ipld::decode(&bytes, &LIMITS).map_err(|_| DescriptorError::NotCanonical)
}

fn constant_of(constant: &Const, types: &Types) -> Written {
    let map = Map::default()
        .words("docs", &constant.docs)
        .with("type", text(&constant.ty.to_string()))
        .with("value", stored(&constant.value, &constant.ty, types)?)
        .flag("settable", constant.settable);
    let param = constant.param.as_ref().map(|param| param_of(param, &constant.ty, types)).transpose()?;
    Ok(map.maybe("param", param).end())
}

fn param_of(param: &Param, ty: &Type, types: &Types) -> Written {
    let bound =
        |value: &Option<Value>| value.as_ref().map(|value| stored(value, bound_type(ty, value), types)).transpose();
    Ok(Map::default()
        .maybe("min", bound(&param.min)?)
        .maybe("max", bound(&param.max)?)
        .flag("given", param.given)
        .end())
}

fn founder_of(founder: &Founder) -> Ipld {
    Map::default()
        .with("param", text(&founder.param))
        .with("min", wide(founder.min.into()))
        .maybe("max", founder.max.map(|max| wide(max.into())))
        .end()
}

fn state_of(state: &State, types: &Types) -> Written {
    Ok(Map::default()
        .words("docs", &state.docs)
        .with("type", text(&state.ty.to_string()))
        .with("layout", hash(&state.layout))
        .with("initial", stored(&state.initial, &state.ty, types)?)
        .maybe("max", state.max.map(|max| wide(max.into())))
        .end())
}

fn signature(signature: &Signature) -> Written {
    Ok(Map::default().words("docs", &signature.docs).list("fields", fields(&signature.fields)).end())
}

/// The word of a level.
pub(super) fn level(level: Level) -> &'static str {
    match level {
        Level::Pure => "fn",
        Level::View => "view",
        Level::Action => "action",
    }
}

fn function(function: &Function) -> Written {
    Ok(Map::default()
        .words("docs", &function.docs)
        .with("level", text(level(function.level)))
        .list("params", fields(&function.params))
        .with("result", text(&function.result.to_string()))
        .maybe("requires", function.requires.as_deref().map(text))
        .flag("signed", function.signed)
        .in_force(function.in_force)
        .with("code", code(&function.code))
        .end())
}

fn handler(handler: &Handler) -> Ipld {
    Map::default()
        .with("event", text(&handler.event))
        .words("docs", &handler.docs)
        .with("code", code(&handler.code))
        .end()
}

fn invariant(invariant: &Invariant) -> Written {
    Ok(Map::default()
        .words("docs", &invariant.docs)
        .with("tree", hash(&invariant.tree))
        .maybe("fuel_max", invariant.fuel_max.map(|fuel| wide(fuel.into())))
        .with("code", code(&invariant.code))
        .end())
}
