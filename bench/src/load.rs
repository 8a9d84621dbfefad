//! Load: connections that each send one webhook after the other, as fast as they are answered, for a while. It does not
//! know the server.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::Outcome;

/// One connection.
pub(crate) struct Connection(SendRequest<Full<Bytes>>);

/// When a load ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    After(Duration),
    /// So many requests were sent.
    Sent(usize),
}

/// What all connections were answered.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub(crate) per_second: f64,
    /// Of each answer, in order.
    latencies: Vec<Duration>,
}

impl Connection {
    /// To `host:port`.
    pub(crate) async fn open(address: &str) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self(sender))
    }

    pub(crate) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Outcome<(StatusCode, Bytes)> {
        self.0.ready().await?;
        let (head, body) = self.0.send_request(request).await?.into_parts();
        Ok((head.status, body.collect().await?.to_bytes()))
    }
}

impl Load {
    /// `request` makes the one of that number. Whatever is not answered with 200 ends it.
    pub(crate) async fn of(
        connections: usize,
        until: Until,
        address: &str,
        request: impl Fn(usize) -> Request<Full<Bytes>> + Send + Sync + 'static,
    ) -> Outcome<Self> {
        let request = Arc::new(request);
        let next = Arc::new(AtomicUsize::new(0));
        let mut open = Vec::new();
        for _ in 0..connections {
            open.push(Connection::open(address).await?);
        }
        let began = Instant::now();
        let mut sending = JoinSet::new();
        for mut connection in open {
            let (request, next) = (Arc::clone(&request), Arc::clone(&next));
            sending.spawn(async move {
                let mut latencies = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let is_over = match until {
                        Until::After(time) => began.elapsed() >= time,
                        Until::Sent(count) => number >= count,
                    };
                    if is_over {
                        break;
                    }
                    let sent = Instant::now();
                    let (status, body) = connection.send(request(number)).await?;
                    if status != StatusCode::OK {
                        return Err(format!("{status}: {body:?}").into());
                    }
                    latencies.push(sent.elapsed());
                }
                Outcome::Ok(latencies)
            });
        }
        let mut latencies = Vec::new();
        while let Some(sent) = sending.join_next().await {
            latencies.extend(sent??);
        }
        latencies.sort_unstable();
        Ok(Self {
            per_second: latencies.len() as f64 / began.elapsed().as_secs_f64(),
            latencies,
        })
    }

    /// How long this part of all answers took at the most, in milliseconds.
    pub(crate) fn quantile_ms(&self, part: f64) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        let place = (last as f64 * part).round() as usize;
        self.latencies
            .get(place)
            .map_or(0.0, |latency| latency.as_secs_f64() * 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_an_answer_that_there_was() {
        let latencies = (1..=100).map(Duration::from_millis).collect();
        let load = Load {
            per_second: 1.0,
            latencies,
        };
        assert_eq!(load.quantile_ms(0.5), 51.0);
        assert_eq!(load.quantile_ms(0.99), 99.0);
        assert_eq!(load.quantile_ms(1.0), 100.0);
    }
}
