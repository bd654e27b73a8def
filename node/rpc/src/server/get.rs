//! `GET /health` and `GET /status`: what operators and load balancers fetch without speaking JSON-RPC, as from CometBFT.

use bytes::Bytes;
use jsonrpsee::{
    core::BoxError,
    server::{HttpBody, HttpRequest},
};
use std::task::{Context, Poll};

/// Paths that can be fetched, and the call whose answer is sent.
const FETCHED: [(&str, &str); 2] = [
    ("/health", r#"{"jsonrpc":"2.0","id":0,"method":"health"}"#),
    ("/status", r#"{"jsonrpc":"2.0","id":0,"method":"status"}"#),
];

/// Turns those requests into calls, if there are methods to call.
#[derive(Clone, Copy, Debug)]
pub(super) struct GetLayer {
    pub(super) offered: bool,
}

impl<S> tower::Layer<S> for GetLayer {
    type Service = Get<S>;

    fn layer(&self, service: S) -> Get<S> {
        Get { service, offered: self.offered }
    }
}

/// A service that can be asked by `GET`.
#[derive(Clone, Debug)]
pub(super) struct Get<S> {
    service: S,
    offered: bool,
}

impl<S, B> tower::Service<HttpRequest<B>> for Get<S>
where
    S: tower::Service<HttpRequest>,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: HttpRequest<B>) -> S::Future {
        let call = self.offered.then(|| call_of(&request)).flatten();
        self.service.call(match call {
            Some(call) => posted(request, call),
            None => request.map(HttpBody::new),
        })
    }
}

/// The call that a request fetches.
fn call_of<B>(request: &HttpRequest<B>) -> Option<&'static str> {
    let path = request.uri().path();
    let fetched = FETCHED.iter().find(|(fetched, _)| *fetched == path);
    fetched.filter(|_| request.method() == "GET").map(|(_, call)| *call)
}

/// The request that makes a call; it counts as the connection's, like the one it stands for.
fn posted<B>(request: HttpRequest<B>, call: &'static str) -> HttpRequest {
    let posted = HttpRequest::builder().method("POST").uri("/").header("content-type", "application/json");
    let mut posted = posted.body(HttpBody::from(call)).unwrap_or_default();
    *posted.extensions_mut() = request.into_parts().0.extensions;
    posted
}
