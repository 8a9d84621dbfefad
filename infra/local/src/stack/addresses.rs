//! Where the parts of a stack listen, all bound before anything starts. Does not know what listens there.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use super::{Connections, Mode, Options};
use crate::backends::endpoint;
use crate::server::any_port;
use crate::start_error::StartError;

/// What is bound before anything else, because the rest needs to know the addresses.
pub(super) struct Listeners {
    pub(super) api: TcpListener,
    /// Always bound, because URLs of files are used by others.
    pub(super) files: TcpListener,
    /// None where the services are reached in this process.
    pub(super) backends: Option<BackendListeners>,
}

pub(super) struct BackendListeners {
    pub(super) dynamodb: TcpListener,
    pub(super) kms: TcpListener,
    pub(super) sqs: TcpListener,
}

pub(super) struct Addresses {
    pub(super) base_url: String,
    pub(super) dynamodb: String,
    pub(super) kms: String,
    pub(super) sqs: String,
    /// For the functions.
    pub(super) s3: String,
    /// In URLs of files.
    pub(super) files: String,
}

impl Listeners {
    pub(super) async fn bind(options: &Options) -> Result<Self, StartError> {
        let backends = match (&options.mode, options.connections) {
            (Mode::Whole | Mode::OnDemand, Connections::InProcess) => None,
            (Mode::BackendsOnly { .. }, _) | (_, Connections::Sockets) => Some(BackendListeners {
                dynamodb: loopback().await?,
                kms: loopback().await?,
                sqs: loopback().await?,
            }),
        };
        Ok(Self {
            api: listen(options.listen).await?,
            files: loopback().await?,
            backends,
        })
    }

    pub(super) fn addresses(&self, options: &Options) -> Result<Addresses, StartError> {
        let api = local_address(&self.api, options.listen)?;
        let base_url = base_url(&options.mode, api);
        let files = url(&self.files)?;
        Ok(match &self.backends {
            Some(backends) => Addresses {
                base_url,
                dynamodb: url(&backends.dynamodb)?,
                kms: url(&backends.kms)?,
                sqs: url(&backends.sqs)?,
                s3: files.clone(),
                files,
            },
            None => Addresses {
                base_url,
                dynamodb: endpoint("dynamodb"),
                kms: endpoint("kms"),
                sqs: endpoint("sqs"),
                s3: endpoint("s3"),
                files,
            },
        })
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| StartError::Address { address, source })
}

async fn loopback() -> Result<TcpListener, StartError> {
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    any_port()
        .await
        .map_err(|source| StartError::Address { address, source })
}

fn local_address(listener: &TcpListener, asked: SocketAddr) -> Result<SocketAddr, StartError> {
    listener.local_addr().map_err(|source| StartError::Address {
        address: asked,
        source,
    })
}

fn url(listener: &TcpListener) -> Result<String, StartError> {
    Ok(format!(
        "http://{}",
        local_address(listener, SocketAddr::from(([127, 0, 0, 1], 0)))?
    ))
}

/// What listens on every address is reached on loopback.
fn base_url(mode: &Mode, mut address: SocketAddr) -> String {
    if let Mode::BackendsOnly { invoke_endpoint } = mode {
        return invoke_endpoint.clone();
    }
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    format!("http://{address}")
}
