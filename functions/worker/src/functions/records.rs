//! `records.put`, `records.get`, `records.query`, `records.delete`: rows of the org's own tables, in the environment (test
//! or live) that the execution belongs to. It does not know how they are stored.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{Expected, MAX_RECORD_BYTES, MAX_RECORDS, Record, RecordKey, RecordTable};
use engine::{Fault, FaultKind};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use store::{PutOutcome, RecordQuery, RowDeleteOutcome, RowWrite};

use super::{Outcome, Reply, arguments, faults};
use crate::App;
use crate::http_call::Caller;

/// The most rows that one query returns.
const MAX_LISTED: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PutArguments {
    table: String,
    key: KeyArgument,
    item: Map<String, Value>,
    #[serde(default)]
    if_absent: bool,
    expected_version: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GetArguments {
    table: String,
    key: KeyArgument,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DeleteArguments {
    table: String,
    key: KeyArgument,
    expected_version: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryArguments {
    table: String,
    #[serde(default)]
    prefix: String,
    #[serde(default = "default_limit")]
    limit: usize,
    cursor: Option<String>,
}

fn default_limit() -> usize {
    20
}

/// A whole number is used as its decimal digits, because ids in events are often numbers.
#[derive(Deserialize)]
#[serde(try_from = "Value")]
enum KeyArgument {
    Text(String),
    Number(i64),
}

impl TryFrom<Value> for KeyArgument {
    type Error = &'static str;

    fn try_from(key: Value) -> Result<Self, Self::Error> {
        match key {
            Value::String(text) => Ok(Self::Text(text)),
            Value::Number(number) => number
                .as_i64()
                .map(Self::Number)
                .ok_or("a numeric key is a whole number of 64 bits"),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                Err("a key is a string or a whole number")
            }
        }
    }
}

pub(super) async fn put(app: &App, caller: &Caller, arguments: Value) -> Outcome {
    let arguments: PutArguments = arguments::read(arguments)?;
    let expected = match (arguments.if_absent, arguments.expected_version) {
        (false, None) => Expected::Anything,
        (true, None) => Expected::Absent,
        (false, Some(version)) => Expected::Version(version),
        (true, Some(_)) => {
            let reason = "a row that is absent has no version";
            return Err(arguments::invalid("expectedVersion", reason));
        }
    };
    let (table, key) = (table(&arguments.table)?, key(arguments.key)?);
    let item = Value::Object(arguments.item);
    let bytes = item.to_string().len();
    if bytes > MAX_RECORD_BYTES {
        let detail = format!("the row takes {bytes} bytes; it may take {MAX_RECORD_BYTES}");
        return Err(faults::fault(
            FaultKind::Validation,
            faults::TOO_LARGE,
            &detail,
        ));
    }
    let write = write(app, caller, (&table, &key), expected);
    let putting = app.aws.records.put(&write, &item).await;
    match putting.map_err(faults::of_store)? {
        PutOutcome::Put { version, is_new } => Ok(Reply::Returned(json!({
            "table": table.to_string(),
            "key": key.as_str(),
            "version": version,
            "created": is_new,
        }))),
        PutOutcome::Unexpected(version) => Err(unexpected(version)),
        PutOutcome::Full => {
            let detail = format!("the org has {MAX_RECORDS} rows, as many as it may; delete some");
            Err(faults::fault(FaultKind::Runtime, faults::QUOTA, &detail))
        }
        PutOutcome::Overtaken => Err(overtaken()),
    }
}

/// Returns `null` where there is no such row.
pub(super) async fn get(app: &App, caller: &Caller, arguments: Value) -> Outcome {
    let arguments: GetArguments = arguments::read(arguments)?;
    let (table, key) = (table(&arguments.table)?, key(arguments.key)?);
    let found = app.aws.records.get(caller.tenant, &table, &key).await;
    let found = found.map_err(faults::of_store)?;
    Ok(Reply::Returned(
        found.as_ref().map_or(Value::Null, record_json),
    ))
}

pub(super) async fn delete(app: &App, caller: &Caller, arguments: Value) -> Outcome {
    let arguments: DeleteArguments = arguments::read(arguments)?;
    let (table, key) = (table(&arguments.table)?, key(arguments.key)?);
    let expected = arguments
        .expected_version
        .map_or(Expected::Anything, Expected::Version);
    let write = write(app, caller, (&table, &key), expected);
    let deleting = app.aws.records.delete(&write).await;
    match deleting.map_err(faults::of_store)? {
        RowDeleteOutcome::Deleted => Ok(Reply::Returned(json!({"deleted": true}))),
        RowDeleteOutcome::Absent => Ok(Reply::Returned(json!({"deleted": false}))),
        RowDeleteOutcome::Unexpected(version) => Err(unexpected(version)),
        RowDeleteOutcome::Overtaken => Err(overtaken()),
    }
}

pub(super) async fn query(app: &App, caller: &Caller, arguments: Value) -> Outcome {
    let arguments: QueryArguments = arguments::read(arguments)?;
    if !(1..=MAX_LISTED).contains(&arguments.limit) {
        let reason = format!("must be 1 to {MAX_LISTED}");
        return Err(arguments::invalid("limit", &reason));
    }
    let after = arguments.cursor.as_deref().map(read_cursor).transpose()?;
    let table = table(&arguments.table)?;
    let query = RecordQuery {
        table: &table,
        prefix: &arguments.prefix,
        after: after.as_ref(),
        limit: arguments.limit,
    };
    let page = app.aws.records.query(caller.tenant, &query).await;
    let page = page.map_err(faults::of_store)?;
    let items: Vec<Value> = page.records.iter().map(record_json).collect();
    let cursor = page.after.map(|key| URL_SAFE_NO_PAD.encode(key.as_str()));
    Ok(Reply::Returned(
        json!({"items": items, "nextCursor": cursor}),
    ))
}

fn write<'a>(
    app: &App,
    caller: &'a Caller,
    (table, key): (&'a RecordTable, &'a RecordKey),
    expected: Expected,
) -> RowWrite<'a> {
    RowWrite {
        tenant: caller.tenant,
        table,
        key,
        expected,
        effect: &caller.effect,
        now: app.aws.now(),
    }
}

fn record_json(record: &Record) -> Value {
    json!({
        "key": record.key.as_str(),
        "item": record.item,
        "version": record.version,
        "createdAt": record.created_at,
        "updatedAt": record.updated_at,
    })
}

fn table(text: &str) -> Result<RecordTable, Fault> {
    RecordTable::parse(text).map_err(|error| arguments::invalid("table", &error.to_string()))
}

fn key(argument: KeyArgument) -> Result<RecordKey, Fault> {
    let text = match argument {
        KeyArgument::Text(text) => text,
        KeyArgument::Number(number) => number.to_string(),
    };
    RecordKey::parse(&text).map_err(|error| arguments::invalid("key", &error.to_string()))
}

fn read_cursor(text: &str) -> Result<RecordKey, Fault> {
    URL_SAFE_NO_PAD
        .decode(text)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|key| RecordKey::parse(&key).ok())
        .ok_or_else(|| arguments::invalid("cursor", "is not the nextCursor of a query"))
}

fn unexpected(version: Option<u64>) -> Fault {
    let detail = version.map_or_else(
        || "there is no such row".to_owned(),
        |version| format!("the row is there, at version {version}"),
    );
    faults::fault(FaultKind::Runtime, faults::CONFLICT, &detail)
}

fn overtaken() -> Fault {
    faults::fault(
        FaultKind::Communication,
        faults::UNAVAILABLE,
        "the row was changed by others at the same time; try again later",
    )
}
