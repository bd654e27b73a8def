//! Logs of a node, on standard error.

use crate::config::LogFormat;
use std::io::{self, IsTerminal as _};
use tracing::{level_filters::LevelFilter, Metadata, Subscriber};
use tracing_subscriber::{
    filter::{filter_fn, FilterExt as _},
    layer::SubscriberExt as _,
    util::{SubscriberInitExt as _, TryInitError},
    EnvFilter, Layer as _, Registry,
};

/// Libraries that say at `info` or `debug` what concerns nobody who runs a node.
const QUIET: [&str; 18] = [
    "jsonrpsee=warn",
    "jsonrpsee_server=warn",
    "soketto=warn",
    "hyper=warn",
    "tower=warn",
    "subxt=warn",
    "wasmtime=warn",
    "libp2p=warn",
    // It warns of each message that a slow peer does not take, and prints it.
    "libp2p_gossipsub=error",
    "hickory_resolver=warn",
    "ractor=warn",
    "arc_malachitebft_core_consensus=warn",
    "arc_malachitebft_discovery=warn",
    "arc_malachitebft_engine=warn",
    // It says so when the engine stops, as an error.
    "arc_malachitebft_engine::util::ticker=off",
    "arc_malachitebft_sync=warn",
    // A validator that is alone publishes to nobody, which is an error to it.
    "arc_malachitebft_network=off",
    "arc_malachitebft_app=warn",
];

/// Why logs cannot be written as asked.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The filter is malformed.
    #[error("the log filter {filter:?} is not valid: write a level (error, warn, info, debug, trace), or levels by module as in info,icn_mempool=debug")]
    Filter {
        /// As given.
        filter: String,
        /// What is wrong with it.
        source: tracing_subscriber::filter::ParseError,
    },
    /// Logs are written already.
    #[error("logs are already set up in this process")]
    Twice(#[from] TryInitError),
}

/// Starts to write logs.
///
/// # Errors
/// When the filter is malformed, or logs are written already.
pub fn start(filter: &str, format: LogFormat) -> Result<(), LogError> {
    Ok(subscriber(filter, format)?.try_init()?)
}

fn subscriber(filter: &str, format: LogFormat) -> Result<impl Subscriber + Send + Sync, LogError> {
    let filter = parse(filter)?.and(filter_fn(is_ours_or_no_span));
    let layer = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    let layer = match format {
        LogFormat::Text => layer.boxed(),
        LogFormat::Json => layer.json().flatten_event(true).boxed(),
    };
    Ok(Registry::default().with(layer.with_filter(filter)))
}

/// The filter that a text asks for; what it says of a quiet library overrides the quiet.
fn parse(filter: &str) -> Result<EnvFilter, LogError> {
    let error = |source| LogError::Filter { filter: filter.into(), source };
    let builder = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into());
    let text = QUIET.iter().copied().chain([filter]).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(",");
    builder.parse(text).map_err(error)
}

/// Whether something may be logged whatever the filter says. The spans of the runtime's libraries are not entered: one of
/// them, around each extrinsic, holds the whole extrinsic as text and would cost more than executing it.
fn is_ours_or_no_span(metadata: &Metadata<'_>) -> bool {
    !metadata.is_span() || metadata.target().starts_with("icn")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_overrides_the_quiet_libraries() {
        let filter = parse("debug,hyper=trace").expect("valid").to_string();
        assert!(filter.contains("hyper=trace") && !filter.contains("hyper=warn"), "{filter}");
        assert!(filter.contains("soketto=warn"), "{filter}");
    }

    #[test]
    fn spans_of_the_runtime_are_never_entered() {
        let subscriber = subscriber("trace", LogFormat::Text).expect("valid");
        tracing::subscriber::with_default(subscriber, || {
            assert!(tracing::info_span!(target: "frame_executive", "apply_extrinsic").is_disabled());
            assert!(!tracing::info_span!(target: "icn_executor", "build").is_disabled());
            assert!(tracing::enabled!(target: "frame_executive", tracing::Level::INFO));
        });
    }

    #[test]
    fn a_malformed_filter_is_refused() {
        for filter in ["icn=loud", "=", "a=b=c"] {
            assert!(parse(filter).is_err(), "{filter}");
        }
        assert!(parse("").is_ok());
    }
}
