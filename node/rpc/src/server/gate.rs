//! Which requests are let in: those for a name of ours, from a page that may ask.

use super::config::Allowed;
use jsonrpsee::server::{HttpBody, HttpRequest, HttpResponse};
use std::{
    future::{ready, Future},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tower_http::cors::{AllowOrigin, Any, CorsLayer};

const FORBIDDEN: u16 = 403;

/// Tells browsers which pages may read the answers.
pub(super) fn cors(origins: Arc<Allowed>) -> CorsLayer {
    let allowed = AllowOrigin::predicate(move |origin, _| origin.to_str().is_ok_and(|origin| origins.origin(origin)));
    CorsLayer::new().allow_origin(allowed).allow_methods(Any).allow_headers(Any)
}

/// Lets requests pass by their `Host` and `Origin`.
#[derive(Clone, Debug)]
pub(super) struct GateLayer {
    pub(super) hosts: Arc<Allowed>,
    pub(super) origins: Arc<Allowed>,
}

impl<S> tower::Layer<S> for GateLayer {
    type Service = Gate<S>;

    fn layer(&self, service: S) -> Gate<S> {
        Gate { service, layer: self.clone() }
    }
}

/// A service behind the gate.
#[derive(Clone, Debug)]
pub(super) struct Gate<S> {
    service: S,
    layer: GateLayer,
}

impl GateLayer {
    /// Why a request does not pass.
    fn refusal<B>(&self, request: &HttpRequest<B>) -> Option<&'static str> {
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let host = request.uri().authority().map(|authority| authority.as_str()).or_else(|| header("host"));
        if !self.hosts.host(host.unwrap_or_default()) {
            return Some("The Host header names no host of this node. Its operator can allow more hosts.\n");
        }
        let has_origin = request.headers().contains_key("origin");
        if has_origin && !self.origins.origin(header("origin").unwrap_or_default()) {
            return Some("Pages of this Origin may not use this node. Its operator can allow more origins.\n");
        }
        None
    }
}

impl<S, B> tower::Service<HttpRequest<B>> for Gate<S>
where
    S: tower::Service<HttpRequest<B>, Response = HttpResponse>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = HttpResponse;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: HttpRequest<B>) -> Self::Future {
        match self.layer.refusal(&request) {
            None => Box::pin(self.service.call(request)),
            Some(words) => {
                let response = HttpResponse::builder().status(FORBIDDEN).header("content-type", "text/plain");
                Box::pin(ready(Ok(response.body(HttpBody::from(words)).unwrap_or_default())))
            }
        }
    }
}
