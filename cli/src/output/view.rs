//! What tables show of the API's resources. Answers stay JSON: a member or a status that this version does not know passes
//! through. A test holds every field that is named here against docs/openapi.json.

/// How the value of a column is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Show {
    /// As it is.
    Value,
    /// A time, to the second.
    Time,
    /// A status, in its colour.
    Status,
}

/// A field of a resource.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) title: &'static str,
    pub(crate) pointer: &'static str,
    pub(crate) show: Show,
}

/// What is shown of a resource.
#[derive(Debug)]
pub(crate) struct View {
    /// Of several, in sentences.
    pub(crate) plural: &'static str,
    /// Its name among the schemas of docs/openapi.json; none where this program makes it.
    #[cfg_attr(not(test), expect(dead_code, reason = "a test reads it"))]
    pub(crate) schema: Option<&'static str>,
    /// In lists.
    pub(crate) columns: &'static [Column],
    /// Where it is shown alone, after the columns.
    pub(crate) details: &'static [Column],
}

const fn value(title: &'static str, pointer: &'static str) -> Column {
    column(title, pointer, Show::Value)
}
const fn time(title: &'static str, pointer: &'static str) -> Column {
    column(title, pointer, Show::Time)
}
const fn status(title: &'static str, pointer: &'static str) -> Column {
    column(title, pointer, Show::Status)
}
const fn column(title: &'static str, pointer: &'static str, show: Show) -> Column {
    Column {
        title,
        pointer,
        show,
    }
}

macro_rules! views {
    ($($name:ident: $plural:literal of $schema:expr, [$($column:expr),* $(,)?], [$($detail:expr),* $(,)?];)*) => {
        pub(crate) mod views {
            use super::{View, status, time, value};
            $(pub(crate) const $name: View = View {
                plural: $plural, schema: $schema, columns: &[$($column),*], details: &[$($detail),*],
            };)*
        }
        /// Every view.
        #[cfg(test)]
        pub(crate) const ALL: &[&View] = &[$(&views::$name),*];
    };
}

views! {
    PROFILE: "profiles" of None,
        [value("PROFILE", "/profile"), value("URL", "/url"), value("KEY", "/key"), value("IN USE", "/inUse")], [];
    WHOAMI: "identities" of None,
        [value("PROFILE", "/profile"), value("URL", "/url"), value("KEY", "/key"), value("ENVIRONMENT", "/environment"),
         value("ORG", "/org/id"), value("NAME", "/org/name"), value("PLAN", "/org/plan")],
        [value("ACTIVE WORKFLOWS", "/org/used/activeWorkflows"), value("CREDITS USED", "/org/used/credits")];
    DAY_USAGE: "days" of Some("DayUsage"),
        [value("DAY", "/day"), value("EXECUTIONS", "/executions"), value("DELIVERIES", "/deliveries"), value("REFUSALS", "/refusals")], [];
    API_KEY: "keys" of Some("ApiKey"),
        [value("ID", "/id"), value("NAME", "/name"), value("SCOPES", "/scopes"), value("LAST4", "/last4"),
         time("LAST USED", "/lastUsedAt"), time("EXPIRES", "/expiresAt")],
        [value("SESSION", "/session"), time("CREATED", "/createdAt")];
    CREATED_API_KEY: "keys" of Some("CreatedApiKey"),
        [value("ID", "/id"), value("NAME", "/name"), value("SCOPES", "/scopes"), time("EXPIRES", "/expiresAt"), value("KEY", "/key")], [];
    SECRET: "secrets" of Some("Secret"),
        [value("NAME", "/name"), time("CREATED", "/createdAt"), time("UPDATED", "/updatedAt")], [];
    LISTED_WORKFLOW: "workflows" of Some("ListedWorkflow"),
        [value("ID", "/id"), value("SLUG", "/slug"), value("NAME", "/name"), value("ACTIVE", "/active"),
         value("VERSION", "/version"), time("UPDATED", "/updatedAt")],
        [value("CAPACITY", "/rateLimit/capacity"), value("REFILL PER SECOND", "/rateLimit/refillPerSecond")];
    WORKFLOW: "workflows" of Some("Workflow"),
        [value("ID", "/id"), value("SLUG", "/slug"), value("NAME", "/name"), value("ACTIVE", "/active"),
         value("VERSION", "/version")],
        [value("CAPACITY", "/rateLimit/capacity"), value("REFILL PER SECOND", "/rateLimit/refillPerSecond"),
         time("CREATED", "/createdAt"), time("UPDATED", "/updatedAt")];
    VERSION: "versions" of Some("ListedVersion"),
        [value("VERSION", "/version"), value("CURRENT", "/current"), time("CREATED", "/createdAt")], [];
    PROBLEM: "problems" of Some("DefinitionProblem"),
        [value("LINE", "/line"), value("COLUMN", "/column"), value("WHERE", "/pointer"), value("WHAT", "/reason")], [];
    TRIGGER: "triggers" of Some("Trigger"),
        [value("ID", "/id"), value("ENABLED", "/enabled"), value("PROFILE", "/profile"), value("METHODS", "/methods"),
         value("ANSWER", "/response/mode"), value("SCHEME", "/authentication/scheme"), time("CREATED", "/createdAt")],
        [value("WORKFLOW", "/workflowId"), value("ADDRESSES", "/ipAllowList"), value("CONDITION", "/condition"),
         value("DELIVERY ID", "/deliveryId"), value("PAGES", "/cors/origins"), time("SAMPLE", "/sampledAt"), value("LAST REFUSAL", "/lastRefusal/code"), time("REFUSED", "/lastRefusal/at"),
         value("SECRET", "/authentication/secret"), value("URL", "/url")];
    PARAMETER: "parameters" of Some("Parameter"),
        [value("PARAMETER", "/name"), value("IN", "/in"), value("TYPE", "/type"), value("REQUIRED", "/required")],
        [value("DESCRIPTION", "/description")];
    LISTED_EXECUTION: "executions" of Some("ListedExecution"),
        [value("ID", "/id"), status("STATUS", "/status"), value("WORKFLOW", "/workflowId"), time("CREATED", "/createdAt"),
         time("FINISHED", "/finishedAt"), value("DELIVERY ID", "/deliveryId")],
        [value("TRIGGER", "/triggerId"), value("VERSION", "/workflowVersion"), value("PARENT", "/parentId"),
         value("TEST", "/test"), value("EDITED", "/edited")];
    EXECUTION: "executions" of Some("Execution"),
        [value("ID", "/id"), status("STATUS", "/status"), value("WORKFLOW", "/workflowId"), value("VERSION", "/workflowVersion"),
         value("TRIGGER", "/triggerId"), value("DELIVERY ID", "/deliveryId"), value("PARENT", "/parentId"),
         time("CREATED", "/createdAt"), time("STARTED", "/startedAt"), time("FINISHED", "/finishedAt")],
        [value("MILLISECONDS", "/cost/milliseconds"), value("WRITE UNITS", "/cost/writeUnits"), value("OUTPUT", "/output"),
         value("ERROR", "/error")];
    STEP: "steps" of Some("Step"),
        [value("STEP", "/name"), value("TYPE", "/type"), status("STATUS", "/status"), value("VISIT", "/visit"),
         value("ATTEMPTS", "/attempts"), value("CALLED", "/call/url"), value("ANSWER", "/call/status"), value("ERROR", "/error/title")], [];
    CAUSED_DELIVERY: "deliveries" of Some("CausedDelivery"),
        [value("DELIVERY", "/id"), value("EVENT", "/eventType"), status("STATUS", "/status"), value("SUBSCRIPTION", "/subscriptionId")], [];
    REPLAYS: "replays" of Some("Replays"),
        [value("DRY RUN", "/dryRun"), value("MATCHED", "/matched"), value("REPLAYED", "/replayed"), value("REPEATED", "/repeated"),
         value("SKIPPED", "/skipped")], [];
    REQUEST: "requests" of Some("WebhookRequest"),
        [value("METHOD", "/method"), time("RECEIVED", "/receivedAt"), value("FROM", "/sourceIp"),
         value("SCHEME", "/signature/scheme"), value("VERIFIED", "/signature/verified")], [];
    SUBSCRIPTION: "subscriptions" of Some("Subscription"),
        [value("ID", "/id"), value("ENABLED", "/enabled"), time("PAUSED UNTIL", "/pausedUntil"), value("EVENTS", "/events"),
         value("URL", "/url")],
        [value("WORKFLOWS", "/workflowIds"), value("SLUG", "/slug"), value("FORMAT", "/format"), value("METHOD", "/method"),
         value("DISABLED", "/disabledReason"), time("FAILING SINCE", "/failingSince"), time("CREATED", "/createdAt")];
    NEW_SUBSCRIPTION: "subscriptions" of Some("SubscriptionWithSecret"),
        [value("ID", "/id"), value("ENABLED", "/enabled"), value("EVENTS", "/events"), value("URL", "/url"), value("SECRET", "/secret")], [];
    TEST_EVENT: "events" of Some("TestEvent"), [value("EVENT", "/eventId"), value("DELIVERY", "/deliveryId")], [];
    RECOVERY: "recoveries" of Some("Recovery"), [value("RECOVERED", "/recovered")], [];
    EVENT: "events" of Some("Event"), [value("ID", "/id"), value("TYPE", "/type"), time("TIME", "/timestamp"), value("DATA", "/data")], [];
    LISTED_DELIVERY: "deliveries" of Some("ListedDelivery"),
        [value("ID", "/id"), status("STATUS", "/status"), value("EVENT", "/eventType"), value("ATTEMPTS", "/attemptCount"),
         time("NEXT", "/nextAttemptAt"), time("CREATED", "/createdAt")],
        [value("SUBSCRIPTION", "/subscriptionId"), value("EVENT ID", "/eventId")];
    ATTEMPT: "attempts" of Some("Attempt"),
        [time("AT", "/at"), value("ANSWER", "/status"), value("MILLISECONDS", "/latencyMs"), value("ERROR", "/error")], [];
    SAMPLE_EVENT: "samples" of None,
        [value("SAMPLE", "/name"), value("METHOD", "/method"), value("BYTES", "/bytes"), value("CONTENT TYPE", "/contentType")], [];
    CHECK: "checks" of None, [value("CHECK", "/check"), status("STATE", "/state"), value("WHAT", "/what")], [];
    CHANGE: "changes" of None, [value("CHANGE", "/change"), value("KIND", "/kind"), value("NAME", "/name"), value("WHAT", "/what")], [];
    LOCAL: "stacks" of None,
        [value("URL", "/baseUrl"), value("CONSOLE", "/consoleUrl"), value("WORKFLOW", "/workflowId"), value("WEBHOOK", "/webhookUrl"), value("PROFILE", "/profile")], [];
}
