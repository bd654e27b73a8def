//! The streams on which statuses are exchanged.

use crate::wire::{ChainStatus, CHAIN_STATUS_BYTES_MAX};
use async_trait::async_trait;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::{request_response::Codec, StreamProtocol};
use std::io;

/// Request and answer are one status each; whoever writes closes its side after it.
#[derive(Clone, Debug)]
pub(crate) struct StatusCodec;

#[async_trait]
impl Codec for StatusCodec {
    type Protocol = StreamProtocol;
    type Request = ChainStatus;
    type Response = ChainStatus;

    async fn read_request<T>(&mut self, _: &StreamProtocol, stream: &mut T) -> io::Result<ChainStatus>
    where
        T: AsyncRead + Unpin + Send,
    {
        read(stream).await
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, stream: &mut T) -> io::Result<ChainStatus>
    where
        T: AsyncRead + Unpin + Send,
    {
        read(stream).await
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, stream: &mut T, status: ChainStatus) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        stream.write_all(&status.to_bytes()).await
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, stream: &mut T, status: ChainStatus) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        stream.write_all(&status.to_bytes()).await
    }
}

/// Reads no more than a status may have. What is none is [`io::ErrorKind::InvalidData`]; nothing at all is
/// [`io::ErrorKind::UnexpectedEof`], as a peer that is leaving may have nothing to say.
async fn read<T: AsyncRead + Unpin + Send>(stream: &mut T) -> io::Result<ChainStatus> {
    let mut bytes = Vec::with_capacity(CHAIN_STATUS_BYTES_MAX + 1);
    stream.take(CHAIN_STATUS_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).await?;
    if bytes.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    ChainStatus::from_bytes(&bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::Head;
    use futures::io::Cursor;
    use icn_primitives::Hash;

    fn status() -> ChainStatus {
        ChainStatus { genesis: Hash::repeat_byte(1), head: Head { height: 7, hash: Hash::repeat_byte(2) } }
    }

    #[tokio::test]
    async fn what_is_written_is_read() {
        let (mut codec, protocol) = (StatusCodec, StreamProtocol::new("/status"));
        let mut written = Cursor::new(Vec::new());
        codec.write_request(&protocol, &mut written, status()).await.unwrap();
        let read = codec.read_response(&protocol, &mut Cursor::new(written.into_inner())).await.unwrap();
        assert_eq!(read, status());
    }

    #[tokio::test]
    async fn silence_is_no_status() {
        let error = read(&mut futures::io::empty()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[tokio::test]
    async fn an_endless_stream_is_read_to_the_bound() {
        let mut endless = futures::io::repeat(0x0a);
        let error = read(&mut endless).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
