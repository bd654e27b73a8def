//! The streams on which signatures of trust bundles are told. The answer is empty: it says that they came.

use crate::wire::{seals::SEALS_MESSAGE_MAX, Seals};
use async_trait::async_trait;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::{request_response::Codec, StreamProtocol};
use std::io;

/// One message a stream; whoever writes closes its side after it.
#[derive(Clone, Debug)]
pub(crate) struct SealsCodec;

#[async_trait]
impl Codec for SealsCodec {
    type Protocol = StreamProtocol;
    type Request = Seals;
    type Response = ();

    async fn read_request<T>(&mut self, _: &StreamProtocol, stream: &mut T) -> io::Result<Seals>
    where
        T: AsyncRead + Unpin + Send,
    {
        let mut bytes = Vec::new();
        stream.take(SEALS_MESSAGE_MAX as u64 + 1).read_to_end(&mut bytes).await?;
        Seals::from_bytes(&bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, stream: &mut T) -> io::Result<()>
    where
        T: AsyncRead + Unpin + Send,
    {
        let mut byte = [0];
        match stream.read(&mut byte).await? {
            0 => Ok(()),
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, "the answer is not empty")),
        }
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, stream: &mut T, request: Seals) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        stream.write_all(&request.to_bytes()).await
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, _: &mut T, (): ()) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        Ok(())
    }
}
