//! Form bodies, `application/x-www-form-urlencoded`, as the WHATWG URL standard reads them (section 5.1).

use percent_encoding::percent_decode;

use crate::WebhookRequest;

/// The media type of a form.
pub(crate) const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

/// Whether the request says that its body is a form.
pub(crate) fn is_form(request: &WebhookRequest) -> bool {
    request.media_type().as_deref() == Some(MEDIA_TYPE)
}

/// The fields, in the order of the body.
pub(crate) fn pairs(body: &[u8]) -> impl Iterator<Item = (String, String)> {
    body.split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = halves.next().unwrap_or_default();
            let value = halves.next().unwrap_or_default();
            (text(name), text(value))
        })
}

/// Name and value of each field, sorted, each different pair once; empty where the body is no form.
pub(crate) fn sorted_fields(request: &WebhookRequest) -> String {
    if !is_form(request) {
        return String::new();
    }
    let mut fields: Vec<(String, String)> = pairs(&request.body).collect();
    fields.sort();
    fields.dedup();
    fields
        .into_iter()
        .flat_map(|(name, value)| [name, value])
        .collect()
}

fn text(encoded: &[u8]) -> String {
    let spaced: Vec<u8> = encoded
        .iter()
        .map(|byte| if *byte == b'+' { b' ' } else { *byte })
        .collect();
    percent_decode(&spaced).decode_utf8_lossy().into_owned()
}
