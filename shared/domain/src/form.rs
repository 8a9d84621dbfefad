//! Form bodies, `application/x-www-form-urlencoded`, as the WHATWG URL standard reads them (section 5.1), in the
//! encoding that the sender declares.

use encoding_rs::{Encoding, UTF_8};
use percent_encoding::percent_decode;

use crate::{WebhookRequest, charset, json_text};

/// The media type of a form.
pub(crate) const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

/// Fields that name the encoding of the form: PayPal's, and that of HTML (section 4.10.21.5 of its standard).
const CHARSET_FIELDS: [&[u8]; 2] = [b"charset", b"_charset_"];

/// A form that was read.
#[derive(Debug)]
pub(crate) struct Form {
    /// Names and values, in the order of the body.
    pub(crate) fields: Vec<(String, String)>,
    /// The body as it came, as text.
    pub(crate) text: String,
    /// Whether bytes that are none of the encoding became U+FFFD.
    pub(crate) was_repaired: bool,
}

/// Whether the request says that its body is a form.
pub(crate) fn is_form(request: &WebhookRequest) -> bool {
    request.media_type().as_deref() == Some(MEDIA_TYPE)
}

/// Reads the body as a form.
pub(crate) fn read(request: &WebhookRequest) -> Form {
    let body = json_text::without_mark(&request.body);
    let encoding = encoding(request, body);
    let whole = charset::decode_part(body, encoding);
    let mut was_repaired = whole.was_repaired;
    let mut text = |encoded: &[u8]| {
        let bytes = unescaped(encoded);
        let decoded = charset::decode_part(&bytes, encoding);
        was_repaired |= decoded.was_repaired;
        decoded.text.into_owned()
    };
    let fields = pairs(body)
        .map(|(name, value)| (text(name), text(value)))
        .collect();
    Form {
        fields,
        text: whole.text.into_owned(),
        was_repaired,
    }
}

/// Name and value of each field, sorted, each different pair once; empty where the body is no form.
pub(crate) fn sorted_fields(request: &WebhookRequest) -> String {
    if !is_form(request) {
        return String::new();
    }
    let mut fields = read(request).fields;
    fields.sort();
    fields.dedup();
    fields
        .into_iter()
        .flat_map(|(name, value)| [name, value])
        .collect()
}

/// What the content type declares, or else a field of the form; UTF-8 where neither does.
fn encoding(request: &WebhookRequest, body: &[u8]) -> &'static Encoding {
    let content_type = request.header("content-type").unwrap_or_default();
    let in_a_field = || {
        let mut named = pairs(body).filter(|(name, _)| CHARSET_FIELDS.contains(name));
        let (_, value) = named.next()?;
        charset::named(&String::from_utf8_lossy(&unescaped(value)))
    };
    charset::declared(content_type)
        .or_else(in_a_field)
        .unwrap_or(UTF_8)
}

/// Names and values as they are written.
fn pairs(body: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let pairs = body.split(|byte| *byte == b'&');
    pairs.filter(|pair| !pair.is_empty()).map(|pair| {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let name = halves.next().unwrap_or_default();
        (name, halves.next().unwrap_or_default())
    })
}

fn unescaped(encoded: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = encoded
        .iter()
        .map(|byte| if *byte == b'+' { b' ' } else { *byte })
        .collect();
    percent_decode(&spaced).collect()
}
