//! Every operation of the API: the one table of methods and paths, who may use them, what they take, and what they answer.

mod executions;
mod files;
mod profiles;
mod subscriptions;
mod triggers;
mod workflows;

use serde_json::{Map, Value, json};

use super::operation::Operation;
use crate::resources::api_key::{self, ApiKeyView, CreatedApiKeyView};
use crate::resources::health::HealthView;
use crate::resources::org::OrgView;
use crate::resources::secret::{self, SecretView};
use crate::resources::session;
use crate::resources::usage::UsageView;
use crate::status::Code;
use domain::Scope;

/// The groups of operations.
pub(super) const TAGS: [(&str, &str); 12] = [
    ("Deployment", "The deployment itself."),
    (
        "Org",
        "The org that a key belongs to, its keys and its secrets.",
    ),
    ("Workflows", "What runs."),
    ("Triggers", "Webhook URLs, and their settings."),
    ("Samples", "What the senders of a trigger send."),
    ("Executions", "Runs of workflows."),
    ("Subscriptions", "Receivers of events."),
    ("Events", "Event types, events and their deliveries."),
    ("Files", "Files that webhooks name."),
    ("Refly", "Webhooks, as clients of refly manage them."),
    ("Refold", "Subscriptions, as clients of refold manage them."),
    ("Copyai", "Subscriptions, as clients of copyai manage them."),
];

/// The table.
pub(super) fn operations() -> Vec<Operation> {
    let parts = [
        deployment(),
        org(),
        workflows::operations(),
        triggers::operations(),
        executions::operations(),
        subscriptions::operations(),
        files::operations(),
        profiles::operations(),
    ];
    parts.into_iter().flatten().collect()
}

fn deployment() -> Vec<Operation> {
    let tag = "Deployment";
    vec![
        Operation::new("GET", "/healthz", "getHealth", "Say which build runs")
            .tag(tag)
            .public()
            .shows::<HealthView>("It works."),
        Operation::new("HEAD", "/healthz", "headHealth", "Say that it works")
            .tag(tag)
            .public()
            .shows::<HealthView>("It works."),
        Operation::new("GET", "/openapi.json", "getDocument", "Describe the API")
            .tag(tag)
            .public()
            .shows::<Map<String, Value>>("This document."),
    ]
}

fn org() -> Vec<Operation> {
    let tag = "Org";
    vec![
        Operation::new(
            "GET",
            "/v1/org",
            "getOrg",
            "Show the org, its plan and what it uses",
        )
        .tag(tag)
        .shows::<OrgView<'_>>("The org of the key."),
        Operation::new(
            "GET",
            "/v1/org/usage",
            "getOrgUsage",
            "Show what the org used, by day",
        )
        .tag(tag)
        .says("The last 31 days of UTC, over both environments. Containers count in memory and write once a minute: what one has counted since then is missing, for good if it ends.")
        .shows::<UsageView>("Every day with its counts."),
        Operation::new("GET", "/v1/api-keys", "listApiKeys", "List API keys")
            .tag(tag)
            .lists::<ApiKeyView<'_>>(),
        Operation::new("POST", "/v1/api-keys", "createApiKey", "Create an API key")
            .tag(tag)
            .takes::<api_key::Fields>(
                &["name", "scopes"],
                json!({"name": "ci", "scopes": ["read"]}),
            )
            .idempotent()
            .creates::<CreatedApiKeyView<'_>>()
            .refuses(&[Code::LimitReached]),
        Operation::new(
            "GET",
            "/v1/api-keys/{keyId}",
            "getApiKey",
            "Show an API key",
        )
        .tag(tag)
        .shows::<ApiKeyView<'_>>("The API key."),
        Operation::new(
            "DELETE",
            "/v1/api-keys/{keyId}",
            "revokeApiKey",
            "Revoke an API key",
        )
        .tag(tag)
        .says("It is refused everywhere within five seconds.")
        .deletes(),
        Operation::new("POST", "/v1/sessions", "createSession", "Make a key that ends soon")
            .tag(tag)
            .any_key()
            .says("It has the scopes of the key that makes it, lasts twelve hours at most, and ends with that key.")
            .may_take::<session::Fields>(json!({"expiresInSeconds": 3600}))
            .creates::<CreatedApiKeyView<'_>>()
            .refuses(&[Code::LimitReached, Code::NotFound]),
        Operation::new("DELETE", "/v1/sessions/current", "endSession", "End the session of the request's key")
            .tag(tag)
            .any_key()
            .deletes()
            .refuses(&[Code::NotFound]),
        Operation::new(
            "GET",
            "/v1/secrets",
            "listSecrets",
            "List the names of secrets",
        )
        .tag(tag)
        .scope(Scope::Admin)
        .lists::<SecretView<'_>>(),
        Operation::new(
            "PUT",
            "/v1/secrets/{name}",
            "putSecret",
            "Store a secret, or replace its value",
        )
        .tag(tag)
        .takes::<secret::Fields>(&["value"], json!({"value": "s3cr3t"}))
        .shows::<SecretView<'_>>("Its value was replaced.")
        .creates::<SecretView<'_>>()
        .refuses(&[Code::InvalidParameter, Code::LimitReached]),
        Operation::new(
            "DELETE",
            "/v1/secrets/{name}",
            "deleteSecret",
            "Delete a secret",
        )
        .tag(tag)
        .deletes(),
    ]
}
