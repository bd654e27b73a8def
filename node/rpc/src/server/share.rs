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
use tokio::sync::{Notify, Semaphore, SemaphorePermit};

/// Calls of one connection that wait or are in progress before nothing more is read from it.
const CALLS_UNANSWERED: usize = 512;

/// Bytes of answers that a client has not read yet before its next call is done.
const UNREAD_BYTES_MAX: usize = 1024 * 1024;

/// Bytes of answers that all clients of one address have not read yet before those of them that have read all go first.
const UNREAD_BYTES_MAX_OF_ADDRESS: usize = 64 * 1024 * 1024;

/// What all connections of one address share, so that many of them do not keep others from their turn, or fill the memory.
#[derive(Debug)]
pub(crate) struct AddressShare {
    turns: Semaphore,
    /// Bytes of answers and notifications that are not yet written to any of the connections.
    unsent: AtomicUsize,
}

impl AddressShare {
    /// With at most so many calls in progress.
    pub(crate) fn new(calls_in_progress: usize) -> Self {
        Self { turns: Semaphore::new(calls_in_progress), unsent: AtomicUsize::new(0) }
    }
}

/// One connection's share of the server.
#[derive(Debug)]
pub(crate) struct Share {
    address: Arc<AddressShare>,
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
    pub(crate) fn new(limits: &Limits, address: Arc<AddressShare>) -> Self {
        Self {
            address,
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
        self.address.unsent.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Notes bytes that will be written, if what waits before them is within the share; whether it is.
    pub(crate) fn try_add_unsent(&self, bytes: usize) -> bool {
        let add = |unsent: usize| (unsent <= self.unsent_max).then(|| unsent.saturating_add(bytes));
        let added = self.unsent.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).is_ok();
        if added {
            self.address.unsent.fetch_add(bytes, Ordering::Relaxed);
        }
        added
    }

    /// Bytes that were written. Frames have a few more than their content, which may make the count too low, never too
    /// high.
    pub(crate) fn subtract_sent(&self, bytes: usize) {
        let subtract = |unsent: usize| Some(unsent.saturating_sub(bytes));
        let (Ok(before) | Err(before)) = self.unsent.fetch_update(Ordering::Relaxed, Ordering::Relaxed, subtract);
        self.address.unsent.fetch_sub(before.min(bytes), Ordering::Relaxed);
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
            if self.keeps_up() {
                return;
            }
            sent.await;
        }
    }

    fn keeps_up(&self) -> bool {
        let of_address = self.address.unsent.load(Ordering::Relaxed);
        let max = if of_address > UNREAD_BYTES_MAX_OF_ADDRESS { 0 } else { self.unsent_max.min(UNREAD_BYTES_MAX) };
        self.unsent.load(Ordering::Relaxed) <= max
    }

    /// Waits until the client has read enough and the address has a turn; the turn ends with the permit.
    async fn turn_of_address(&self) -> Option<SemaphorePermit<'_>> {
        loop {
            self.reader_keeps_up().await;
            // The semaphore is never closed.
            let turn = self.address.turns.acquire().await.ok()?;
            // Others of this connection were answered while this call waited.
            if self.keeps_up() {
                return Some(turn);
            }
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
        let _turn_of_address = self.turn_of_address().await;
        let response = work.await;
        self.add_unsent(response.as_json().get().len());
        response
    }
}

impl Drop for Share {
    /// What was not sent never will be.
    fn drop(&mut self) {
        self.address.unsent.fetch_sub(*self.unsent.get_mut(), Ordering::Relaxed);
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

    fn share(limits: &Limits) -> Share {
        Share::new(limits, Arc::new(AddressShare::new(limits.calls_in_progress_per_ip)))
    }

    #[tokio::test]
    async fn of_an_address_that_reads_too_little_those_go_on_who_have_read_all() {
        let address = Arc::new(AddressShare::new(1));
        let [deaf, honest] = [(); 2].map(|()| Share::new(&Limits::default(), address.clone()));
        deaf.add_unsent(UNREAD_BYTES_MAX_OF_ADDRESS);
        honest.add_unsent(1);
        assert!(futures::poll!(Box::pin(honest.turn_of_address())).is_pending());
        honest.subtract_sent(1);
        deaf.add_unsent(1);
        let turn = honest.turn_of_address().await;
        assert!(turn.is_some());
        assert!(futures::poll!(Box::pin(honest.turn_of_address())).is_pending(), "one turn for an address");
        drop(turn);
        drop(deaf);
        assert_eq!(address.unsent.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn whoever_does_not_read_waits() {
        let share = share(&Limits { response_bytes: 10, ..Limits::default() });
        share.add_unsent(11);
        let mut waits = Box::pin(share.reader_keeps_up());
        assert!(futures::poll!(&mut waits).is_pending());
        share.subtract_sent(1);
        waits.await;
    }

    #[test]
    fn nothing_is_read_while_too_much_is_unanswered() {
        let share = Arc::new(share(&Limits { request_bytes: 10, ..Limits::default() }));
        let context = Context::from_waker(Waker::noop());
        let waiting = Waiting::new(&share, 1, 11);
        assert!(share.poll_readable(&context).is_pending());
        drop(waiting);
        assert!(share.poll_readable(&context).is_ready());
        let _many = Waiting::new(&share, CALLS_UNANSWERED, 0);
        assert!(share.poll_readable(&context).is_pending());
    }
}
