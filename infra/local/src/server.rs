//! HTTP servers that stop when asked. Does not know what they serve.

use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Tells everything that runs in the background to stop, once.
#[derive(Clone)]
pub(crate) struct Stop(watch::Sender<bool>);

impl Stop {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    pub(crate) fn now(&self) {
        self.0.send_replace(true);
    }

    /// Waits for the request to stop.
    pub(crate) async fn requested(&self) {
        let mut stopping = self.0.subscribe();
        // The sender is in `self`, so the wait ends only with the request.
        stopping.wait_for(|stop| *stop).await.ok();
    }
}

/// A free port of loopback.
pub(crate) async fn any_port() -> std::io::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await
}

/// Serves until [`Stop`] is requested; requests that run are finished.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: Stop) {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, service)
        .with_graceful_shutdown(async move { stop.requested().await });
    if let Err(error) = served.await {
        tracing::error!(%error, "a local server ended");
    }
}
