//! The sample of a trigger: how one is captured or written, and the parameters that it has.

use maud::{Markup, html};
use serde_json::Value;

use super::trigger::{Ids, page_of};
use crate::json::{self, is, optional, text};
use crate::layout::token;
use crate::parts::{act, json as json_block, time};
use crate::visit::Visit;

const SHOWN_SAMPLE_BYTES: usize = 4_000;

/// The window in which the next request becomes the sample.
pub(super) fn capturing(visit: &Visit<'_>, ids: Ids<'_>, capture: Option<&Value>) -> Markup {
    let path = page_of(ids);
    html! {
        section #capture {
            h2 { "Capture a sample" }
            @match capture {
                None => {
                    p.hint { "Opens a window in which the next request to the webhook becomes the sample." }
                    (act(visit, &format!("{path}/capture"), "Capture the next request"))
                },
                Some(capture) => {
                    (captured(capture))
                    div.buttons {
                        @if text(capture, "state") == "captured" {
                            (act(visit, &format!("{path}/capture/confirm"), "Use as the sample"))
                        }
                        (act(visit, &format!("{path}/capture"), "Capture again"))
                        (act(visit, &format!("{path}/capture/close"), "Stop capturing"))
                    }
                },
            }
        }
    }
}

fn captured(capture: &Value) -> Markup {
    let sample = &capture["sample"];
    html! {
        p {
            @match text(capture, "state") {
                "captured" => "A request was captured:",
                "expired" => "The window has closed, and no request came.",
                "pending" => { "The window opens " (time(optional(capture, "opensAt"))) },
                _ => { "Waiting for a request: the window closes " (time(optional(capture, "closesAt"))) },
            }
        }
        @if !sample.is_null() {
            p { code { (text(&sample["request"], "method")) } " at " (time(optional(sample, "takenAt"))) }
            (json_block(&sample["event"], SHOWN_SAMPLE_BYTES))
            (parameters(json::list(capture, "parameters")))
        }
    }
}

/// The sample, and a form to write one.
pub(super) fn sampled(visit: &Visit<'_>, ids: Ids<'_>, sample: Option<&Value>) -> Markup {
    let path = page_of(ids);
    html! {
        section {
            h2 { "Sample" }
            @match sample {
                Some(sample) => {
                    p.hint { "From " (text(sample, "origin")) ", " (time(optional(sample, "takenAt"))) }
                    (json_block(&sample["event"], SHOWN_SAMPLE_BYTES))
                    (act(visit, &format!("{path}/sample/delete"), "Delete the sample"))
                },
                None => p.empty { "No sample yet. Capture a request, or write one." },
            }
            @if visit.session.is_admin() {
                details {
                    summary { "Write a sample" }
                    form.stack method="post" action={ (path) "/sample" } {
                        (token(visit))
                        label { span { "An example of a body, in JSON" } textarea.code name="json" rows="8" required spellcheck="false" {} }
                        div.buttons { button.main { "Save the sample" } }
                    }
                }
            }
        }
    }
}

/// The parameters of a sample or a trigger.
pub(super) fn parameters(parameters: &[Value]) -> Markup {
    html! {
        @if !parameters.is_empty() {
            details {
                summary { "Parameters " span.hint { (parameters.len()) } }
                dl.pairs {
                    @for each in parameters {
                        dt { (text(each, "name")) }
                        dd {
                            (text(each, "type")) " in " (text(each, "in"))
                            @if is(each, "required") { ", required" }
                            @if let Some(description) = optional(each, "description") { ": " (description) }
                        }
                    }
                }
            }
        }
    }
}
