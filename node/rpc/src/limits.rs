//! What clients may use of the node.

use std::time::Duration;

/// Bounds of the server and of each of its clients. All of them hold whoever asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once.
    pub connections: u32,
    /// Connections at once from one address.
    pub connections_per_ip: u32,
    /// Subscriptions of one connection.
    pub subscriptions_per_connection: u32,
    /// Calls in one batch.
    pub batch_calls: u32,
    /// Bytes of one request, a whole batch included.
    pub request_bytes: u32,
    /// Bytes of one answer.
    pub response_bytes: u32,
    /// Calls that one connection may make a second, in the long run.
    pub requests_per_second: u32,
    /// Calls that one connection may make at once after a pause.
    pub requests_burst: u32,
    /// Messages that wait for a slow reader before its subscription is dropped.
    pub subscription_messages: u32,
    /// How long an HTTP request may take to arrive and be answered, and a client to go on reading what it is sent.
    pub body_timeout: Duration,
    /// How long an HTTP connection may stay open without a request; headers that do not come to an end are none.
    pub idle_timeout: Duration,
    /// Calls of one connection in progress at once; more wait their turn.
    pub calls_in_progress: usize,
    /// Calls in progress at once of all connections of one address; more wait their turn.
    pub calls_in_progress_per_ip: usize,
    /// Blocks that `state_queryStorage` looks at in one call.
    pub query_blocks: u32,
    /// Keys in one storage query or subscription.
    pub query_keys: u32,
    /// Keys that one page holds, `state_getKeysPaged`.
    pub page_keys: u32,
    /// Keys that the unpaged `state_getKeys` and `state_getPairs` list before they refuse.
    pub unpaged_keys: u32,
    /// `chainHead_v1_follow` subscriptions of one connection; the specification asks for at least 2.
    pub follows_per_connection: usize,
    /// Operations in progress of one follow; the specification asks for at least 16.
    pub operations_per_follow: usize,
    /// Blocks that one follow may keep pinned before it is stopped.
    pub pinned_blocks: usize,
    /// Items of one `operationStorageItems` or `archive` event.
    pub storage_items_per_event: usize,
    /// Transactions that one connection may have the node broadcast or watch at once.
    pub transactions_per_connection: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 256,
            connections_per_ip: 64,
            subscriptions_per_connection: 1024,
            batch_calls: 256,
            request_bytes: 5 * 1024 * 1024,
            response_bytes: 16 * 1024 * 1024,
            requests_per_second: 10_000,
            requests_burst: 20_000,
            subscription_messages: 256,
            body_timeout: Duration::from_secs(20),
            idle_timeout: Duration::from_secs(60),
            calls_in_progress: 8,
            calls_in_progress_per_ip: 32,
            query_blocks: 4096,
            query_keys: 1000,
            page_keys: 1000,
            unpaged_keys: 1000,
            follows_per_connection: 2,
            operations_per_follow: 16,
            pinned_blocks: 512,
            storage_items_per_event: 256,
            transactions_per_connection: 4096,
        }
    }
}

impl Limits {
    /// Calls and operations that all connections together can have in progress. With room for so many before the worker
    /// threads, no number of eager clients makes the node refuse another's call.
    pub fn work_waiting_max(&self) -> usize {
        let of_connection = self.calls_in_progress + self.follows_per_connection * self.operations_per_follow;
        of_connection.saturating_mul(self.connections as usize)
    }
}
