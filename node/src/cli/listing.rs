//! What a chain offers, from its metadata: for `--list`.

use super::{
    client::lookup::{self, LookupError},
    value::{shown::type_name, Shown, Types},
};
use subxt::metadata::{Metadata, PalletMetadata, RuntimeApiMetadata, StorageEntryMetadata};

/// All pallets and runtime APIs, each with the first sentence of its documentation.
pub fn overview(metadata: &Metadata) -> Shown {
    let pallets = metadata.pallets().map(|pallet| (pallet.name().to_owned(), contents(pallet)));
    let apis = metadata.runtime_api_traits().map(|api| (api.name().to_owned(), methods(&api)));
    Shown::map([("pallets", Shown::Map(pallets.collect())), ("runtime APIs", Shown::Map(apis.collect()))])
}

/// What a pallet or runtime API has to query.
///
/// # Errors
/// When there is none of that name.
pub fn queries(types: &Types<'_>, name: &str) -> Result<Shown, LookupError> {
    let metadata = types.metadata;
    if let Some(api) = metadata.runtime_api_traits().find(|api| api.name() == name) {
        return Ok(Shown::Map(
            api.methods()
                .map(|method| {
                    let inputs = method
                        .inputs()
                        .map(|input| format!("{}: {}", input.name, type_name(metadata.types(), input.id)));
                    let signature = signature(inputs.collect(), &type_name(metadata.types(), method.output_ty()));
                    (format!("{name}.{}", method.name()), described(signature, method.docs()))
                })
                .collect(),
        ));
    }
    let pallet = lookup::pallet(metadata, name)?;
    let storage =
        pallet.storage().into_iter().flat_map(|storage| storage.entries()).map(|entry| {
            (format!("{name}.{}", entry.name()), described(storage_signature(metadata, entry), entry.docs()))
        });
    let constants = pallet.constants().map(|constant| {
        let value = types.decode_or_hex(constant.value(), constant.ty());
        let entries = [("type", Shown::Word(type_name(metadata.types(), constant.ty()))), ("value", value)];
        (format!("{name}.{}", constant.name()), with_docs(entries.to_vec(), constant.docs()))
    });
    Ok(Shown::map([("storage", Shown::Map(storage.collect())), ("constants", Shown::Map(constants.collect()))]))
}

/// The calls of a pallet, or all pallets that have some.
///
/// # Errors
/// When there is no pallet of that name.
pub fn calls(metadata: &Metadata, name: Option<&str>) -> Result<Shown, LookupError> {
    let Some(name) = name else {
        let pallets = metadata.pallets().filter(|pallet| pallet.call_variants().is_some_and(|calls| !calls.is_empty()));
        return Ok(Shown::Map(
            pallets
                .map(|pallet| {
                    let calls =
                        pallet.call_variants().unwrap_or_default().iter().map(|call| Shown::Word(call.name.clone()));
                    (pallet.name().to_owned(), Shown::List(calls.collect()))
                })
                .collect(),
        ));
    };
    let pallet = lookup::pallet(metadata, name)?;
    Ok(Shown::Map(
        pallet
            .call_variants()
            .unwrap_or_default()
            .iter()
            .map(|call| {
                let argument = |field: &scale_info::Field<scale_info::form::PortableForm>| {
                    let name = field.name.clone().unwrap_or_default();
                    (name, Shown::Word(type_name(metadata.types(), field.ty.id)))
                };
                let arguments = Shown::Map(call.fields.iter().map(argument).collect());
                (format!("{name}.{}", call.name), with_docs(vec![("arguments", arguments)], &call.docs))
            })
            .collect(),
    ))
}

fn contents(pallet: PalletMetadata<'_>) -> Shown {
    let storage = pallet.storage().into_iter().flat_map(|storage| storage.entries());
    let storage = storage.map(|entry| entry.name().to_owned());
    let names = storage.chain(pallet.constants().map(|constant| constant.name().to_owned()));
    Shown::List(names.map(Shown::Word).collect())
}

fn methods(api: &RuntimeApiMetadata<'_>) -> Shown {
    Shown::List(api.methods().map(|method| Shown::word(method.name())).collect())
}

fn storage_signature(metadata: &Metadata, entry: &StorageEntryMetadata) -> String {
    let keys = entry.keys().map(|key| type_name(metadata.types(), key.key_id)).collect::<Vec<_>>();
    let value = type_name(metadata.types(), entry.value_ty());
    match keys.is_empty() {
        true => value,
        false => signature(keys, &value),
    }
}

fn signature(inputs: Vec<String>, output: &str) -> String {
    format!("({}) -> {output}", inputs.join(", "))
}

fn described(signature: String, docs: &[String]) -> Shown {
    with_docs(vec![("type", Shown::Word(signature))], docs)
}

fn with_docs(mut entries: Vec<(&str, Shown)>, docs: &[String]) -> Shown {
    let docs = docs.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
    let docs = docs.split_whitespace().collect::<Vec<_>>().join(" ");
    if !docs.is_empty() {
        entries.push(("docs", Shown::Word(docs)));
    }
    Shown::Map(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}
