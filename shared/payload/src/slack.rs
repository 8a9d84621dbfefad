//! An event as a message for an incoming webhook of Slack: `text` for notifications, `blocks` to look at
//! (<https://docs.slack.dev/messaging/formatting-message-text>, <https://docs.slack.dev/reference/block-kit/blocks>).
//! Nothing in an event can mention anybody, link anywhere or make a message that Slack refuses: what it holds is escaped,
//! and cut to the length that its place takes.

use domain::outbound::{Event, EventType};
use serde_json::{Value, json};

/// Of the text of a section, in characters.
const MAX_SECTION_CHARS: usize = 3_000;
/// Of one field of a section, which may have 2,000 with its title.
const MAX_FIELD_CHARS: usize = 1_900;
/// Of a name within a sentence.
const MAX_NAME_CHARS: usize = 200;
const ELLIPSIS: char = '…';

/// What a message says. All but the title is mrkdwn, and escaped.
struct Message {
    /// A few words of ours: it is plain text, of 150 characters at the most.
    title: String,
    sentence: String,
    fields: Vec<(&'static str, String)>,
    /// As it is, in a block of code.
    code: Option<Value>,
}

/// The message. It is the same in every form of the API.
pub(crate) fn message(event: &Event) -> Value {
    let message = told(event);
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

fn told(event: &Event) -> Message {
    match &event.event_type {
        EventType::WorkflowStarted => of_workflow(event, "started"),
        EventType::WorkflowCompleted => of_workflow(event, "completed"),
        EventType::WorkflowFailed => of_workflow(event, "failed"),
        EventType::ConnectionCreated => of_connection(event, "created"),
        EventType::ConnectionDeleted => of_connection(event, "deleted"),
        EventType::ConnectionExpired => of_connection(event, "expired"),
        EventType::CreditsExhausted => Message {
            title: "Credits used up".into(),
            sentence:
                "The credits of this month are used up. Workflows run again with the next ones."
                    .into(),
            fields: Vec::new(),
            code: some_fields(&event.data),
        },
        EventType::WebhookTest => Message {
            title: "Test".into(),
            sentence: of_data(event, "message", MAX_SECTION_CHARS)
                .unwrap_or_else(|| "A test of this subscription.".into()),
            fields: listed(event, &[("Subscription", "subscriptionId")]),
            code: None,
        },
        EventType::SubscriptionDisabled => Message {
            title: "Subscription disabled".into(),
            sentence: "A subscription was disabled. What it misses is kept for a recovery.".into(),
            fields: listed(
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
            code: some_fields(&event.data),
        },
    }
}

fn of_workflow(event: &Event, what: &str) -> Message {
    let name = ["workflowName", "workflowSlug", "workflowId"];
    let name = name
        .iter()
        .find_map(|name| of_data(event, name, MAX_NAME_CHARS));
    let name = name.unwrap_or_else(|| "A workflow".into());
    let error = event.data.get("error").and_then(|error| {
        let said = ["detail", "title", "type"]
            .iter()
            .find_map(|part| error.get(part)?.as_str());
        said.map(|said| escaped(said, MAX_FIELD_CHARS))
    });
    let mut fields = listed(
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
        title: format!("Workflow {what}"),
        sentence: format!("*{name}* {what}."),
        fields,
        code: None,
    }
}

fn of_connection(event: &Event, what: &str) -> Message {
    let slug = event
        .subject
        .slug
        .as_deref()
        .map(|slug| escaped(slug, MAX_NAME_CHARS));
    let app = slug.or_else(|| of_data(event, "slug", MAX_NAME_CHARS));
    let sentence = match app {
        Some(app) => format!("A connection to *{app}* was {what}."),
        None => format!("A connection was {what}."),
    };
    Message {
        title: format!("Connection {what}"),
        sentence,
        fields: Vec::new(),
        code: some_fields(&event.data),
    }
}

/// Those that the data has.
fn listed(event: &Event, names: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let found = names.iter().filter_map(|(title, name)| {
        let value = of_data(event, name, MAX_FIELD_CHARS)?;
        Some((*title, value))
    });
    found.collect()
}

fn of_data(event: &Event, name: &str, max_chars: usize) -> Option<String> {
    let text = event
        .data
        .get(name)?
        .as_str()
        .filter(|text| !text.is_empty())?;
    Some(escaped(text, max_chars))
}

fn some_fields(data: &Value) -> Option<Value> {
    let has_some = data.as_object().is_some_and(|fields| !fields.is_empty());
    has_some.then(|| data.clone())
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
    let room = MAX_SECTION_CHARS - 2 * fence.len();
    format!("{fence}{}{fence}", escaped(&text, room))
}

/// With Slack's three entities, and not cut within one.
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
        // The last character is the ellipsis's.
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
