//! A connection's stream.

use super::{admission::Admission, share::Share};
use std::{
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{ready, Context, Poll, Waker},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    task::JoinHandle,
    time::{sleep, Sleep},
};

/// Bytes read from a connection before the tasks that they have started get their turn. The server library starts a task for
/// each message, of some kilobytes however short the message is, which counts for the connection's share only once it runs.
const READ_BYTES_AHEAD: usize = 16 * 1024;

/// A stream that holds back a client which does not read: while its answers cannot be written nothing is read from it, and
/// after some time it is given up. It also carries the connection's place among all.
pub(super) struct Paced<S> {
    stream: S,
    share: Arc<Share>,
    patience: Duration,
    /// Runs while a write waits.
    blocked: Option<Deadline>,
    /// Who reads; woken when writes go on, or are given up.
    reader: Option<Waker>,
    /// Bytes read since other tasks had their turn.
    ahead: usize,
    /// Ends when other tasks have had their turn.
    turn: Option<JoinHandle<()>>,
    _admission: Admission,
}

impl<S> Paced<S> {
    pub(super) fn new(stream: S, share: Arc<Share>, patience: Duration, admission: Admission) -> Self {
        Self { stream, share, patience, blocked: None, reader: None, ahead: 0, turn: None, _admission: admission }
    }

    /// Lets other tasks have their turn when much was read.
    fn poll_turn(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.turn.is_none() && self.ahead >= READ_BYTES_AHEAD {
            self.turn = Some(tokio::spawn(async {
                // The first turn comes at once, the second after all that was waiting.
                tokio::task::yield_now().await;
                tokio::task::yield_now().await;
            }));
        }
        if let Some(turn) = &mut self.turn {
            // It fails only when the runtime ends.
            let _ = ready!(Pin::new(turn).poll(context));
            (self.turn, self.ahead) = (None, 0);
        }
        Poll::Ready(())
    }

    fn wake_reader(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    /// Notes how a write went.
    fn wrote(&mut self, context: &mut Context<'_>, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match result {
            Poll::Pending => {
                let patience = self.patience;
                let deadline = self.blocked.get_or_insert_with(|| Deadline::after(patience));
                ready!(deadline.writer.as_mut().poll(context));
                self.wake_reader();
                Poll::Ready(Err(too_slow()))
            }
            Poll::Ready(result) => {
                if self.blocked.take().is_some() {
                    self.wake_reader();
                }
                if let Ok(bytes) = &result {
                    self.share.subtract_sent(*bytes);
                }
                Poll::Ready(result)
            }
        }
    }
}

/// When a stream is given up. Reader and writer are woken each by their own timer, as either may be gone.
struct Deadline {
    reader: Pin<Box<Sleep>>,
    writer: Pin<Box<Sleep>>,
}

impl Deadline {
    fn after(patience: Duration) -> Self {
        Self { reader: Box::pin(sleep(patience)), writer: Box::pin(sleep(patience)) }
    }
}

fn too_slow() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the client does not read its answers")
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if !this.reader.as_ref().is_some_and(|reader| reader.will_wake(context.waker())) {
            this.reader = Some(context.waker().clone());
        }
        if let Some(deadline) = &mut this.blocked {
            return deadline.reader.as_mut().poll(context).map(|()| Err(too_slow()));
        }
        ready!(this.poll_turn(context));
        ready!(this.share.poll_readable(context));
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        this.ahead += buffer.filled().len() - before;
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wrote(context, result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.wrote(context, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{limits::Limits, server::admission::Admissions};
    use tokio::io::{duplex, AsyncReadExt, AsyncWriteExt};

    fn paced<S>(stream: S, patience: Duration) -> Paced<S> {
        let admission = Arc::new(Admissions::new(&Limits::default())).admit([127, 0, 0, 1].into()).unwrap();
        let share = Share::new(&Limits::default(), admission.address_share().clone());
        Paced::new(stream, Arc::new(share), patience, admission)
    }

    #[tokio::test]
    async fn a_client_that_does_not_read_is_not_read_and_then_given_up() {
        let (client, server) = duplex(8);
        let (mut from_client, mut to_client) = tokio::io::split(paced(server, Duration::from_millis(20)));
        let (_client_reads, mut client_writes) = tokio::io::split(client);
        client_writes.write_all(b"more").await.unwrap();
        let mut answer = Box::pin(to_client.write_all(b"twelve bytes"));
        assert!(futures::poll!(&mut answer).is_pending());
        let mut buffer = [0; 4];
        let mut read = Box::pin(from_client.read_exact(&mut buffer));
        assert!(futures::poll!(&mut read).is_pending());
        assert_eq!(answer.await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(read.await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_reader_that_waited_before_is_told_when_a_write_is_given_up() {
        let (_client, server) = duplex(8);
        let (mut from_client, mut to_client) = tokio::io::split(paced(server, Duration::from_millis(20)));
        let read = tokio::spawn(async move { from_client.read_u8().await });
        tokio::task::yield_now().await;
        assert_eq!(to_client.write_all(b"twelve bytes").await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(read.await.unwrap().unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_client_that_reads_late_is_read_again() {
        let (client, server) = duplex(8);
        let (mut from_client, mut to_client) = tokio::io::split(paced(server, Duration::from_secs(60)));
        let (mut client_reads, mut client_writes) = tokio::io::split(client);
        client_writes.write_all(b"more").await.unwrap();
        let mut answer = Box::pin(to_client.write_all(b"twelve bytes"));
        assert!(futures::poll!(&mut answer).is_pending());
        let mut buffer = [0; 4];
        let mut read = Box::pin(from_client.read_exact(&mut buffer));
        assert!(futures::poll!(&mut read).is_pending());
        let mut answered = [0; 12];
        let (wrote, got) = tokio::join!(answer, client_reads.read_exact(&mut answered));
        wrote.unwrap();
        got.unwrap();
        read.await.unwrap();
        assert_eq!(&buffer, b"more");
    }
}
