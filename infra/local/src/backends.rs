//! The services of one stack, reached without sockets: the SDK's requests go in, and what AWS would answer comes out.
//! Does not know the callers.

use std::sync::Arc;

use bytes::Bytes;
use dynoxide::Database;
use http::{Request, Response};
use store::{IN_PROCESS_DOMAIN, Transport};

use crate::kms::Kms;
use crate::protocol;
use crate::recursion::Lineage;
use crate::sqs::Sqs;
use crate::{dynamodb, kms, sqs};

/// DynamoDB, KMS and SQS of one stack.
#[derive(Clone)]
pub struct Backends {
    pub(crate) database: Database,
    pub(crate) kms: Arc<Kms>,
    pub(crate) sqs: Arc<Sqs>,
}

impl Backends {
    /// Answers one request of the AWS JSON protocol. The header `X-Amz-Target` says which service it is for.
    pub async fn answer(&self, request: Request<Bytes>) -> Response<Bytes> {
        let (head, body) = request.into_parts();
        match protocol::target(&head.headers).split_once('.') {
            Some((dynamodb::TARGET, operation)) => {
                dynamodb::answer(&self.database, operation, &body)
            }
            Some((kms::TARGET, operation)) => kms::answer(&self.kms, operation, &body),
            Some((_, operation)) => sqs::answer(&self.sqs, operation, &body).await,
            None => sqs::answer(&self.sqs, "", &body).await,
        }
    }

    /// What connects a function to these services.
    pub fn transport(&self) -> Transport {
        let backends = self.clone();
        Transport::InProcess(Arc::new(move |request| {
            let backends = backends.clone();
            // The call may be answered in a task of its own.
            let lineage = Lineage::current();
            Box::pin(lineage.around(async move { Ok(backends.answer(request).await) }))
        }))
    }
}

/// The endpoint of a service that is reached in this process.
pub(crate) fn endpoint(service: &str) -> String {
    format!("http://{service}{IN_PROCESS_DOMAIN}")
}
