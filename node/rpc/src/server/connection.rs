//! Accepting connections and serving each within its limits.

use super::{
    admission::Admissions,
    config::{Allowed, ServerConfig},
    gate::{cors, GateLayer},
    get::GetLayer,
    paced::Paced,
    share::{Share, Sharing},
};
use crate::{context::Context, limits::Limits};
use jsonrpsee::{
    core::{middleware::RpcServiceBuilder, BoxError},
    server::{
        serve_with_graceful_shutdown, BatchRequestConfig, HttpRequest, HttpResponse, Methods, PingConfig,
        RandomStringIdProvider, ServerBuilder, ServerConfig as Transport, StopHandle, TowerServiceBuilder,
    },
};
use parking_lot::Mutex;
use std::{future::Future, net::SocketAddr, pin::Pin, sync::Arc, task::Poll, time::Duration};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    time::Instant,
};
use tower::{layer::util::Identity, Service, ServiceBuilder};
use tower_http::timeout::TimeoutLayer;

/// How long to pause when the system gives no connection, as when it is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What a connection above the limits is told.
const REFUSED: &[u8] = b"HTTP/1.1 429 Too Many Requests\r\nContent-Type: text/plain\r\nContent-Length: 46\r\n\
    Connection: close\r\n\r\nToo many connections. Please try again later.\n";

/// Takes connections until it is stopped.
pub(super) struct Acceptor {
    builder: TowerServiceBuilder<Identity, Identity>,
    methods: Methods,
    hosts: Arc<Allowed>,
    origins: Arc<Allowed>,
    get: GetLayer,
    limits: Arc<Limits>,
    admissions: Arc<Admissions>,
    stop: StopHandle,
}

impl Acceptor {
    pub(super) fn new(
        config: &ServerConfig,
        context: &Context,
        methods: Methods,
        admissions: Arc<Admissions>,
        stop: StopHandle,
    ) -> Self {
        Self {
            builder: ServerBuilder::with_config(transport(&context.limits)).to_service_builder(),
            methods,
            hosts: Arc::new(config.hosts.clone()),
            origins: Arc::new(config.origins.clone()),
            get: GetLayer { offered: context.tendermint.is_some() },
            limits: context.limits.clone(),
            admissions,
            stop,
        }
    }

    pub(super) async fn run(self, listener: TcpListener) {
        let mut stopped = Box::pin(self.stop.clone().shutdown());
        loop {
            let accepted = tokio::select! {
                () = &mut stopped => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => self.take(stream, peer),
                Err(error) => {
                    tracing::warn!(%error, "a connection to the RPC could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn take(&self, mut stream: TcpStream, peer: SocketAddr) {
        let Some(admission) = self.admissions.admit(peer.ip()) else {
            tracing::debug!(%peer, "a connection to the RPC was refused: too many");
            tokio::spawn(async move {
                let _ = tokio::time::timeout(ACCEPT_PAUSE, stream.write_all(REFUSED)).await;
            });
            return;
        };
        let _ = stream.set_nodelay(true);
        let share = Arc::new(Share::new(&self.limits, admission.address_share().clone()));
        let http = ServiceBuilder::new()
            .layer(GateLayer { hosts: self.hosts.clone(), origins: self.origins.clone() })
            .layer(cors(self.origins.clone()))
            .layer(TimeoutLayer::with_status_code(408u16.try_into().unwrap_or_default(), self.limits.body_timeout))
            .layer(self.get);
        let service = self
            .builder
            .clone()
            .set_http_middleware(http)
            .set_rpc_middleware(RpcServiceBuilder::new().layer(Sharing(share.clone())))
            .build(self.methods.clone(), self.stop.clone());
        let activity = Arc::new(Activity::new());
        let local = peer.ip().to_canonical().is_loopback();
        let service = Watched { service, share: share.clone(), local, activity: activity.clone() };
        let stream = Paced::new(stream, share, self.limits.body_timeout, admission);
        let idle_max = self.limits.idle_timeout;
        let served = serve_with_graceful_shutdown(stream, service, self.stop.clone().shutdown());
        tokio::spawn(async move {
            let ended = tokio::select! {
                ended = served => ended,
                () = activity.ceases(idle_max) => Ok(()),
            };
            if let Err(error) = ended {
                tracing::debug!(%peer, %error, "a connection to the RPC failed");
            }
        });
    }
}

/// The limits in the server library's terms.
fn transport(limits: &Limits) -> Transport {
    Transport::builder()
        // Every request of a connection counts here, so that only our own count of connections decides.
        .max_connections(limits.connections.saturating_mul(256))
        .max_subscriptions_per_connection(limits.subscriptions_per_connection)
        .max_request_body_size(limits.request_bytes)
        .max_response_body_size(limits.response_bytes)
        .set_batch_request_config(BatchRequestConfig::Limit(limits.batch_calls))
        .set_message_buffer_capacity(limits.subscription_messages)
        // The interface specification's subscriptions are named by strings, which nobody can guess.
        .set_id_provider(RandomStringIdProvider::new(16))
        .enable_ws_ping(PingConfig::new())
        .build()
}

/// When a connection was last used for a request.
#[derive(Debug)]
struct Activity(Mutex<(usize, Instant)>);

impl Activity {
    fn new() -> Self {
        Self(Mutex::new((0, Instant::now())))
    }

    /// Notes a request until the guard is dropped.
    fn begin(self: &Arc<Self>) -> Request {
        self.0.lock().0 += 1;
        Request(self.clone())
    }

    /// Waits until there was no request for so long.
    async fn ceases(&self, idle_max: Duration) {
        loop {
            let (requests, last) = *self.0.lock();
            let from = if requests == 0 { last } else { Instant::now() };
            if from.elapsed() >= idle_max {
                return;
            }
            tokio::time::sleep_until(from + idle_max).await;
        }
    }
}

/// A request in progress.
#[derive(Debug)]
struct Request(Arc<Activity>);

impl Drop for Request {
    fn drop(&mut self) {
        let mut activity = self.0 .0.lock();
        *activity = (activity.0.saturating_sub(1), Instant::now());
    }
}

/// By these a proxy says that the client is elsewhere.
const FORWARDED: [&str; 3] = ["forwarded", "x-forwarded-for", "x-real-ip"];

/// Whether a request comes from this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Local(pub(crate) bool);

/// Notes the requests of a connection and gives each the connection's share.
#[derive(Clone, Debug)]
struct Watched<S> {
    service: S,
    share: Arc<Share>,
    local: bool,
    activity: Arc<Activity>,
}

impl<S, B, R> Service<HttpRequest<B>> for Watched<S>
where
    S: Service<HttpRequest<B>, Response = HttpResponse<R>, Error = BoxError>,
    S::Future: Send + 'static,
{
    type Response = HttpResponse<R>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse<R>, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut std::task::Context<'_>) -> Poll<Result<(), BoxError>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, mut request: HttpRequest<B>) -> Self::Future {
        let in_progress = self.activity.begin();
        request.extensions_mut().insert(self.share.clone());
        let forwarded = FORWARDED.iter().any(|name| request.headers().contains_key(*name));
        request.extensions_mut().insert(Local(self.local && !forwarded));
        let served = self.service.call(request);
        Box::pin(async move {
            let _in_progress = in_progress;
            served.await
        })
    }
}
