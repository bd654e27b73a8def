//! How long the executor's spans take: a [`tracing::Subscriber`] that adds up their time.

use std::{
    collections::BTreeMap,
    sync::{
        atomic::{AtomicU64, Ordering},
        Mutex, OnceLock, PoisonError,
    },
    time::{Duration, Instant},
};
use tracing::{
    span::{Attributes, Id, Record},
    Event, Level, Metadata, Subscriber,
};

/// Crate whose spans are measured.
const TARGET: &str = "icn_executor";

static SPANS: OnceLock<Spans> = OnceLock::new();

#[derive(Default)]
struct Spans {
    next: AtomicU64,
    open: Mutex<BTreeMap<u64, (&'static str, Instant)>>,
    taken: Mutex<BTreeMap<&'static str, Duration>>,
}

/// Starts measuring, for the whole process.
///
/// # Errors
/// When something else listens already.
pub(crate) fn install() -> eyre::Result<()> {
    Ok(tracing::subscriber::set_global_default(Listener)?)
}

/// The time spent in each span since the last call.
pub(crate) fn take() -> BTreeMap<&'static str, Duration> {
    std::mem::take(&mut *lock(&spans().taken))
}

fn spans() -> &'static Spans {
    SPANS.get_or_init(Spans::default)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Listener;

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && *metadata.level() <= Level::DEBUG && metadata.target().starts_with(TARGET)
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let id = spans().next.fetch_add(1, Ordering::Relaxed) + 1;
        lock(&spans().open).insert(id, (attributes.metadata().name(), Instant::now()));
        Id::from_u64(id)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, id: &Id) {
        if let Some((name, start)) = lock(&spans().open).remove(&id.into_u64()) {
            *lock(&spans().taken).entry(name).or_default() += start.elapsed();
        }
    }
}
