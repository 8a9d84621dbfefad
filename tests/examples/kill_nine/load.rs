//! Several clients at a time, and the address at which they reach the stack.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::Outcome;
use crate::client::Client;
use crate::ledger::Ledger;
use crate::workflows::Hook;

const LOOK_AGAIN: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_secs(60);

/// What the clients read before each request.
#[derive(Clone, Debug, Default)]
struct StackAddress {
    base_url: Option<String>,
    is_over: bool,
}

pub(crate) struct Load {
    address: watch::Sender<StackAddress>,
    clients: JoinSet<()>,
}

/// A client's view of the stack.
#[derive(Clone)]
pub(crate) struct Target {
    address: watch::Receiver<StackAddress>,
}

impl Load {
    pub(crate) fn start(
        clients: u32,
        base_url: &str,
        hooks: &[Hook],
        ledger: &Arc<Ledger>,
    ) -> Outcome<Self> {
        let address = watch::Sender::new(StackAddress {
            base_url: Some(base_url.to_owned()),
            is_over: false,
        });
        let mut running = JoinSet::new();
        for number in 1..=clients {
            let target = Target {
                address: address.subscribe(),
            };
            let name = format!("client-{number}");
            let client = Client::new(name, hooks.to_vec(), Arc::clone(ledger), target)?;
            running.spawn(client.run());
        }
        Ok(Self {
            address,
            clients: running,
        })
    }

    /// Waits until another webhook was accepted; a slow machine takes long to start.
    pub(crate) async fn is_answered(&self, ledger: &Ledger) -> Outcome<()> {
        let before = ledger.seen().accepted;
        let answered = async {
            while ledger.seen().accepted == before {
                sleep(LOOK_AGAIN).await;
            }
        };
        timeout(PATIENCE, answered)
            .await
            .map_err(|_| "nothing was accepted within a minute".into())
    }

    /// From now on the clients send no new webhooks.
    pub(crate) fn end_soon(&self) {
        self.address.send_modify(|address| address.is_over = true);
    }

    pub(crate) fn stack_is_down(&self) {
        self.address.send_modify(|address| address.base_url = None);
    }

    pub(crate) fn stack_is_at(&self, base_url: &str) {
        let base_url = Some(base_url.to_owned());
        self.address
            .send_modify(|address| address.base_url = base_url);
    }

    /// Waits until every client has its answers.
    pub(crate) async fn ended(mut self) -> Outcome<()> {
        while let Some(client) = self.clients.join_next().await {
            client?;
        }
        Ok(())
    }
}

impl Target {
    pub(crate) fn is_over(&self) -> bool {
        self.address.borrow().is_over
    }

    /// Waits while the stack is down.
    pub(crate) async fn base_url(&mut self) -> String {
        let up = self
            .address
            .wait_for(|address| address.base_url.is_some())
            .await;
        up.ok()
            .and_then(|address| address.base_url.clone())
            .unwrap_or_default()
    }
}
