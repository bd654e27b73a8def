//! Content from DAG-CBOR: every map is read to its last key.

use super::{
    type_of_text, Code, Const, Content, Decl, DescriptorError, Effect, Founder, Function, Handler, Hash, Import,
    Invariant, Param, Proposal, Signature, State, FORMAT, LIMITS,
};
use crate::{
    ast::Level,
    program::{Band, InForce, SettingValue},
    schema::{self, Form, Kind, Setting, Shape},
    types::{FieldDef, Type, TypeDef, Types, VariantDef},
    value::{self, Value},
};
use icn_dag::{ipld, Cid, Error, Ipld};
use std::collections::BTreeMap;

type Read<T> = Result<T, DescriptorError>;

fn wrong<T>(at: &'static str) -> Read<T> {
    Err(DescriptorError::Malformed { at })
}

pub(super) fn content(bytes: &[u8]) -> Read<Content> {
    let ipld = ipld::decode(bytes, &LIMITS).map_err(|error| match error {
        Error::TooLarge { .. } => DescriptorError::TooLarge,
        _ => DescriptorError::NotCanonical,
    })?;
    let mut map = Map::of(ipld, "descriptor")?;
    match map.must("format")? {
        Ipld::Integer(FORMAT) => {}
        _ => return Err(DescriptorError::Format),
    }
    let types = types(&mut map)?;
    let content = Content {
        document: map.text("document")?,
        title: map.text("title")?,
        version: map.text("version")?,
        scope: map.text("scope")?,
        docs: map.words("docs")?,
        source: link(map.must("source")?, "source")?,
        previous: map.take("previous").map(|cid| link(cid, "previous")).transpose()?,
        imports: map.named("imports", import)?,
        decls: decls(&mut map)?,
        consts: map.named("consts", |ipld| constant(ipld, &types))?,
        permissions: map.named("permissions", |ipld| text(ipld, "permissions"))?,
        founders: map.named("founders", founder)?,
        states: map.named("states", |ipld| state(ipld, &types))?,
        dropped: map.texts("dropped")?.into_iter().collect(),
        events: map.named("events", signature)?,
        errors: map.named("errors", signature)?,
        functions: map.named("functions", function)?,
        handlers: map.list("handlers")?.into_iter().map(handler).collect::<Read<_>>()?,
        invariants: map.named("invariants", invariant)?,
        entrench: map.named("entrench", requires)?,
        types,
    };
    map.end()?;
    Ok(content)
}

/// A map whose keys are taken out one by one.
struct Map {
    at: &'static str,
    left: BTreeMap<String, Ipld>,
}

impl Map {
    fn of(ipld: Ipld, at: &'static str) -> Read<Self> {
        match ipld {
            Ipld::Map(left) => Ok(Self { at, left }),
            _ => wrong(at),
        }
    }

    fn take(&mut self, key: &str) -> Option<Ipld> {
        self.left.remove(key)
    }

    fn must(&mut self, key: &'static str) -> Read<Ipld> {
        self.take(key).ok_or(DescriptorError::Malformed { at: key })
    }

    fn text(&mut self, key: &'static str) -> Read<String> {
        text(self.must(key)?, key)
    }

    fn words(&mut self, key: &'static str) -> Read<String> {
        self.take(key).map_or(Ok(String::new()), |ipld| text(ipld, key))
    }

    fn maybe_text(&mut self, key: &'static str) -> Read<Option<String>> {
        self.take(key).map(|ipld| text(ipld, key)).transpose()
    }

    fn flag(&mut self, key: &'static str) -> Read<bool> {
        match self.take(key) {
            None => Ok(false),
            Some(Ipld::Bool(true)) => Ok(true),
            Some(_) => wrong(key),
        }
    }

    fn in_force(&mut self) -> Read<InForce> {
        let mut moment = |key: &'static str| self.take(key).map(|ipld| millis(&ipld, key)).transpose();
        Ok(InForce { effective: moment("effective")?, sunset: moment("sunset")? })
    }

    fn count(&mut self, key: &'static str) -> Read<Option<u64>> {
        self.take(key).map(|ipld| count(&ipld, key)).transpose()
    }

    fn list(&mut self, key: &'static str) -> Read<Vec<Ipld>> {
        self.take(key).map_or(Ok(Vec::new()), |ipld| list(ipld, key))
    }

    fn texts(&mut self, key: &'static str) -> Read<Vec<String>> {
        self.list(key)?.into_iter().map(|ipld| text(ipld, key)).collect()
    }

    fn ty(&mut self, key: &'static str) -> Read<Type> {
        ty(&self.text(key)?, key)
    }

    fn fields(&mut self, key: &'static str) -> Read<Vec<FieldDef>> {
        self.list(key)?.into_iter().map(|ipld| field(ipld, key)).collect()
    }

    fn named<T>(&mut self, key: &'static str, each: impl Fn(Ipld) -> Read<T>) -> Read<BTreeMap<String, T>> {
        match self.take(key) {
            None => Ok(BTreeMap::new()),
            Some(Ipld::Map(map)) => map.into_iter().map(|(name, ipld)| Ok((name, each(ipld)?))).collect(),
            Some(_) => wrong(key),
        }
    }

    fn hash(&mut self, key: &'static str) -> Read<Hash> {
        match self.must(key)? {
            Ipld::Bytes(bytes) => bytes.try_into().map_err(|_| DescriptorError::Malformed { at: key }),
            _ => wrong(key),
        }
    }

    fn code(&mut self, key: &'static str) -> Read<Code> {
        code(self.must(key)?)
    }

    fn end(self) -> Read<()> {
        match self.left.is_empty() {
            true => Ok(()),
            false => wrong(self.at),
        }
    }
}

fn text(ipld: Ipld, at: &'static str) -> Read<String> {
    match ipld {
        Ipld::String(text) => Ok(text),
        _ => wrong(at),
    }
}

fn list(ipld: Ipld, at: &'static str) -> Read<Vec<Ipld>> {
    match ipld {
        Ipld::List(list) => Ok(list),
        _ => wrong(at),
    }
}

fn link(ipld: Ipld, at: &'static str) -> Read<Cid> {
    match ipld {
        Ipld::Link(cid) => Cid::try_from(&cid).map_err(|_| DescriptorError::Malformed { at }),
        _ => wrong(at),
    }
}

fn wide(ipld: &Ipld, at: &'static str) -> Read<i128> {
    match ipld {
        Ipld::Bytes(bytes) => bytes.as_slice().try_into().map(i128::from_be_bytes).or_else(|_| wrong(at)),
        _ => wrong(at),
    }
}

fn count(ipld: &Ipld, at: &'static str) -> Read<u64> {
    u64::try_from(wide(ipld, at)?).or_else(|_| wrong(at))
}

fn ratio(ipld: &Ipld, at: &'static str) -> Read<(i128, i128)> {
    let Ipld::List(parts) = ipld else { return wrong(at) };
    let [numerator, denominator] = parts.as_slice() else { return wrong(at) };
    let pair = (wide(numerator, at)?, wide(denominator, at)?);
    match crate::number::reduced(pair.0, pair.1) {
        Some(reduced) if reduced == pair => Ok(pair),
        _ => wrong(at),
    }
}

fn share(ipld: &Ipld, at: &'static str) -> Read<(i128, i128)> {
    let (numerator, denominator) = ratio(ipld, at)?;
    match numerator >= 0 && numerator <= denominator {
        true => Ok((numerator, denominator)),
        false => wrong(at),
    }
}

fn millis(ipld: &Ipld, at: &'static str) -> Read<i64> {
    match ipld {
        Ipld::Integer(millis) => i64::try_from(*millis).or_else(|_| wrong(at)),
        _ => wrong(at),
    }
}

fn ty(text: &str, at: &'static str) -> Read<Type> {
    type_of_text(text).ok_or(DescriptorError::Malformed { at })
}

fn field(ipld: Ipld, at: &'static str) -> Read<FieldDef> {
    match <[Ipld; 2]>::try_from(list(ipld, at)?) {
        Ok([name, of]) => Ok(FieldDef { name: text(name, at)?, ty: ty(&text(of, at)?, at)? }),
        Err(_) => wrong(at),
    }
}

fn types(map: &mut Map) -> Read<Types> {
    let mut types = Types::default();
    for (name, def) in map.named("types", type_def)? {
        if !types.add(name, def) {
            return wrong("types");
        }
    }
    Ok(types)
}

fn type_def(ipld: Ipld) -> Read<TypeDef> {
    let mut map = Map::of(ipld, "types")?;
    let variant = |ipld: Ipld| {
        let mut parts = list(ipld, "enum")?.into_iter().map(|part| text(part, "enum"));
        let name = parts.next().unwrap_or(wrong("enum"))?;
        let payload = parts.map(|part| ty(&part?, "enum")).collect::<Read<_>>()?;
        Ok(VariantDef { name, payload })
    };
    let def = match map.take("enum") {
        Some(variants) => TypeDef::Enum(list(variants, "enum")?.into_iter().map(variant).collect::<Read<_>>()?),
        None => {
            let fields = list(map.must("record")?, "record")?;
            TypeDef::Record(fields.into_iter().map(|ipld| field(ipld, "record")).collect::<Read<_>>()?)
        }
    };
    map.end()?;
    Ok(def)
}

fn import(ipld: Ipld) -> Read<Import> {
    let mut map = Map::of(ipld, "imports")?;
    let import = Import { name: map.text("name")?, cid: link(map.must("cid")?, "cid")? };
    map.end()?;
    Ok(import)
}

fn decls(map: &mut Map) -> Read<BTreeMap<Kind, BTreeMap<String, Decl>>> {
    let Some(decls) = map.take("decls") else { return Ok(BTreeMap::new()) };
    let mut decls = Map::of(decls, "decls")?;
    let mut all = BTreeMap::new();
    for kind in Kind::ALL {
        let named = decls.named(kind.word(), |ipld| decl(ipld, kind))?;
        if !named.is_empty() {
            all.insert(kind, named);
        }
    }
    decls.end()?;
    Ok(all)
}

fn decl(ipld: Ipld, kind: Kind) -> Read<Decl> {
    let mut map = Map::of(ipld, kind.word())?;
    let decl = Decl {
        docs: map.words("docs")?,
        extends: map.maybe_text("extends")?,
        settings: block(map.take("settings").unwrap_or(Ipld::Map(BTreeMap::new())), kind.settings(), "settings")?,
        proposal: match kind {
            Kind::Proposal => Some(proposal(&mut map)?),
            _ => None,
        },
    };
    map.end()?;
    Ok(decl)
}

fn proposal(map: &mut Map) -> Read<Proposal> {
    Ok(Proposal {
        params: map.fields("params")?,
        signed: map.flag("signed")?,
        in_force: map.in_force()?,
        condition: map.take("condition").map(code).transpose()?,
        effect: map.code("effect")?,
    })
}

/// Settings by their table: each has its form, those that are needed are there, and so are the defaults.
fn block(ipld: Ipld, table: &'static [Setting], at: &'static str) -> Read<BTreeMap<String, SettingValue>> {
    let mut map = Map::of(ipld, at)?;
    let mut settings = BTreeMap::new();
    for schema in table {
        let is_condition = matches!(schema.shape, Shape::Value(Form::Condition));
        let Some(value) = map.take(schema.key).filter(|_| !is_condition) else {
            match schema.need {
                schema::Need::Optional => continue,
                _ => return wrong(schema.key),
            }
        };
        settings.insert(schema.key.to_string(), shaped(value, schema)?);
    }
    map.end()?;
    Ok(settings)
}

fn shaped(ipld: Ipld, schema: &'static Setting) -> Read<SettingValue> {
    let key = schema.key;
    Ok(match schema.shape {
        Shape::Value(form) => setting(&ipld, form, key)?,
        Shape::Block(table) => SettingValue::Block(block(ipld, table, key)?),
        Shape::Named(_, table) => {
            let named = Map::of(ipld, key)?.left;
            let each = |(name, ipld)| Ok((name, block(ipld, table, key)?));
            SettingValue::Named(named.into_iter().map(each).collect::<Read<_>>()?)
        }
        Shape::Bands(table) => {
            let band = |ipld| {
                let mut map = Map::of(ipld, key)?;
                let band = Band {
                    from: wide(&map.must("from")?, key)?,
                    to: map.take("to").map(|to| wide(&to, key)).transpose()?,
                    settings: block(map.must("settings")?, table, key)?,
                };
                map.end()?;
                Ok(band)
            };
            SettingValue::Bands(list(ipld, key)?.into_iter().map(band).collect::<Read<_>>()?)
        }
        Shape::Types => {
            let claim = |ipld| field(ipld, key).map(|field| (field.name, field.ty));
            SettingValue::Types(list(ipld, key)?.into_iter().map(claim).collect::<Read<_>>()?)
        }
    })
}

fn setting(ipld: &Ipld, form: Form, at: &'static str) -> Read<SettingValue> {
    use SettingValue as V;
    let words = |ipld: &Ipld| text(ipld.clone(), at);
    Ok(match form {
        Form::Text => V::Text(words(ipld)?),
        Form::Bool => match ipld {
            Ipld::Bool(yes) => V::Bool(*yes),
            _ => return wrong(at),
        },
        Form::Int(min, max) => match wide(ipld, at)? {
            number if (min..=max).contains(&number) => V::Int(number),
            _ => return wrong(at),
        },
        Form::Ratio => share(ipld, at).map(|(a, b)| V::Ratio(a, b))?,
        Form::RatioOrCount => match ipld {
            Ipld::List(_) => share(ipld, at).map(|(a, b)| V::Ratio(a, b))?,
            _ => match wide(ipld, at)? {
                number if number >= 1 => V::Count(number),
                _ => return wrong(at),
            },
        },
        Form::Duration => match millis(ipld, at)? {
            millis if millis >= 0 => V::Duration(millis),
            _ => return wrong(at),
        },
        Form::Time => V::Time(millis(ipld, at)?),
        Form::Did => match words(ipld)? {
            did if crate::sema::is_did(&did) => V::Did(did),
            _ => return wrong(at),
        },
        Form::Cid => match ipld {
            Ipld::Link(cid) => V::Cid(cid.to_string()),
            _ => return wrong(at),
        },
        Form::Amount => amount(ipld, at)?,
        Form::Name(_) => V::Name(words(ipld)?),
        Form::Members(_) => match ipld {
            Ipld::List(members) => each(members, Form::Did, at)?,
            _ => V::Name(words(ipld)?),
        },
        Form::Cost => match ipld {
            Ipld::Map(_) => amount(ipld, at)?,
            _ => V::Name(words(ipld)?),
        },
        Form::Word(all) => word(ipld, all, at)?,
        Form::List(of) => each(&list(ipld.clone(), at)?, *of, at)?,
        Form::Permissions | Form::Names => {
            let names = list(ipld.clone(), at)?;
            V::List(names.iter().map(|name| words(name).map(V::Name)).collect::<Read<_>>()?)
        }
        Form::Condition => return wrong(at),
    })
}

fn each(items: &[Ipld], form: Form, at: &'static str) -> Read<SettingValue> {
    Ok(SettingValue::List(items.iter().map(|item| setting(item, form, at)).collect::<Read<_>>()?))
}

fn amount(ipld: &Ipld, at: &'static str) -> Read<SettingValue> {
    let mut map = Map::of(ipld.clone(), at)?;
    let (minor, resource) = (wide(&map.must("minor")?, at)?, map.text("resource")?);
    map.end()?;
    match minor >= 0 {
        true => Ok(SettingValue::Amount { minor, resource }),
        false => wrong(at),
    }
}

fn word(ipld: &Ipld, all: &[schema::Word], at: &'static str) -> Read<SettingValue> {
    let Ipld::List(parts) = ipld else { return wrong(at) };
    let Some((Ipld::String(name), payload)) = parts.split_first() else { return wrong(at) };
    let word = all.iter().find(|word| word.word == name).ok_or(DescriptorError::Malformed { at })?;
    let payload = match (payload, word.payload) {
        ([], None) => None,
        ([], Some(_)) if !word.needed => None,
        ([payload], Some(form)) => Some(Box::new(setting(payload, form, at)?)),
        _ => return wrong(at),
    };
    Ok(SettingValue::Word(name.clone(), payload))
}

fn code(ipld: Ipld) -> Read<Code> {
    let mut map = Map::of(ipld, "code")?;
    let code = Code {
        export: map.maybe_text("export")?,
        hash: map.hash("hash")?,
        effects: map.list("effects")?.into_iter().map(effect).collect::<Read<_>>()?,
        writes: map.texts("writes")?.into_iter().collect(),
        later: map.texts("later")?.into_iter().collect(),
        reads: map.texts("reads")?.into_iter().collect(),
        views: map.texts("views")?.into_iter().collect(),
    };
    map.end()?;
    Ok(code)
}

fn effect(ipld: Ipld) -> Read<Effect> {
    let mut map = Map::of(ipld, "effects")?;
    let name = |ipld: Ipld| match list(ipld, "names")? {
        none if none.is_empty() => Ok(None),
        one => match <[Ipld; 1]>::try_from(one) {
            Ok([name]) => Ok(Some(text(name, "names")?)),
            Err(_) => wrong("names"),
        },
    };
    let effect = Effect {
        call: map.text("call")?,
        names: map.list("names")?.into_iter().map(name).collect::<Read<_>>()?,
        resource: map.maybe_text("resource")?,
    };
    map.end()?;
    Ok(effect)
}

fn stored(ipld: &Ipld, ty: &Type, types: &Types, at: &'static str) -> Read<Value> {
    let bytes = ipld::encode(ipld, &LIMITS).map_err(|_| DescriptorError::NotCanonical)?;
    value::decode(&bytes, ty, types).map_err(|_| DescriptorError::Malformed { at })
}

fn constant(ipld: Ipld, types: &Types) -> Read<Const> {
    let mut map = Map::of(ipld, "consts")?;
    let ty = map.ty("type")?;
    let constant = Const {
        docs: map.words("docs")?,
        value: stored(&map.must("value")?, &ty, types, "value")?,
        settable: map.flag("settable")?,
        param: map.take("param").map(|ipld| param(ipld, &ty, types)).transpose()?,
        ty,
    };
    map.end()?;
    Ok(constant)
}

fn param(ipld: Ipld, ty: &Type, types: &Types) -> Read<Param> {
    let mut map = Map::of(ipld, "param")?;
    let bound = |ipld: Option<Ipld>| {
        let Some(ipld) = ipld else { return Ok(None) };
        // The bound of a list is its length.
        let is_length = matches!((ty, &ipld), (Type::List(_), Ipld::Bytes(_)));
        stored(&ipld, if is_length { &Type::Int } else { ty }, types, "param").map(Some)
    };
    let param = Param { min: bound(map.take("min"))?, max: bound(map.take("max"))?, given: map.flag("given")? };
    map.end()?;
    Ok(param)
}

fn founder(ipld: Ipld) -> Read<Founder> {
    let mut map = Map::of(ipld, "founders")?;
    let (param, min) = (map.text("param")?, count(&map.must("min")?, "min")?);
    let founder = Founder { param, min, max: map.count("max")? };
    map.end()?;
    Ok(founder)
}

fn state(ipld: Ipld, types: &Types) -> Read<State> {
    let mut map = Map::of(ipld, "states")?;
    let ty = map.ty("type")?;
    let state = State {
        docs: map.words("docs")?,
        layout: map.hash("layout")?,
        initial: stored(&map.must("initial")?, &ty, types, "initial")?,
        max: map.count("max")?,
        ty,
    };
    map.end()?;
    Ok(state)
}

fn signature(ipld: Ipld) -> Read<Signature> {
    let mut map = Map::of(ipld, "signature")?;
    let signature = Signature { docs: map.words("docs")?, fields: map.fields("fields")? };
    map.end()?;
    Ok(signature)
}

fn function(ipld: Ipld) -> Read<Function> {
    let mut map = Map::of(ipld, "functions")?;
    let levels = [Level::Pure, Level::View, Level::Action];
    let word = map.text("level")?;
    let level = levels.into_iter().find(|level| super::write::level(*level) == word);
    let function = Function {
        docs: map.words("docs")?,
        level: level.ok_or(DescriptorError::Malformed { at: "level" })?,
        params: map.fields("params")?,
        result: map.ty("result")?,
        requires: map.maybe_text("requires")?,
        signed: map.flag("signed")?,
        in_force: map.in_force()?,
        code: map.code("code")?,
    };
    map.end()?;
    Ok(function)
}

fn handler(ipld: Ipld) -> Read<Handler> {
    let mut map = Map::of(ipld, "handlers")?;
    let handler = Handler { event: map.text("event")?, docs: map.words("docs")?, code: map.code("code")? };
    map.end()?;
    Ok(handler)
}

fn invariant(ipld: Ipld) -> Read<Invariant> {
    let mut map = Map::of(ipld, "invariants")?;
    let invariant = Invariant {
        docs: map.words("docs")?,
        tree: map.hash("tree")?,
        fuel_max: map.count("fuel_max")?,
        code: map.code("code")?,
    };
    map.end()?;
    Ok(invariant)
}

fn requires(ipld: Ipld) -> Read<Option<(i128, i128)>> {
    match list(ipld, "entrench")?.as_slice() {
        [] => Ok(None),
        [one] => ratio(one, "entrench").map(Some),
        _ => wrong("entrench"),
    }
}
