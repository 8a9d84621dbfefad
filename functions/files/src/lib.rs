//! The API over files that webhooks name: take them, show them, delete them. It says which steps a request takes; it knows
//! neither the table, the bucket, nor the status codes.

mod announce;
mod form;
mod routes;
mod show;
mod upload;

use api::{Inbound, Problem, profiles};
use domain::{ApiKey, FileQuota, OrgId};
use http_function::{Failure, HttpFunction, Route};
use lambda_http::{Body, Request, Response};
use store::{AwsContext, FileObjects};

/// What the function keeps between requests.
pub struct App {
    aws: AwsContext,
    objects: FileObjects,
}

/// One request on its way through a handler of this function.
type RequestContext<'a> = http_function::RequestContext<'a, App>;

impl App {
    /// The function over these clients of AWS.
    pub fn new(aws: AwsContext) -> Self {
        Self {
            objects: aws.file_objects(),
            aws,
        }
    }
}

/// Answers a request; see [`http_function::handle`].
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    http_function::handle(app, request).await
}

/// What the caller's org may upload in a day.
async fn quota(context: &RequestContext<'_>) -> Result<FileQuota, Failure> {
    let org: OrgId = context.caller.tenant.org;
    let record = context.aws.orgs.find(org).await?;
    Ok(FileQuota::of_plan(record.org.plan))
}

impl HttpFunction for App {
    const NAME: &'static str = "files";

    fn routes() -> &'static [Route<Self>] {
        &routes::ROUTES
    }

    fn aws(&self) -> &AwsContext {
        &self.aws
    }

    fn api_key(inbound: &Inbound) -> Result<ApiKey, Problem> {
        profiles::presented(inbound)
    }

    fn refuse(inbound: &Inbound, problem: Problem) -> Response<Body> {
        profiles::refuse(inbound, problem)
    }
}
