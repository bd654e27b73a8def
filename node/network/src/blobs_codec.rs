//! The streams on which blocks of blobs are wanted and sent.

use crate::wire::{
    blobs::{ANSWER_MESSAGE_MAX, REQUEST_MESSAGE_MAX},
    BlobsAnswer, BlobsRequest, WireError,
};
use async_trait::async_trait;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::{request_response::Codec, StreamProtocol};
use std::io;

/// One request and one answer a stream; whoever writes closes its side after it.
#[derive(Clone, Debug)]
pub(crate) struct BlobsCodec;

fn invalid(error: WireError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

/// Reads no more than a message may have.
async fn read<T: AsyncRead + Unpin + Send>(stream: &mut T, max: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stream.take(max as u64 + 1).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

#[async_trait]
impl Codec for BlobsCodec {
    type Protocol = StreamProtocol;
    type Request = BlobsRequest;
    type Response = BlobsAnswer;

    async fn read_request<T>(&mut self, _: &StreamProtocol, stream: &mut T) -> io::Result<BlobsRequest>
    where
        T: AsyncRead + Unpin + Send,
    {
        let bytes = read(stream, REQUEST_MESSAGE_MAX).await?;
        BlobsRequest::from_bytes(&bytes).map_err(invalid)
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, stream: &mut T) -> io::Result<BlobsAnswer>
    where
        T: AsyncRead + Unpin + Send,
    {
        BlobsAnswer::from_bytes(read(stream, ANSWER_MESSAGE_MAX).await?).map_err(invalid)
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, stream: &mut T, request: BlobsRequest) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        stream.write_all(&request.to_bytes()).await
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, stream: &mut T, answer: BlobsAnswer) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        stream.write_all(&answer.to_bytes()).await
    }
}
