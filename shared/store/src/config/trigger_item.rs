//! The stored form of a trigger.

use domain::{
    Condition, CorsOrigins, DeliveryIdLocation, HookMethod, IpAllowList, ReflyTimeout, Sealed,
    SecretHash, TokenHashes, Trigger, TriggerResponse, WebhookProfile,
};

use crate::StoreError;
use crate::config::authentication_record::{self, AUTHENTICATION};
use crate::config::capture_record::{self, CAPTURE};
use crate::config::parameter_record::{self, PARAMETERS};
use crate::dynamodb::attributes::{Item, Row, VERSION, bytes, flag, moment, number, text, texts};
use crate::dynamodb::keys::Key;
use crate::dynamodb::update_expression::UpdateExpression;

/// Where its senders put their delivery ids, as JSON.
const DELIVERY_ID_LOCATION: &str = "delivery_id_location";
/// What an event has to satisfy, in jq.
const CONDITION: &str = "condition";
/// What it answers, as JSON; absent where it answers at once.
const RESPONSE: &str = "response";
/// When the sample was made, which is an item of its own.
const SAMPLED_AT: &str = "sampled_at";

/// Attributes that a change may set; one that the trigger does not have any more is removed.
const CHANGEABLE: &[&str] = &[
    "enabled",
    "profile",
    "token",
    "sealed_token",
    "refly_timeout",
    "token_old",
    "token_old_until",
    "allowed",
    "methods",
    "cors",
    RESPONSE,
    DELIVERY_ID_LOCATION,
    CONDITION,
    PARAMETERS,
    SAMPLED_AT,
    CAPTURE,
    AUTHENTICATION,
    "revision",
];

/// Sets everything that a change may set.
pub(crate) fn changes(trigger: &Trigger) -> UpdateExpression {
    let mut item = write(trigger);
    let mut changes = UpdateExpression::default();
    for name in CHANGEABLE {
        changes.set_or_remove(name, item.remove(*name));
    }
    changes
}

pub(crate) fn write(trigger: &Trigger) -> Item {
    let methods: Vec<&str> = trigger
        .methods
        .iter()
        .map(|method| method.as_str())
        .collect();
    let mut item = Key::trigger(trigger.workflow_id, trigger.id).item();
    item.extend([
        ("v".to_owned(), number(VERSION)),
        ("id".to_owned(), text(trigger.id)),
        ("workflow_id".to_owned(), text(trigger.workflow_id)),
        ("tenant".to_owned(), text(trigger.tenant)),
        ("enabled".to_owned(), flag(trigger.enabled)),
        ("token".to_owned(), text(trigger.token.current)),
        (
            "allowed".to_owned(),
            texts(&trigger.ip_allow_list.entries()),
        ),
        ("methods".to_owned(), texts(&methods)),
        ("created_at".to_owned(), moment(trigger.created_at)),
        ("revision".to_owned(), number(trigger.revision)),
    ]);
    if trigger.profile != WebhookProfile::default() {
        item.insert("profile".to_owned(), text(trigger.profile.as_str()));
    }
    if trigger.refly_timeout != ReflyTimeout::default() {
        let secs = number(trigger.refly_timeout.as_secs());
        item.insert("refly_timeout".to_owned(), secs);
    }
    if let Some(sealed) = &trigger.sealed_token {
        item.insert("sealed_token".to_owned(), bytes(sealed.as_bytes()));
    }
    if let Some((hash, until)) = &trigger.token.previous {
        item.insert("token_old".to_owned(), text(hash));
        item.insert("token_old_until".to_owned(), moment(*until));
    }
    if !trigger.cors.is_empty() {
        item.insert("cors".to_owned(), texts(trigger.cors.entries()));
    }
    if !trigger.response.is_immediate() {
        let json = serde_json::to_string(&trigger.response);
        item.extend(json.map(|json| (RESPONSE.to_owned(), text(json))));
    }
    if let Some(location) = &trigger.delivery_id_location {
        let json = serde_json::to_string(location);
        item.extend(json.map(|json| (DELIVERY_ID_LOCATION.to_owned(), text(json))));
    }
    if let Some(condition) = &trigger.condition {
        item.insert(CONDITION.to_owned(), text(condition.as_str()));
    }
    let parameters = parameter_record::to_attribute(&trigger.parameters);
    item.extend(parameters.map(|attribute| (PARAMETERS.to_owned(), attribute)));
    let sampled_at = trigger.sampled_at;
    item.extend(sampled_at.map(|at| (SAMPLED_AT.to_owned(), moment(at))));
    let capture = trigger.capture.as_ref().map(capture_record::to_attribute);
    item.extend(capture.map(|attribute| (CAPTURE.to_owned(), attribute)));
    let authentication = trigger.authentication.as_ref();
    item.extend(authentication.map(|authentication| {
        let attribute = authentication_record::to_attribute(authentication);
        (AUTHENTICATION.to_owned(), attribute)
    }));
    item
}

pub(crate) fn read(item: &Item) -> Result<Trigger, StoreError> {
    let row = Row::checked(item)?;
    let hash = |name: &str, text: &str| {
        SecretHash::parse(text).ok_or_else(|| row.bad(name, "is not a hash"))
    };
    let previous = match (
        row.optional_text("token_old"),
        row.optional_moment("token_old_until")?,
    ) {
        (Some(old), Some(until)) => Some((hash("token_old", old)?, until)),
        _ => None,
    };
    let methods = row
        .texts("methods")?
        .iter()
        .map(|name| HookMethod::parse(name).map_err(|e| row.bad("methods", &e.to_string())))
        .collect::<Result<_, _>>()?;
    Ok(Trigger {
        id: row.parsed("id")?,
        workflow_id: row.parsed("workflow_id")?,
        tenant: row.tenant()?,
        enabled: row.flag("enabled"),
        profile: profile(row)?,
        token: TokenHashes {
            current: hash("token", row.text("token")?)?,
            previous,
        },
        sealed_token: row
            .bytes("sealed_token")
            .map(|sealed| Sealed::from_stored(sealed.to_vec())),
        ip_allow_list: IpAllowList::parse(&row.texts("allowed")?)
            .map_err(|error| row.bad("allowed", &error.to_string()))?,
        methods,
        cors: cors(row)?,
        refly_timeout: refly_timeout(row)?,
        response: response(row)?,
        delivery_id_location: delivery_id_location(row)?,
        condition: condition(row)?,
        parameters: parameter_record::from_row(row)?,
        sampled_at: row.optional_moment(SAMPLED_AT)?,
        capture: capture_record::from_row(row)?,
        authentication: authentication_record::from_row(row)?,
        created_at: row.moment("created_at")?,
        revision: row.number("revision")?,
    })
}

fn cors(row: Row<'_>) -> Result<CorsOrigins, StoreError> {
    if !row.0.contains_key("cors") {
        return Ok(CorsOrigins::default());
    }
    CorsOrigins::parse(&row.texts("cors")?).map_err(|error| row.bad("cors", &error.to_string()))
}

fn profile(row: Row<'_>) -> Result<WebhookProfile, StoreError> {
    let name = row.optional_text("profile").map(WebhookProfile::parse);
    let profile = name.transpose();
    let profile = profile.map_err(|error| row.bad("profile", &error.to_string()))?;
    Ok(profile.unwrap_or_default())
}

fn refly_timeout(row: Row<'_>) -> Result<ReflyTimeout, StoreError> {
    let secs = row.optional_number("refly_timeout")?;
    let timeout = secs.map(ReflyTimeout::from_secs).transpose();
    let timeout = timeout.map_err(|error| row.bad("refly_timeout", &error.to_string()))?;
    Ok(timeout.unwrap_or_default())
}

fn response(row: Row<'_>) -> Result<TriggerResponse, StoreError> {
    let Some(json) = row.optional_text(RESPONSE) else {
        return Ok(TriggerResponse::default());
    };
    serde_json::from_str(json).map_err(|error| row.bad(RESPONSE, &error.to_string()))
}

fn delivery_id_location(row: Row<'_>) -> Result<Option<DeliveryIdLocation>, StoreError> {
    let Some(json) = row.optional_text(DELIVERY_ID_LOCATION) else {
        return Ok(None);
    };
    let bad = |error: serde_json::Error| row.bad(DELIVERY_ID_LOCATION, &error.to_string());
    serde_json::from_str(json).map(Some).map_err(bad)
}

/// A condition that cannot be read is an error: taken for absent, it would run what it should keep out.
fn condition(row: Row<'_>) -> Result<Option<Condition>, StoreError> {
    let condition = row.optional_text(CONDITION).map(Condition::parse);
    condition
        .transpose()
        .map_err(|error| row.bad(CONDITION, &error.to_string()))
}
