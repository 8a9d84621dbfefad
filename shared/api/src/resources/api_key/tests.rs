//! The JSON of API keys, and the bodies of requests that create them.

use domain::{Environment, OrgId, Tenant, Timestamp};

use serde_json::json;

use super::*;
use crate::test_requests::with_body;

#[test]
fn a_key_is_shown_by_its_last_characters_only() {
    let key = ApiKey::from_random(Environment::Test, [7; 32]);
    let record = ApiKeyRecord {
        id: ApiKeyId::derived(&["k"]),
        tenant: Tenant {
            org: OrgId::derived(&["o"]),
            environment: Environment::Test,
        },
        name: "deploy".into(),
        scopes: vec![Scope::Admin, Scope::Read],
        hash: key.hash(),
        last4: key.last4(),
        created_at: Timestamp::from_millis(1_781_612_250_231),
        expires_at: None,
        session_of: None,
        last_used_at: None,
    };
    insta::assert_snapshot!(serde_json::to_string_pretty(&view(&record)).unwrap());
    assert_eq!(json!(view_with_key(&record, &key))["key"], key.reveal());
}

#[test]
fn a_new_key_needs_a_name_and_a_known_scope() {
    let now = Timestamp::from_millis(1_781_612_250_231);
    let create = |body: &serde_json::Value| create(&with_body(body), now);
    let draft = create(&json!({"name": "ci", "scopes": ["read", "read"]})).unwrap();
    assert_eq!(draft.scopes, [Scope::Read]);
    for body in [
        json!({"name": "ci"}),
        json!({"name": "ci", "scopes": []}),
        json!({"name": "ci", "scopes": ["root"]}),
        json!({"scopes": ["read"]}),
        json!({"name": "ci", "scopes": ["read"], "expiresAt": "2026-06-16T12:17:30.231Z"}),
        json!({"name": "ci", "scopes": ["read"], "expiresAt": "soon"}),
    ] {
        let refused = create(&body).unwrap_err();
        assert_eq!(refused.code(), Code::InvalidField, "{body}");
    }
}
