//! An event as a message for an incoming webhook of Slack: `text` for notifications, `blocks` for the message itself
//! (<https://docs.slack.dev/messaging/formatting-message-text>, <https://docs.slack.dev/reference/block-kit/blocks>).
//! Text of an event is escaped and shortened to Slack's limits, so that it cannot mention people, add links or make
//! Slack refuse the message.

use domain::outbound::{Event, EventType};
use serde_json::{Value, json};

/// The text of a section, in characters.
const MAX_SECTION_CHARS: usize = 3_000;
/// The value of a field, in characters. Slack allows 2,000, the title included.
const MAX_FIELD_CHARS: usize = 1_900;
/// A name within a sentence, in characters.
const MAX_NAME_CHARS: usize = 200;
const ELLIPSIS: char = '…';

/// The content of a message. Everything but the title is mrkdwn, and escaped.
struct Message {
    /// A fixed text or the name of an event type: plain text of at most 150 characters.
    title: String,
    sentence: String,
    fields: Vec<(&'static str, String)>,
    /// Shown as JSON in a block of code.
    code: Option<Value>,
}

/// The message, which is the same for every profile.
pub(crate) fn message(event: &Event) -> Value {
    let message = content(event);
    let mut blocks = vec![
        json!({"type": "header", "text": {"type": "plain_text", "text": message.title}}),
        section(&message.sentence),
    ];
    blocks.extend((!message.fields.is_empty()).then(|| fields(&message.fields)));
    blocks.extend(
        message
            .code
            .as_ref()
            .map(|code| section(&block_of_code(code))),
    );
    let context = format!("{} · {} · {}", event.event_type, event.id, event.at);
    blocks.push(json!({"type": "context", "elements": [{"type": "mrkdwn", "text": context}]}));
    json!({
        "text": message.sentence,
        "blocks": blocks,
    })
}

fn content(event: &Event) -> Message {
    match &event.event_type {
        EventType::WorkflowStarted => workflow_content(event, "started"),
        EventType::WorkflowCompleted => workflow_content(event, "completed"),
        EventType::WorkflowFailed => workflow_content(event, "failed"),
        EventType::ConnectionCreated => connection_content(event, "created"),
        EventType::ConnectionDeleted => connection_content(event, "deleted"),
        EventType::ConnectionExpired => connection_content(event, "expired"),
        EventType::CreditsExhausted => credits_content(event),
        EventType::WebhookTest => Message {
            title: "Test".into(),
            sentence: data_text(event, "message", MAX_SECTION_CHARS)
                .unwrap_or_else(|| "A test of this subscription.".into()),
            fields: data_fields(event, &[("Subscription", "subscriptionId")]),
            code: None,
        },
        EventType::SubscriptionDisabled => Message {
            title: "Subscription disabled".into(),
            sentence: "A subscription was disabled. What it misses is kept for a recovery.".into(),
            fields: data_fields(
                event,
                &[
                    ("Subscription", "subscriptionId"),
                    ("URL", "url"),
                    ("Reason", "reason"),
                    ("Disabled at", "disabledAt"),
                ],
            ),
            code: None,
        },
        EventType::Declared(declared) => Message {
            title: declared.to_string(),
            sentence: format!("*{declared}* happened."),
            fields: Vec::new(),
            code: data_object(&event.data),
        },
    }
}

fn credits_content(event: &Event) -> Message {
    Message {
        title: "Credits used up".into(),
        sentence: "The credits of this month are used up. Workflows run again with the next ones."
            .into(),
        fields: Vec::new(),
        code: data_object(&event.data),
    }
}

fn workflow_content(event: &Event, verb: &str) -> Message {
    let name = ["workflowName", "workflowSlug", "workflowId"];
    let name = name
        .iter()
        .find_map(|name| data_text(event, name, MAX_NAME_CHARS));
    let name = name.unwrap_or_else(|| "A workflow".into());
    let error = event.data.get("error").and_then(|error| {
        let text = ["detail", "title", "type"]
            .iter()
            .find_map(|part| error.get(part)?.as_str());
        text.map(|text| escaped(text, MAX_FIELD_CHARS))
    });
    let mut fields = data_fields(
        event,
        &[
            ("Workflow", "workflowId"),
            ("Execution", "executionId"),
            ("Started at", "startedAt"),
            ("Finished at", "finishedAt"),
        ],
    );
    fields.extend(error.map(|error| ("Error", error)));
    Message {
        title: format!("Workflow {verb}"),
        sentence: format!("*{name}* {verb}."),
        fields,
        code: None,
    }
}

fn connection_content(event: &Event, verb: &str) -> Message {
    let slug = event
        .subject
        .slug
        .as_deref()
        .map(|slug| escaped(slug, MAX_NAME_CHARS));
    let app = slug.or_else(|| data_text(event, "slug", MAX_NAME_CHARS));
    let sentence = match app {
        Some(app) => format!("A connection to *{app}* was {verb}."),
        None => format!("A connection was {verb}."),
    };
    Message {
        title: format!("Connection {verb}"),
        sentence,
        fields: Vec::new(),
        code: data_object(&event.data),
    }
}

/// The titled fields that the data has.
fn data_fields(event: &Event, names: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let found = names.iter().filter_map(|(title, name)| {
        let value = data_text(event, name, MAX_FIELD_CHARS)?;
        Some((*title, value))
    });
    found.collect()
}

fn data_text(event: &Event, name: &str, max_chars: usize) -> Option<String> {
    let text = event
        .data
        .get(name)?
        .as_str()
        .filter(|text| !text.is_empty())?;
    Some(escaped(text, max_chars))
}

fn data_object(data: &Value) -> Option<Value> {
    let has_fields = data.as_object().is_some_and(|fields| !fields.is_empty());
    has_fields.then(|| data.clone())
}

fn section(text: &str) -> Value {
    json!({"type": "section", "text": mrkdwn(text)})
}

fn fields(fields: &[(&str, String)]) -> Value {
    let fields: Vec<Value> = fields
        .iter()
        .map(|(title, value)| mrkdwn(&format!("*{title}*\n{value}")))
        .collect();
    json!({"type": "section", "fields": fields})
}

fn mrkdwn(text: &str) -> Value {
    json!({"type": "mrkdwn", "text": text})
}

fn block_of_code(value: &Value) -> String {
    let fence = "```";
    let text = format!("{value:#}").replace(fence, "'''");
    let max_chars = MAX_SECTION_CHARS - 2 * fence.len();
    format!("{fence}{}{fence}", escaped(&text, max_chars))
}

/// Escapes text with Slack's three entities, and shortens it without cutting an entity.
fn escaped(text: &str, max_chars: usize) -> String {
    let mut escaped = String::new();
    let mut chars = 0;
    for letter in text.chars() {
        let entity = match letter {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            _ => "",
        };
        chars += entity.len().max(1);
        // The last character is the ellipsis.
        if chars >= max_chars {
            escaped.push(ELLIPSIS);
            break;
        }
        match entity {
            "" => escaped.push(letter),
            entity => escaped.push_str(entity),
        }
    }
    escaped
}
