//! Catching up.

use super::Codec;
use bytes::Bytes;
use icn_consensus::{
    wire::{self, DecidedBlock, HeightRange, SyncStatus, SyncValues, WireError},
    IcnContext,
};
use malachitebft_codec::HasEncodedLen;
use malachitebft_core_types::{ExtendedCommitCertificate, VoteExtensions};
use malachitebft_sync::{RawDecidedValue, Request, Response, Status, ValueRequest, ValueResponse};

impl malachitebft_codec::Codec<Status<IcnContext>> for Codec {
    type Error = WireError;

    fn decode(&self, bytes: Bytes) -> Result<Status<IcnContext>, WireError> {
        let SyncStatus { peer_id, tip_height, min_height } = wire::decode(bytes)?;
        Ok(Status { peer_id, tip_height, history_min_height: min_height })
    }

    fn encode(&self, status: &Status<IcnContext>) -> Result<Bytes, WireError> {
        let Status { peer_id, tip_height, history_min_height } = *status;
        wire::encode(&SyncStatus { peer_id, tip_height, min_height: history_min_height })
    }
}

impl malachitebft_codec::Codec<Request<IcnContext>> for Codec {
    type Error = WireError;

    fn decode(&self, bytes: Bytes) -> Result<Request<IcnContext>, WireError> {
        let HeightRange { start, end } = wire::decode(bytes)?;
        Ok(Request::ValueRequest(ValueRequest::new(start..=end)))
    }

    fn encode(&self, request: &Request<IcnContext>) -> Result<Bytes, WireError> {
        let Request::ValueRequest(ValueRequest { range }) = request;
        wire::encode(&HeightRange { start: *range.start(), end: *range.end() })
    }
}

impl malachitebft_codec::Codec<Response<IcnContext>> for Codec {
    type Error = WireError;

    fn decode(&self, bytes: Bytes) -> Result<Response<IcnContext>, WireError> {
        let SyncValues { start_height, blocks } = wire::decode(bytes)?;
        let values = blocks.into_iter().map(raw_value).collect();
        Ok(Response::ValueResponse(ValueResponse::new(start_height, values)))
    }

    fn encode(&self, response: &Response<IcnContext>) -> Result<Bytes, WireError> {
        wire::encode(&values_of(response)?)
    }
}

impl HasEncodedLen<Response<IcnContext>> for Codec {
    fn encoded_len(&self, response: &Response<IcnContext>) -> Result<usize, WireError> {
        wire::encoded_len(&values_of(response)?)
    }
}

fn raw_value(DecidedBlock { block, certificate }: DecidedBlock) -> RawDecidedValue<IcnContext> {
    let none = VoteExtensions::default();
    let certificate = ExtendedCommitCertificate::from_commit_certificate_and_extensions(certificate, none);
    RawDecidedValue::new(block, certificate)
}

fn values_of(response: &Response<IcnContext>) -> Result<SyncValues, WireError> {
    let Response::ValueResponse(ValueResponse { start_height, values }) = response;
    let block = |value: &RawDecidedValue<IcnContext>| {
        if value.certificate.commit_signatures.iter().any(|vote| vote.extension.is_some()) {
            return Err(WireError::Extension);
        }
        let (block, certificate) = (value.value_bytes.clone(), value.certificate.trim_vote_extensions());
        Ok(DecidedBlock { block, certificate })
    };
    Ok(SyncValues { start_height: *start_height, blocks: values.iter().map(block).collect::<Result<_, _>>()? })
}
