//! What became of a transaction.

use super::Signed;
use crate::cli::{
    block::show_event,
    client::{types_at, At, ClientError},
    value::Shown,
};
use subxt::{
    error::DispatchError,
    extrinsics::ExtrinsicEvents,
    tx::{TransactionInvalid, TransactionUnknown, ValidationResult},
    SubstrateConfig,
};

/// A transaction in a final block.
pub(super) struct Outcome {
    block: Shown,
    number: u64,
    error: Option<String>,
    /// Of a call inside the call: it fails, the outer call does not.
    inner_error: Option<String>,
    events: Vec<Shown>,
}

impl Outcome {
    /// Reads the outcome from the events of the transaction, at its block.
    pub(super) fn new(at: &At, events: &ExtrinsicEvents<SubstrateConfig>) -> Result<Self, ClientError> {
        let types = types_at(at);
        let mut outcome = Self {
            block: Shown::hex(at.block_hash()),
            number: at.block_number(),
            error: None,
            inner_error: None,
            events: Vec::new(),
        };
        for event in events.iter() {
            let event = event.map_err(|error| ClientError::read("the transaction's events")(error.into()))?;
            if (event.pallet_name(), event.event_name()) == ("System", "ExtrinsicFailed") {
                outcome.error = Some(dispatch_error(at, event.field_bytes()));
            }
            let shown = show_event(&types, &event);
            outcome.inner_error = outcome.inner_error.or_else(|| inner_error(&shown));
            outcome.events.push(shown);
        }
        Ok(outcome)
    }

    /// Its entries in the output.
    pub(super) fn entries(&self) -> Vec<(String, Shown)> {
        let block = Shown::map([("number", Shown::wide(self.number)), ("hash", self.block.clone())]);
        let entries = [
            ("success", Shown::Bool(self.error.is_none())),
            ("error", self.error.clone().map_or(Shown::Null, Shown::Text)),
            ("inner_error", self.inner_error.clone().map_or(Shown::Null, Shown::Text)),
            ("block", block),
            ("events", Shown::List(self.events.clone())),
        ];
        entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// The failure of the call, for the exit code.
    pub(super) fn result(self) -> Result<(), ClientError> {
        let block = self.number.to_string();
        match (self.error, self.inner_error) {
            (None, None) => Ok(()),
            (Some(reason), _) => Err(ClientError::CallFailed { block, reason }),
            (None, Some(reason)) => Err(ClientError::InnerCallFailed { block, reason }),
        }
    }
}

/// The error of a call that another call made, from the event that tells of it: a batch that stopped, or a result that is
/// an error, as proxies, multisigs and sudo tell it.
fn inner_error(event: &Shown) -> Option<String> {
    let (name, fields) = only_entry(event)?;
    let Shown::Map(fields) = fields else { return None };
    let is_batch = matches!(name, "Utility.BatchInterrupted" | "Utility.ItemFailed");
    let error = fields.iter().find_map(|(field, value)| match only_entry(value) {
        Some(("Err", error)) => Some(error),
        _ if is_batch && field == "error" => Some(value),
        _ => None,
    })?;
    Some(format!("{name}: {}", error.inline()))
}

fn only_entry(shown: &Shown) -> Option<(&str, &Shown)> {
    match shown {
        Shown::Map(entries) => match &entries[..] {
            [(name, value)] => Some((name, value)),
            _ => None,
        },
        _ => None,
    }
}

/// `Pallet.Error: what its documentation says`, or the words of an error that is no pallet's.
fn dispatch_error(at: &At, bytes: &[u8]) -> String {
    match DispatchError::decode_from(bytes, at.metadata()) {
        Ok(DispatchError::Module(error)) => match error.details() {
            Ok(details) => {
                let docs = details.variant.docs.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
                let name = format!("{}.{}", details.pallet.name(), details.variant.name);
                if docs.is_empty() {
                    name
                } else {
                    format!("{name}: {docs}")
                }
            }
            Err(_) => format!("error {} of pallet {}", error.error_index(), error.pallet_index()),
        },
        Ok(error) => error.to_string(),
        Err(_) => format!("0x{}", hex::encode(bytes)),
    }
}

/// Asks the runtime whether a transaction is valid now.
pub(super) async fn check(signed: &Signed) -> Result<(), ClientError> {
    let result = signed.validate().await;
    match result.map_err(|error| ClientError::read("the transaction's validity")(error.into()))? {
        ValidationResult::Valid(_) => Ok(()),
        ValidationResult::Invalid(reason) => Err(ClientError::Invalid { reason: invalid(&reason) }),
        ValidationResult::Unknown(reason) => Err(ClientError::Invalid { reason: unknown(&reason) }),
    }
}

fn invalid(reason: &TransactionInvalid) -> String {
    match reason {
        TransactionInvalid::Call => "this chain does not accept the call in a transaction".into(),
        TransactionInvalid::Payment => "the signer cannot pay the fee; send it some tokens first".into(),
        TransactionInvalid::Future => "the nonce is ahead of the signer's next one; leave out --nonce".into(),
        TransactionInvalid::Stale => "the nonce was used already; leave out --nonce".into(),
        TransactionInvalid::BadProof => "the signature does not match this chain; check --key-file and --url".into(),
        TransactionInvalid::AncientBirthBlock => "its blocks of validity have passed; send it again".into(),
        TransactionInvalid::ExhaustsResources => "it does not fit into a block; split it".into(),
        TransactionInvalid::Custom(code) => format!("the runtime's own reason {code}"),
        TransactionInvalid::BadMandatory | TransactionInvalid::MandatoryValidation => {
            "only block authors may make this call".into()
        }
        TransactionInvalid::BadSigner => "the signer's address is not usable".into(),
    }
}

fn unknown(reason: &TransactionUnknown) -> String {
    match reason {
        TransactionUnknown::CannotLookup => "the runtime cannot look up what it needs to judge it".into(),
        TransactionUnknown::NoUnsignedValidator => "this call needs a signature".into(),
        TransactionUnknown::Custom(code) => format!("the runtime's own reason {code}"),
    }
}
