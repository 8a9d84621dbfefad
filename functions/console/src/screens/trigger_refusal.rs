//! Why the last webhook of a trigger was refused, and what to do about it.

use maud::{Markup, html};
use serde_json::Value;

use crate::json::{self, optional, text};
use crate::parts::time;

/// Why the last webhook was refused that had the right token.
pub(super) fn last_refusal(trigger: &Value) -> Markup {
    let refusal = &trigger["lastRefusal"];
    let code = text(refusal, "code");
    html! {
        section #refusal {
            h2 { "Why was the last webhook refused?" }
            @if refusal.is_null() {
                p.empty { "No webhook with the right token was refused." }
            } @else {
                p { code { (code) } " " (advice(code)) }
                dl.facts {
                    dt { "Came" } dd { (time(optional(refusal, "at"))) }
                    dt { "From" } dd { (optional(refusal, "sourceIp").unwrap_or("unknown")) }
                    dt { "Headers" } dd { (json::joined(refusal, "headers")) }
                }
            }
        }
    }
}

/// What to do about a refusal.
fn advice(code: &str) -> &'static str {
    match code {
        "INVALID_SIGNATURE" => {
            "The signature is missing, stale or wrong: compare scheme and secret with the sender's."
        }
        "IP_NOT_ALLOWED" => "Its address is in none of the networks that the settings allow.",
        "WEBHOOK_DISABLED" => "The trigger is disabled: enable it.",
        "WORKFLOW_INACTIVE" => "The workflow is inactive: activate it.",
        "METHOD_NOT_ALLOWED" => "The settings do not allow its method.",
        "INVALID_REQUEST_BODY" => "Its body cannot be read as its content type says.",
        "MISSING_PARAMETER" => "It lacks a required parameter, or has one of another type.",
        "UNSUPPORTED_ENCODING" => "Its body is compressed: let the sender send it as it is.",
        "INVALID_DELIVERY_ID" => "Its delivery id is malformed: see where senders put theirs.",
        "RATE_LIMITED" => {
            "The rate limit of the workflow was exceeded: raise it, or let the sender slow down."
        }
        "PLAN_LIMIT_EXCEEDED" => "The plan of the org allows no more.",
        "INSUFFICIENT_CREDITS" => "The org has no credits left this month.",
        _ => "",
    }
}
