//! Connections to AWS: HTTP, signing, queues, encryption, logs, metrics and randomness.

pub(crate) mod connection;
pub(crate) mod http;
pub(crate) mod kms_cipher;
pub(crate) mod logging;
pub(crate) mod message;
pub(crate) mod metrics;
pub(crate) mod queue;
pub(crate) mod random;
pub(crate) mod release;
pub(crate) mod signer;
pub(crate) mod transport;
pub(crate) mod user_agent;
pub(crate) mod variables;

pub use connection::{Connection, Endpoints};
pub use http::http_client;
pub use kms_cipher::KmsCipher;
pub use logging::{init_logging, json_logs};
pub use message::{Message, UnreadableMessage};
pub use metrics::{Count, Metrics, metric_names};
pub use queue::{MAX_DELAY_MS, Queue, QueueError, QueueName};
pub use random::{Nonce, Random};
pub use release::{COMMIT, VERSION};
pub use transport::{Answer, Answering, IN_PROCESS_DOMAIN, Transport};
pub use variables::InvalidVariable;
