//! `payment_*`: what a transaction would cost.

use crate::{
    arguments::Arguments,
    author::extrinsic_of,
    calls::blocking,
    context::Context,
    error::{Error, Question},
};
use codec::{Compact, Decode, DecodeAll, Encode};
use icn_primitives::Balance;
use jsonrpsee::{core::RegisterMethodError, server::RpcModule};
use serde::Serialize;

/// Registers the methods.
pub(crate) fn register(module: &mut RpcModule<Context>) -> Result<(), RegisterMethodError> {
    blocking(module, "payment_queryInfo", &["extrinsic", "at"], |context, arguments| {
        let answer: DispatchInfo = ask(context, arguments, Question::DispatchInfo)?;
        Ok(DispatchInfoJson::from(answer))
    })?;
    blocking(module, "payment_queryFeeDetails", &["extrinsic", "at"], |context, arguments| {
        let answer: FeeDetails = ask(context, arguments, Question::FeeDetails)?;
        Ok(FeeDetailsJson { inclusion_fee: answer.inclusion_fee.map(InclusionFeeJson::from) })
    })
}

/// Asks the runtime about the extrinsic in the parameters.
fn ask<T: Decode>(context: &Context, mut arguments: Arguments, question: Question) -> Result<T, Error> {
    let extrinsic = extrinsic_of(&mut arguments)?;
    let block = context.block_or_head(arguments.optional("at")?);
    let method = match question {
        Question::FeeDetails => "TransactionPaymentApi_query_fee_details",
        _ => "TransactionPaymentApi_query_info",
    };
    let mut input = extrinsic.bytes().to_vec();
    (extrinsic.bytes().len() as u32).encode_to(&mut input);
    let answer = context.chain.call(block, method, &input).map_err(|error| Error::Query(question, error))?;
    T::decode_all(&mut &answer[..]).map_err(Error::Undecodable)
}

/// `pallet_transaction_payment::RuntimeDispatchInfo`.
#[derive(Debug, Encode, Decode)]
struct DispatchInfo {
    ref_time: Compact<u64>,
    proof_size: Compact<u64>,
    class: DispatchClass,
    partial_fee: Balance,
}

/// `frame_support::dispatch::DispatchClass`.
#[derive(Clone, Copy, Debug, Encode, Decode, Serialize)]
#[serde(rename_all = "camelCase")]
enum DispatchClass {
    Normal,
    Operational,
    Mandatory,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DispatchInfoJson {
    weight: WeightJson,
    class: DispatchClass,
    /// A decimal string: JavaScript's numbers are too short.
    partial_fee: String,
}

/// Weights are the one thing that Substrate writes in snake case.
#[derive(Clone, Debug, Serialize)]
struct WeightJson {
    ref_time: u64,
    proof_size: u64,
}

impl From<DispatchInfo> for DispatchInfoJson {
    fn from(info: DispatchInfo) -> Self {
        Self {
            weight: WeightJson { ref_time: info.ref_time.0, proof_size: info.proof_size.0 },
            class: info.class,
            partial_fee: info.partial_fee.to_string(),
        }
    }
}

/// `pallet_transaction_payment::FeeDetails`.
#[derive(Debug, Encode, Decode)]
struct FeeDetails {
    inclusion_fee: Option<InclusionFee>,
    tip: Balance,
}

/// `pallet_transaction_payment::InclusionFee`.
#[derive(Debug, Encode, Decode)]
struct InclusionFee {
    base_fee: Balance,
    len_fee: Balance,
    adjusted_weight_fee: Balance,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FeeDetailsJson {
    inclusion_fee: Option<InclusionFeeJson>,
}

/// Balances in hex, as Substrate writes them here.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct InclusionFeeJson {
    base_fee: String,
    len_fee: String,
    adjusted_weight_fee: String,
}

impl From<InclusionFee> for InclusionFeeJson {
    fn from(fee: InclusionFee) -> Self {
        let hex = |balance: Balance| format!("{balance:#x}");
        Self {
            base_fee: hex(fee.base_fee),
            len_fee: hex(fee.len_fee),
            adjusted_weight_fee: hex(fee.adjusted_weight_fee),
        }
    }
}
