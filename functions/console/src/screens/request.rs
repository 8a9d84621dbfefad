//! The request that an execution began with: headers, query, the body in three forms, and as a command.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::NamedFiles;
use maud::{Markup, html};
use serde_json::Value;

use crate::api_calls::{segment, with_query};
use crate::json::{self, is, optional, text};
use crate::parts::{hex, json as json_block, text_block, time};
use crate::refusal::Refusal;
use crate::visit::Visit;

/// Bytes of a body on the page.
const SHOWN_BODY_BYTES: usize = 6_000;
const SHOWN_HEX_BYTES: usize = 2_048;
/// Bytes of the headers and parameters on the page, and how many of each.
const SHOWN_VALUE_BYTES: usize = 400;
const SHOWN_HEADERS: usize = 40;
/// Files that the variables name; an execution takes no more.
const SHOWN_FILES: usize = 20;
/// Headers that the way to the webhook adds, and no sender writes.
const OF_THE_WAY: [&str; 7] = [
    "host",
    "content-length",
    "x-forwarded-for",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-amzn-trace-id",
    "via",
];

/// The section of the page.
pub(crate) async fn section(visit: &Visit<'_>, id: &str) -> Result<Markup, Refusal> {
    let path = format!("/v1/executions/{}/request", segment(id));
    let request = visit.api.get(&path, &[]).await?;
    let here = format!("/console/executions/{}", segment(id));
    let view = match visit.parameter("body") {
        "raw" => "raw",
        "hex" => "hex",
        _ => "pretty",
    };
    let bytes = body_bytes(&request);
    Ok(html! {
        section #request {
            h2 { "Request" }
            (facts(&request, &bytes))
            (headers(&request))
            div.head {
                h3 { "Body" span.hint { " " (bytes.len()) " bytes" } }
                nav.presets aria-label="Form of the body" {
                    @for name in ["pretty", "raw", "hex"] {
                        a href={ (with_query(&here, &[("body", name)])) "#request" } aria-current=[(name == view).then_some("true")] { (name) }
                    }
                    a href={ (here) "/body" } download { "Download" }
                }
            }
            (body(&request, &bytes, view))
            details {
                summary { "As curl" }
                p.hint { "Set WEBHOOK_URL to the trigger's URL, which has the token." }
                pre tabindex="0" { code data-copy-block { (curl(&request, &bytes)) } }
            }
        }
    })
}

fn facts(request: &Value, body: &[u8]) -> Markup {
    let signature = &request["signature"];
    let event = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let files = NamedFiles::of(&event);
    html! {
        dl.facts {
            dt { "Method" } dd { code { (text(request, "method")) } }
            dt { "Received" } dd { (time(optional(request, "receivedAt"))) }
            dt { "From" } dd { (optional(request, "sourceIp").unwrap_or("unknown")) }
            dt { "Signature" } dd {
                @if signature.is_null() { "not required" }
                @else if is(signature, "verified") { "verified, scheme " code { (text(signature, "scheme")) } }
                @else { "not verified" }
            }
            @for (variable, key) in files.keys().into_iter().take(SHOWN_FILES) {
                dt { "File" } dd { code { (key.to_string()) } " in the variable " (variable) }
            }
        }
    }
}

fn headers(request: &Value) -> Markup {
    let headers = request["headers"].as_object();
    let headers: Vec<(&str, &str)> = headers
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default()))
        .collect();
    let query: Vec<(&str, &str)> = json::list(request, "query")
        .iter()
        .map(|each| (text(each, "name"), text(each, "value")))
        .collect();
    html! {
        @if !query.is_empty() { (pairs("Query", &query, true)) }
        (pairs("Headers", &headers, false))
    }
}

fn pairs(label: &str, pairs: &[(&str, &str)], is_open: bool) -> Markup {
    let shown = |value: &str| value.chars().take(SHOWN_VALUE_BYTES).collect::<String>();
    html! {
        details open[is_open] {
            summary { (label) " " span.hint { (pairs.len()) } }
            dl.pairs {
                @for (name, value) in pairs.iter().take(SHOWN_HEADERS) {
                    dt { (shown(name)) } dd { (shown(value)) }
                }
            }
        }
    }
}

/// The bytes of the body, which the API writes as text or in base64.
pub(crate) fn body_bytes(request: &Value) -> Vec<u8> {
    let body = text(request, "body");
    match text(request, "bodyEncoding") {
        "base64" => STANDARD.decode(body).unwrap_or_default(),
        _ => body.as_bytes().to_vec(),
    }
}

fn body(request: &Value, bytes: &[u8], view: &str) -> Markup {
    let is_text = text(request, "bodyEncoding") == "utf-8";
    if bytes.is_empty() {
        return html! { p.empty { "There is no body." } };
    }
    match view {
        "hex" => hex(bytes, SHOWN_HEX_BYTES),
        _ if !is_text => hex(bytes, SHOWN_HEX_BYTES),
        "raw" => text_block(text(request, "body"), SHOWN_BODY_BYTES),
        _ => match serde_json::from_slice::<Value>(bytes) {
            Ok(value) => json_block(&value, SHOWN_BODY_BYTES),
            Err(_) => text_block(text(request, "body"), SHOWN_BODY_BYTES),
        },
    }
}

/// The request as a command for a POSIX shell.
fn curl(request: &Value, bytes: &[u8]) -> String {
    let mut lines = vec![format!(
        "curl -X {} \"$WEBHOOK_URL{}\"",
        text(request, "method"),
        query(request)
    )];
    let headers = request["headers"].as_object().into_iter().flatten();
    for (name, value) in headers.take(SHOWN_HEADERS) {
        if !OF_THE_WAY.contains(&name.as_str()) {
            let value = value.as_str().unwrap_or_default();
            lines.push(format!("-H {}", quoted(&format!("{name}: {value}"))));
        }
    }
    let is_text = text(request, "bodyEncoding") == "utf-8";
    match bytes.len() {
        0 => {}
        1..=SHOWN_BODY_BYTES if is_text => {
            lines.push(format!("--data-binary {}", quoted(text(request, "body"))));
        }
        _ => lines.push("--data-binary @body.bin".to_owned()),
    }
    lines.join(" \\\n  ")
}

/// The parameters behind those of the webhook's URL, which has a query already.
fn query(request: &Value) -> String {
    let mut written = form_urlencoded::Serializer::new(String::new());
    for each in json::list(request, "query") {
        if text(each, "name") != "token" {
            written.append_pair(text(each, "name"), text(each, "value"));
        }
    }
    match written.finish() {
        query if query.is_empty() => query,
        query => format!("&{query}"),
    }
}

/// Between single quotes nothing is special but the single quote.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn files_that_variables_name_are_listed() {
        let key = "of_2HM0205093DNEK1JP17XARCW47";
        let body = json!({"variables": {"<report>": key, "name": "of_course"}}).to_string();
        let shown = facts(&json!({"method": "POST"}), body.as_bytes()).into_string();
        assert!(
            shown.contains(key) && shown.contains("&lt;report&gt;"),
            "{shown}"
        );
        assert_eq!(shown.matches("<dt>File</dt>").count(), 1);
        assert!(!facts(&json!({}), b"\xff").into_string().contains("File"));
    }

    #[test]
    fn a_request_is_a_command_that_a_shell_reads_back() {
        let request = json!({
            "method": "POST",
            "query": [{"name": "a", "value": "1 $HOME`x`"}],
            "headers": {"host": "x", "content-type": "text/plain", "x-note": "it's"},
            "body": "it's $(rm)", "bodyEncoding": "utf-8",
        });
        let command = curl(&request, &body_bytes(&request));
        assert_eq!(
            command,
            "curl -X POST \"$WEBHOOK_URL&a=1+%24HOME%60x%60\" \\\n  -H 'content-type: text/plain' \\\n  -H 'x-note: it'\\''s' \\\n  --data-binary 'it'\\''s $(rm)'"
        );
        let binary = json!({"method": "PUT", "body": "AP8=", "bodyEncoding": "base64"});
        assert_eq!(body_bytes(&binary), [0, 255]);
        assert!(curl(&binary, &[0, 255]).ends_with("--data-binary @body.bin"));
    }
}
