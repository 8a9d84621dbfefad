//! The stored form of a subscription. It does not know what is in its secrets, nor how they are encrypted.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::outbound::{DisabledBecause, EventType, Format, Method, Profile, Subscription, Watch};
use domain::{Fingerprint, Sealed, SealedSecrets, Timestamp, WorkflowId};

use crate::dynamodb::attributes::{Item, Row, VERSION, bytes, moment, number, text, texts};
use crate::dynamodb::keys::Key;
use crate::{StoreError, SubscriptionRecord};

pub(crate) fn write(record: &SubscriptionRecord) -> Item {
    let SubscriptionRecord {
        subscription,
        secrets,
        fingerprint,
    } = record;
    let mut item = Key::subscription(subscription.tenant, subscription.id).item();
    let headers = subscription.headers.iter();
    let headers = headers.map(|(name, value)| texts(&[name, value])).collect();
    item.extend([
        ("v".to_owned(), number(VERSION)),
        ("id".to_owned(), text(subscription.id)),
        ("tenant".to_owned(), text(subscription.tenant)),
        (
            "profile".to_owned(),
            text(profile_name(subscription.profile)),
        ),
        ("url".to_owned(), text(&subscription.url)),
        ("events".to_owned(), texts(&subscription.events)),
        ("workflows".to_owned(), texts(&subscription.workflow_ids)),
        ("format".to_owned(), text(subscription.format.name())),
        ("method".to_owned(), text(subscription.method)),
        ("headers".to_owned(), AttributeValue::L(headers)),
        ("created_at".to_owned(), moment(subscription.created_at)),
        ("updated_at".to_owned(), moment(subscription.updated_at)),
        ("revision".to_owned(), number(subscription.revision)),
        ("secret".to_owned(), bytes(secrets.current.as_bytes())),
        ("fingerprint".to_owned(), text(fingerprint.as_str())),
    ]);
    item.extend(optional_attributes(record));
    item
}

fn optional_attributes(record: &SubscriptionRecord) -> Item {
    let (subscription, secrets) = (&record.subscription, &record.secrets);
    let mut item = Item::new();
    if let Some(slug) = &subscription.slug {
        item.insert("slug".to_owned(), text(slug));
    }
    if let Format::Custom(template) = &subscription.format {
        item.insert("template".to_owned(), text(template));
    }
    if let Some((because, at)) = subscription.disabled {
        item.insert("disabled_because".to_owned(), text(because.as_str()));
        item.insert("disabled_at".to_owned(), moment(at));
    }
    if let Some((previous, until)) = &secrets.previous {
        item.insert("secret_old".to_owned(), bytes(previous.as_bytes()));
        item.insert("secret_old_until".to_owned(), moment(*until));
    }
    item
}

pub(crate) fn read(item: &Item) -> Result<SubscriptionRecord, StoreError> {
    let row = Row::checked(item)?;
    let subscription = Subscription {
        id: row.parsed("id")?,
        tenant: row.tenant()?,
        profile: profile_from(row.text("profile")?)
            .ok_or_else(|| row.bad("profile", "is not known"))?,
        url: row.text("url")?.to_owned(),
        events: event_types(row)?,
        workflow_ids: workflows(row)?,
        slug: row.optional_text("slug").map(str::to_owned),
        format: format(row)?,
        method: Method::parse(row.text("method")?)
            .map_err(|error| row.bad("method", &error.to_string()))?,
        headers: headers(row)?,
        disabled: disabled(row)?,
        created_at: row.moment("created_at")?,
        updated_at: row.moment("updated_at")?,
        revision: row.number("revision")?,
    };
    Ok(SubscriptionRecord {
        subscription,
        secrets: secrets(row)?,
        fingerprint: Fingerprint::from_stored(row.text("fingerprint")?),
    })
}

/// What it watches of executions, of an item that was read with these attributes only.
pub(crate) fn read_watch(item: &Item) -> Result<Option<Watch>, StoreError> {
    let row = Row::checked(item)?;
    let slug = row.optional_text("slug").map(str::to_owned);
    Ok(Watch::new(&event_types(row)?, workflows(row)?, slug))
}

/// The stored names are those of the native API.
fn event_types(row: Row<'_>) -> Result<Vec<EventType>, StoreError> {
    let names = row.texts("events")?;
    let types = names
        .iter()
        .map(|name| EventType::parse(Profile::Native, name).ok_or(name));
    types
        .collect::<Result<_, _>>()
        .map_err(|name| row.bad("events", &format!("{name} is not known")))
}

fn workflows(row: Row<'_>) -> Result<Vec<WorkflowId>, StoreError> {
    let ids = row.texts("workflows")?;
    let ids = ids.iter().map(|id| WorkflowId::parse(id));
    ids.collect::<Result<_, _>>()
        .map_err(|error| row.bad("workflows", &error.to_string()))
}

fn format(row: Row<'_>) -> Result<Format, StoreError> {
    match row.text("format")? {
        "default" => Ok(Format::Default),
        "slack" => Ok(Format::Slack),
        "custom" => Ok(Format::Custom(row.text("template")?.to_owned())),
        _ => Err(row.bad("format", "is not known")),
    }
}

fn headers(row: Row<'_>) -> Result<Vec<(String, String)>, StoreError> {
    let bad = || row.bad("headers", "is not a list of names and values");
    let list = row.0.get("headers").and_then(|value| value.as_l().ok());
    let pair = |value: &AttributeValue| match value.as_l().map(Vec::as_slice) {
        Ok([AttributeValue::S(name), AttributeValue::S(value)]) => {
            Some((name.clone(), value.clone()))
        }
        _ => None,
    };
    let pairs = list.ok_or_else(bad)?.iter().map(pair);
    pairs.collect::<Option<_>>().ok_or_else(bad)
}

fn disabled(row: Row<'_>) -> Result<Option<(DisabledBecause, Timestamp)>, StoreError> {
    let Some(because) = row.optional_text("disabled_because") else {
        return Ok(None);
    };
    let because = DisabledBecause::parse(because)
        .ok_or_else(|| row.bad("disabled_because", "is not known"))?;
    Ok(Some((because, row.moment("disabled_at")?)))
}

fn secrets(row: Row<'_>) -> Result<SealedSecrets, StoreError> {
    let sealed = |name: &str| {
        row.bytes(name)
            .map(|bytes| Sealed::from_stored(bytes.to_vec()))
    };
    let previous = match (
        sealed("secret_old"),
        row.optional_moment("secret_old_until")?,
    ) {
        (Some(previous), Some(until)) => Some((previous, until)),
        _ => None,
    };
    Ok(SealedSecrets {
        current: sealed("secret").ok_or_else(|| row.bad("secret", "is missing"))?,
        previous,
    })
}

fn profile_name(profile: Profile) -> &'static str {
    match profile {
        Profile::Native => "native",
        Profile::Refold => "refold",
        Profile::CopyAi => "copyai",
    }
}

fn profile_from(name: &str) -> Option<Profile> {
    [Profile::Native, Profile::Refold, Profile::CopyAi]
        .into_iter()
        .find(|profile| profile_name(*profile) == name)
}
