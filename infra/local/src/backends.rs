//! The services of one stack, reached without sockets: the SDK's requests go in, and what AWS would answer comes out.
//! Does not know the callers.

use std::sync::Arc;

use bytes::Bytes;
use dynoxide::Database;
use http::{Request, Response};
use store::{IN_PROCESS_DOMAIN, Transport};

use crate::combining_lock::CombiningLock;
use crate::kms::Kms;
use crate::protocol;
use crate::recursion::Lineage;
use crate::s3::{self, S3};
use crate::sqs::Sqs;
use crate::{dynamodb, kms, sqs};

/// DynamoDB, KMS, S3 and SQS of one stack.
#[derive(Clone)]
pub struct Backends {
    pub(crate) database: CombiningLock<Database>,
    pub(crate) kms: Arc<Kms>,
    pub(crate) s3: Arc<S3>,
    pub(crate) sqs: Arc<Sqs>,
}

impl Backends {
    /// The files of the bucket, for tests of what is in it.
    #[must_use]
    pub fn s3(&self) -> &S3 {
        &self.s3
    }

    /// Answers one request. The signature says whether it is for S3; of the others, which speak the AWS JSON protocol, the
    /// header `X-Amz-Target` says which service it is for.
    pub async fn answer(&self, request: Request<Bytes>) -> Response<Bytes> {
        if s3::is_for_s3(request.headers()) {
            return self.s3.answer(request).await;
        }
        let (head, body) = request.into_parts();
        match protocol::target(&head.headers).split_once('.') {
            Some((dynamodb::TARGET, operation)) => {
                dynamodb::answer(&self.database, operation, &body).await
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
