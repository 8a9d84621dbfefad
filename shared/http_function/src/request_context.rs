//! One authenticated request on its way through a handler.

use api::{Inbound, Problem};
use domain::{Caller, Timestamp};
use store::AwsContext;

use crate::routes::PathParameters;

/// One request of a caller that may make it, and everything that its handler needs.
pub struct RequestContext<'a, F> {
    /// The function that serves the request, with what it keeps between requests.
    pub app: &'a F,
    /// The clients of AWS.
    pub aws: &'a AwsContext,
    /// The request.
    pub inbound: &'a Inbound,
    /// Whose API key the request presents.
    pub caller: Caller,
    /// When the request came in.
    pub now: Timestamp,
    pub(crate) path_parameters: PathParameters<'a>,
}

impl<F> RequestContext<'_, F> {
    /// A parameter of the route's path, such as `name` of `/v1/secrets/{name}`, decoded. It is empty where the route
    /// has no such parameter.
    pub fn path_parameter(&self, name: &str) -> &str {
        let mut parameters = self.path_parameters.iter();
        let found = parameters.find(|(parameter, _)| *parameter == name);
        found.map_or("", |(_, value)| value)
    }

    /// A parameter of the route's path as an id. Text that is no id names no resource.
    pub fn path_id<T, E>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<T, Problem> {
        parse(self.path_parameter(name)).map_err(|_| Problem::not_found())
    }

    /// The text from which the id of a new resource is derived, where the request has an `Idempotency-Key`: a repeat
    /// derives the same id.
    pub fn idempotency_scope(&self, collection: &str) -> Result<Option<String>, Problem> {
        let key = api::idempotency::key(self.inbound)?;
        Ok(key.map(|key| key.scoped(self.caller.tenant, collection)))
    }

    /// The beginning of webhook URLs: scheme, host and stage, without a slash at the end.
    pub fn base_url(&self) -> &str {
        let configured = self.aws.settings.public_base_url.as_deref();
        self.inbound.base_url(configured)
    }
}
