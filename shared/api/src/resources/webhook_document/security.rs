//! What proves who sends a webhook, as OpenAPI has it: the token, and the signature or key that the trigger asks for.

use domain::signature::Location;
use domain::{Trigger, WebhookProfile};
use serde_json::{Map, Value, json};

/// What a request to the trigger needs all together; the schemes are added to those of the document.
pub(super) fn of(trigger: &Trigger, schemes: &mut Map<String, Value>) -> Value {
    let mut needed = Map::new();
    let mut need = |name: String, scheme: Value| {
        schemes.insert(name.clone(), scheme);
        needed.insert(name, json!([]));
    };
    if trigger.profile == WebhookProfile::Native {
        let token = json!({
            "type": "apiKey", "in": "query", "name": "token",
            "description": "The token of the trigger, as its URL has it.",
        });
        need("token".to_owned(), token);
    }
    if let Some(authentication) = &trigger.authentication {
        let name = authentication.kind().as_str();
        let header = match authentication
            .scheme()
            .map(|scheme| scheme.scheme().signature)
        {
            Some(Location::Header(header) | Location::HeaderKey { header, .. }) => header,
            Some(Location::FirstHeader(headers)) => headers.first().copied().unwrap_or_default(),
            Some(_) => "signature",
            None => "HAP-AppKey",
        };
        let scheme = json!({
            "type": "apiKey", "in": "header", "name": header,
            "description": format!("A signature of the request, or a key with a sign: the scheme {name}."),
        });
        need(format!("{name}-{header}"), scheme);
    }
    json!([needed])
}
