//! What the node thinks of a batch.

use libp2p::{gossipsub::MessageId, PeerId};
use tokio::sync::mpsc::UnboundedSender;

/// What becomes of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is relayed: the node took its transactions, or has them.
    Accept,
    /// It is not relayed, and that is nobody's fault: they were stale, or the pool is full.
    Ignore,
    /// It is not relayed, and costs the peer that sent it: a transaction in it is never valid, whatever the state.
    Reject,
}

/// The right to say once what becomes of a batch. Dropping it says [`Verdict::Ignore`]. A verdict that comes after some five
/// seconds is too late for the batch to be relayed.
#[derive(Debug)]
pub struct Ticket {
    report: Option<Report>,
    reports: UnboundedSender<Report>,
}

/// A verdict on its way. There are no more of them than tickets were given out, which is bounded.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) from: PeerId,
    pub(crate) message: MessageId,
    /// Bytes of the batch.
    pub(crate) bytes: usize,
    pub(crate) verdict: Verdict,
}

impl Ticket {
    pub(crate) fn new(from: PeerId, message: MessageId, bytes: usize, reports: UnboundedSender<Report>) -> Self {
        Self { report: Some(Report { from, message, bytes, verdict: Verdict::Ignore }), reports }
    }

    /// Says what becomes of the batch.
    pub fn answer(mut self, verdict: Verdict) {
        if let Some(report) = &mut self.report {
            report.verdict = verdict;
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(report) = self.report.take() {
            // The network may have stopped.
            let _ = self.reports.send(report);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc::unbounded_channel;

    #[test]
    fn a_ticket_reports_once_whether_it_is_answered_or_not() {
        let (reports, mut verdicts) = unbounded_channel();
        let ticket = || Ticket::new(PeerId::random(), MessageId::new(b"1"), 10, reports.clone());
        ticket().answer(Verdict::Accept);
        assert_eq!(verdicts.try_recv().unwrap().verdict, Verdict::Accept);
        ticket().answer(Verdict::Reject);
        assert_eq!(verdicts.try_recv().unwrap().verdict, Verdict::Reject);
        drop(ticket());
        assert_eq!(verdicts.try_recv().unwrap().verdict, Verdict::Ignore);
        assert!(verdicts.try_recv().is_err());
        drop(verdicts);
        ticket().answer(Verdict::Accept);
    }
}
