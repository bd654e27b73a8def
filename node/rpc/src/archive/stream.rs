//! A subscription that reads pages on the workers and sends their items one by one, at its reader's pace.

use crate::{backend::ReadError, connection::Outlet, context::Context};
use icn_primitives::Hash;
use serde::Serialize;

/// Why there is no next page.
#[derive(Debug, thiserror::Error)]
pub(super) enum PageError {
    /// A block or its state cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The blocks are the wrong way round.
    #[error("block {previous:?} is no ancestor of block {block:?}")]
    NoAncestor {
        /// The block to compare with.
        previous: Hash,
        /// The block that is compared.
        block: Hash,
    },
}

/// Something read page by page.
pub(super) trait Pages: Send + 'static {
    /// What is sent for each thing found.
    type Event: Serialize + Send + 'static;

    /// Reads the next page; `None` after the last one.
    fn next_page(&mut self) -> Option<Result<Vec<Self::Event>, PageError>>;

    /// The event after all others.
    fn done() -> Self::Event;

    /// The event instead of the rest.
    fn failed(error: String) -> Self::Event;
}

/// Sends all pages, until their end or the client's.
pub(super) async fn send_all<P: Pages>(context: &Context, outlet: &Outlet, mut pages: P) {
    let last = loop {
        let read = move || {
            let page = pages.next_page();
            (page, pages)
        };
        let (page, rest) = match context.workers.run(read).await {
            Ok(read) => read,
            Err(error) => break P::failed(error.to_string()),
        };
        pages = rest;
        match page {
            None => break P::done(),
            Some(Err(error)) => break P::failed(error.to_string()),
            Some(Ok(events)) => {
                for event in events {
                    if outlet.send(&event).await.is_err() {
                        return;
                    }
                }
            }
        }
    };
    // A client that is gone needs no end.
    let _ = outlet.send(&last).await;
}
