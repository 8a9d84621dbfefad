//! Reads the values of a scheme from a request.

use std::borrow::Cow;

use serde_json::Value;

use super::scheme::Location;
use crate::WebhookRequest;

impl Location<'_> {
    /// The first value there.
    pub(crate) fn first<'r>(&self, request: &'r WebhookRequest) -> Option<Cow<'r, str>> {
        match *self {
            Self::Header(name) => request.header(name).map(Cow::Borrowed),
            Self::FirstHeader(names) => {
                let mut values = names.iter().filter_map(|name| request.header(name));
                values.next().map(Cow::Borrowed)
            }
            Self::JoinedHeaders { first, then } => {
                let first = request.header(first)?;
                Some(match request.header(then) {
                    Some(then) => Cow::Owned(format!("{first}/{then}")),
                    None => Cow::Borrowed(first),
                })
            }
            Self::HeaderKey { header, key } => {
                pairs(request, header, key).next().map(Cow::Borrowed)
            }
            Self::Query(name) => {
                let mut pairs = request.query.iter();
                let found = pairs.find(|(parameter, _)| parameter == name);
                found.map(|(_, value)| Cow::Borrowed(value.as_str()))
            }
            Self::Json(pointer) => {
                let body: Value = serde_json::from_slice(&request.body).ok()?;
                let text = body.pointer(pointer)?.as_str()?;
                Some(Cow::Owned(text.to_owned()))
            }
        }
    }

    /// Every value there: more than one where a key of a header is repeated.
    pub(super) fn all<'r>(&self, request: &'r WebhookRequest) -> Vec<Cow<'r, str>> {
        match *self {
            Self::HeaderKey { header, key } => {
                pairs(request, header, key).map(Cow::Borrowed).collect()
            }
            Self::Header(_)
            | Self::FirstHeader(_)
            | Self::JoinedHeaders { .. }
            | Self::Query(_)
            | Self::Json(_) => self.first(request).into_iter().collect(),
        }
    }
}

fn pairs<'r>(
    request: &'r WebhookRequest,
    header: &str,
    key: &'static str,
) -> impl Iterator<Item = &'r str> {
    let value = request.header(header).unwrap_or_default();
    value.split(',').filter_map(move |pair| {
        let (name, value) = pair.split_once('=')?;
        (name.trim() == key).then_some(value.trim())
    })
}
