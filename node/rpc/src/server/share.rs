//! What one connection may use: calls a second, calls at once, and memory for what it sends and does not read.

use crate::{error::Error, limits::Limits};
use jsonrpsee::{
    core::middleware::{Batch, Notification, RpcServiceT},
    types::{Id, Request},
    MethodResponse,
};
use parking_lot::Mutex;
use std::{
    future::Future,
    sync::{
        atomic::{AtomicUsize, Ordering},
        Arc,
    },
    task::{Context, Poll, Waker},
    time::Instant,
};
use tokio::sync::{Notify, Semaphore};

/// Calls of one connection that wait or are in progress before nothing more is read from it.
const CALLS_UNANSWERED: usize = 512;

/// Bytes of answers that a client has not read yet before its next call is done.
const UNREAD_BYTES_MAX: usize = 1024 * 1024;

/// One connection's share of the server.
#[derive(Debug)]
pub(crate) struct Share {
    bucket: Mutex<Bucket>,
    turns: Semaphore,
    turns_max: u32,
    /// Bytes of answers and notifications that are not yet written to the connection.
    unsent: AtomicUsize,
    unsent_max: usize,
    sent: Notify,
    /// Calls read and not answered, and the bytes of their parameters.
    unanswered: Mutex<Unanswered>,
    unanswered_bytes_max: usize,
}

/// What was read and not answered, and who waits for it to become less.
#[derive(Debug, Default)]
struct Unanswered {
    calls: usize,
    bytes: usize,
    reader: Option<Waker>,
}

impl Share {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            bucket: Mutex::new(Bucket::new(limits.requests_per_second, limits.requests_burst, Instant::now())),
            turns: Semaphore::new(limits.calls_in_progress),
            turns_max: u32::try_from(limits.calls_in_progress).unwrap_or(u32::MAX),
            unsent: AtomicUsize::new(0),
            unsent_max: limits.response_bytes as usize,
            sent: Notify::new(),
            unanswered: Mutex::default(),
            unanswered_bytes_max: limits.request_bytes as usize,
        }
    }

    /// Notes bytes that will be written.
    pub(crate) fn add_unsent(&self, bytes: usize) {
        self.unsent.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Notes bytes that will be written, if what waits before them is within the share; whether it is.
    pub(crate) fn try_add_unsent(&self, bytes: usize) -> bool {
        let add = |unsent: usize| (unsent <= self.unsent_max).then(|| unsent.saturating_add(bytes));
        self.unsent.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).is_ok()
    }

    /// Bytes that were written. Frames have a few more than their content, which may make the count too low, never too
    /// high.
    pub(crate) fn subtract_sent(&self, bytes: usize) {
        let subtract = |unsent: usize| Some(unsent.saturating_sub(bytes));
        let _ = self.unsent.fetch_update(Ordering::Relaxed, Ordering::Relaxed, subtract);
        self.sent.notify_waiters();
    }

    /// Whether more may be read; if not, `context` is woken when it may.
    pub(super) fn poll_readable(&self, context: &Context<'_>) -> Poll<()> {
        let mut unanswered = self.unanswered.lock();
        if unanswered.calls < CALLS_UNANSWERED && unanswered.bytes <= self.unanswered_bytes_max {
            return Poll::Ready(());
        }
        unanswered.reader = Some(context.waker().clone());
        Poll::Pending
    }

    /// Waits until what was answered before is read by the client.
    pub(crate) async fn reader_keeps_up(&self) {
        loop {
            let mut sent = std::pin::pin!(self.sent.notified());
            sent.as_mut().enable();
            if self.unsent.load(Ordering::Relaxed) <= self.unsent_max.min(UNREAD_BYTES_MAX) {
                return;
            }
            sent.await;
        }
    }

    /// Does a call in its turn, within the share.
    async fn serve(
        self: Arc<Self>,
        calls: u32,
        id: Id<'_>,
        _waiting: Waiting,
        work: impl Future<Output = MethodResponse>,
    ) -> MethodResponse {
        if !self.bucket.lock().take(calls, Instant::now()) {
            return MethodResponse::error(id, Error::RateLimit);
        }
        // A batch collects as many bytes as an answer may have, so there is one at a time.
        let turns = if calls > 1 { self.turns_max } else { 1 };
        let _turn = self.turns.acquire_many(turns).await;
        self.reader_keeps_up().await;
        let response = work.await;
        self.add_unsent(response.as_json().get().len());
        response
    }
}

/// A call that is not answered yet.
struct Waiting {
    share: Arc<Share>,
    calls: usize,
    bytes: usize,
}

impl Waiting {
    fn new(share: &Arc<Share>, calls: usize, bytes: usize) -> Self {
        let mut unanswered = share.unanswered.lock();
        unanswered.calls += calls;
        unanswered.bytes += bytes;
        Self { share: share.clone(), calls, bytes }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut unanswered = self.share.unanswered.lock();
        unanswered.calls -= self.calls;
        unanswered.bytes -= self.bytes;
        if let Some(reader) = unanswered.reader.take() {
            reader.wake();
        }
    }
}

/// Calls that may be made now; it fills up with time.
#[derive(Debug)]
struct Bucket {
    per_second: f64,
    max: f64,
    level: f64,
    filled: Instant,
}

impl Bucket {
    fn new(per_second: u32, burst: u32, now: Instant) -> Self {
        Self { per_second: per_second.into(), max: burst.into(), level: burst.into(), filled: now }
    }

    fn take(&mut self, calls: u32, now: Instant) -> bool {
        let elapsed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.level = (self.level + elapsed * self.per_second).min(self.max);
        self.filled = now;
        let enough = self.level >= f64::from(calls);
        if enough {
            self.level -= f64::from(calls);
        }
        enough
    }
}

/// Puts a connection's calls under its share.
#[derive(Clone, Debug)]
pub(super) struct Sharing(pub(super) Arc<Share>);

impl<S> tower::Layer<S> for Sharing {
    type Service = Shared<S>;

    fn layer(&self, service: S) -> Shared<S> {
        Shared { service, share: self.0.clone() }
    }
}

/// A connection's calls under its share.
#[derive(Clone, Debug)]
pub(super) struct Shared<S> {
    service: S,
    share: Arc<Share>,
}

impl<S> RpcServiceT for Shared<S>
where
    S: RpcServiceT<
            MethodResponse = MethodResponse,
            BatchResponse = MethodResponse,
            NotificationResponse = MethodResponse,
        > + Clone
        + Send
        + Sync
        + 'static,
{
    type MethodResponse = MethodResponse;
    type NotificationResponse = MethodResponse;
    type BatchResponse = MethodResponse;

    fn call<'a>(&self, request: Request<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        let (service, share) = (self.service.clone(), self.share.clone());
        let bytes = request.params.as_ref().map_or(0, |params| params.get().len());
        let waiting = Waiting::new(&share, 1, bytes);
        let id = request.id.clone();
        share.serve(1, id, waiting, async move { service.call(request).await })
    }

    fn batch<'a>(&self, batch: Batch<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        let (service, share) = (self.service.clone(), self.share.clone());
        let bytes = batch.iter().flatten().filter_map(|entry| entry.params()).map(|params| params.get().len()).sum();
        let waiting = Waiting::new(&share, 1, bytes);
        let calls = u32::try_from(batch.len()).unwrap_or(u32::MAX);
        share.serve(calls, Id::Null, waiting, async move { service.batch(batch).await })
    }

    fn notification<'a>(&self, notification: Notification<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        let service = self.service.clone();
        async move { service.notification(notification).await }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::new(10, 3, start);
        assert!(bucket.take(3, start));
        assert!(!bucket.take(1, start));
        assert!(bucket.take(1, start + Duration::from_millis(100)));
        assert!(!bucket.take(1, start + Duration::from_millis(150)));
        assert!(bucket.take(3, start + Duration::from_secs(60)));
        assert!(!bucket.take(1, start + Duration::from_secs(60)));
    }

    #[tokio::test]
    async fn whoever_does_not_read_waits() {
        let share = Share::new(&Limits { response_bytes: 10, ..Limits::default() });
        share.add_unsent(11);
        let mut waits = Box::pin(share.reader_keeps_up());
        assert!(futures::poll!(&mut waits).is_pending());
        share.subtract_sent(1);
        waits.await;
    }

    #[test]
    fn nothing_is_read_while_too_much_is_unanswered() {
        let share = Arc::new(Share::new(&Limits { request_bytes: 10, ..Limits::default() }));
        let context = Context::from_waker(Waker::noop());
        let waiting = Waiting::new(&share, 1, 11);
        assert!(share.poll_readable(&context).is_pending());
        drop(waiting);
        assert!(share.poll_readable(&context).is_ready());
        let _many = Waiting::new(&share, CALLS_UNANSWERED, 0);
        assert!(share.poll_readable(&context).is_pending());
    }
}
