//! `icn query`: any storage item, constant or runtime API of a live node.

use super::{
    client::{
        lookup::{self, Item, ItemName},
        types_at, At, BlockId, ClientError, NodeArgs,
    },
    listing,
    output::{note, OutputArgs},
    value::{Literal, Reader, Shown, Types},
};
use scale_value::Value;
use subxt::{
    dynamic,
    error::StorageKeyError,
    metadata::{RuntimeApiMethodMetadata, StorageEntryMetadata},
    storage::{DynamicAddress, StorageEntries, StorageKeyValue},
};

/// Read a storage item, a constant or a runtime API of a live node
///
/// What exists and how it is typed comes from the node's metadata. A map without its key is listed. Arguments are
/// numbers (1_000), accounts (//Alice, SS58 or 0x…), bytes (0x…), text ("…"), lists ([1, 2]), structs ({a: 1}) and
/// variants (Some(1), {"Some": 1}).
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn query System.Account //Alice               one value of a map
  icn query System.Account --limit 10            the first entries of a map
  icn query Balances.TotalIssuance --at 100      as it was after block 100
  icn query Balances.ExistentialDeposit          a constant
  icn query AccountNonceApi.account_nonce //Bob  a runtime API
  icn query --list                               all pallets and runtime APIs
  icn query --list Balances                      what a pallet holds, with its documentation
  icn query System.Account //Alice --output json | jq -r .data.free")]
pub struct QueryArgs {
    /// Pallet.Item, or Api.method
    #[arg(value_name = "NAME", required_unless_present = "list")]
    name: Option<String>,

    /// Keys of the map, or arguments of the method
    #[arg(value_name = "ARGUMENT", allow_negative_numbers = true)]
    arguments: Vec<String>,

    /// The block whose state is read: height, hash or `latest`
    #[arg(long, value_name = "BLOCK", default_value = "latest")]
    at: BlockId,

    /// Stop after this many entries of a map; 0 for all
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,

    /// List what can be queried: all pallets and runtime APIs, or what NAME holds
    #[arg(long)]
    list: bool,

    #[command(flatten)]
    node: NodeArgs,

    #[command(flatten)]
    output: OutputArgs,
}

impl QueryArgs {
    /// Runs the command.
    ///
    /// # Errors
    /// When the node, the item or an argument is wrong.
    pub async fn run(&self) -> Result<(), ClientError> {
        let connection = self.node.connect().await?;
        let at = connection.at(self.at).await?;
        let shown = match (&self.name, self.list) {
            (None, _) => listing::overview(at.metadata_ref()),
            (Some(name), true) => listing::queries(&types_at(&at), name)?,
            (Some(name), false) => self.query(&at, &ItemName::parse(name)?).await?,
        };
        self.output.print(&shown).map_err(ClientError::Terminal)
    }

    async fn query(&self, at: &At, name: &ItemName) -> Result<Shown, ClientError> {
        match lookup::item(at.metadata_ref(), name)? {
            Item::Storage(entry) => self.storage(at, name, entry).await,
            Item::Constant(constant) => {
                self.count(name, "no arguments, being a constant", self.arguments.is_empty())?;
                Ok(types_at(at).decode_or_hex(constant.value(), constant.ty()))
            }
            Item::Api(method) => self.api(at, name, &method).await,
        }
    }

    async fn storage(&self, at: &At, name: &ItemName, entry: &StorageEntryMetadata) -> Result<Shown, ClientError> {
        let ids: Vec<u32> = entry.keys().map(|key| key.key_id).collect();
        let expected = match ids.len() {
            0 => "no key".to_owned(),
            1 => "at most one key".to_owned(),
            many => format!("at most {many} keys"),
        };
        self.count(name, &expected, self.arguments.len() <= ids.len())?;
        let names = (1..).map(|position| format!("key {position}"));
        let keys = self.values(at, names.zip(ids.iter().copied()))?;
        let read = |what: &ItemName| ClientError::read(format!("{}.{}", what.outer, what.inner));
        let address: DynamicAddress = dynamic::storage(&name.outer, &name.inner);
        let storage = at.storage();
        if keys.len() == ids.len() {
            let value = storage.try_fetch(address, keys).await.map_err(|error| read(name)(error.into()))?;
            let show = |bytes: &[u8]| types_at(at).decode_or_hex(bytes, entry.value_ty());
            return Ok(value.map_or(Shown::Null, |value| show(value.bytes())));
        }
        let entries = storage.iter(address, keys).await.map_err(|error| read(name)(error.into()))?;
        self.entries(&types_at(at), &ids, entry.value_ty(), entries).await.map_err(read(name))?.print_note()
    }

    async fn entries(
        &self,
        types: &Types<'_>,
        keys: &[u32],
        value: u32,
        mut entries: StorageEntries<'_, DynamicAddress>,
    ) -> Result<Entries, subxt::Error> {
        let mut shown = Vec::new();
        while let Some(entry) = entries.next().await {
            if self.limit > 0 && shown.len() == self.limit {
                return Ok(Entries { shown, more: true });
            }
            shown.push(show_entry(types, keys, value, &entry?)?);
        }
        Ok(Entries { shown, more: false })
    }

    async fn api(&self, at: &At, name: &ItemName, method: &RuntimeApiMethodMetadata<'_>) -> Result<Shown, ClientError> {
        let inputs: Vec<_> = method.inputs().collect();
        let names: Vec<&str> = inputs.iter().map(|input| &*input.name).collect();
        let expected = match inputs.len() {
            0 => "no arguments".to_owned(),
            count => format!("{count} arguments ({})", names.join(", ")),
        };
        self.count(name, &expected, self.arguments.len() == inputs.len())?;
        let values = self.values(at, inputs.iter().map(|input| (input.name.to_string(), input.id)))?;
        let mut bytes = Vec::new();
        for (value, input) in values.iter().zip(&inputs) {
            encode(at, value, input.id, &input.name, &mut bytes)?;
        }
        let function = format!("{}_{}", name.outer, name.inner);
        let answer = at.runtime_apis().call_raw(&function, Some(&bytes)).await;
        let answer = answer.map_err(|error| ClientError::read(function.clone())(error.into()))?;
        Ok(types_at(at).decode_or_hex(&answer, method.output_ty()))
    }

    /// The arguments given, each by its name and type.
    fn values(&self, at: &At, types: impl Iterator<Item = (String, u32)>) -> Result<Vec<Value>, ClientError> {
        let reader = Reader { types: at.metadata_ref().types() };
        let one = |(text, (name, id)): (&String, (String, u32))| {
            let literal = Literal::parse(text);
            let literal = literal.map_err(|source| ClientError::Literal { name: name.clone(), source })?;
            Ok(reader.read(&name, &literal, id)?)
        };
        self.arguments.iter().zip(types).map(one).collect()
    }

    fn count(&self, item: &ItemName, expected: &str, fits: bool) -> Result<(), ClientError> {
        match fits {
            true => Ok(()),
            false => Err(ClientError::ArgumentCount {
                item: format!("{}.{}", item.outer, item.inner),
                expected: expected.into(),
                got: self.arguments.len(),
            }),
        }
    }
}

/// Entries of a map, and whether there are more.
struct Entries {
    shown: Vec<Shown>,
    more: bool,
}

impl Entries {
    fn print_note(self) -> Result<Shown, ClientError> {
        if self.more {
            let text = format!("stopped after {} entries; --limit 0 shows all", self.shown.len());
            note(&text).map_err(ClientError::Terminal)?;
        }
        Ok(Shown::List(self.shown))
    }
}

/// A key with its value. The key is what was hashed, or the hash where the hasher keeps nothing else.
fn show_entry(
    types: &Types<'_>,
    keys: &[u32],
    value: u32,
    entry: &StorageKeyValue<'_, DynamicAddress>,
) -> Result<Shown, StorageKeyError> {
    let parts = entry.key()?;
    let mut parts: Vec<Shown> = parts
        .parts()
        .zip(keys)
        .map(|(part, id)| match part.value_bytes() {
            [] => Shown::hex(part.hash_bytes()),
            bytes => types.decode_or_hex(bytes, *id),
        })
        .collect();
    let key = match parts.len() {
        1 => parts.remove(0),
        _ => Shown::List(parts),
    };
    Ok(Shown::map([("key", key), ("value", types.decode_or_hex(entry.value().bytes(), value))]))
}

fn encode(at: &At, value: &Value, id: u32, name: &str, out: &mut Vec<u8>) -> Result<(), ClientError> {
    let encoded = scale_value::scale::encode_as_type(value, id, at.metadata_ref().types(), out);
    encoded.map_err(|source| ClientError::Encode { name: name.into(), source: Box::new(source) })
}
