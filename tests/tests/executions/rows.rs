//! Rows of orgs' own tables, through `RecordsTable`: repeats, races, crashes and quotas.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod listing;
mod quota;
mod repeats;

use std::sync::atomic::{AtomicBool, Ordering};

use domain::{
    EffectKey, ExecutionId, Expected, MAX_RECORDS, RecordKey, RecordTable, Tenant, Timestamp,
};
use serde_json::{Value, json};
use store::{PutOutcome, RecordPage, RecordQuery, RecordsTable, RowDeleteOutcome, RowWrite};
use tests::at_every_crash_point;
use tests::fault_proxy::{Fault, FaultProxy};
use tests::{World, tenant};

/// One effect of a workflow on the row `key` of the table `issues`.
#[derive(Clone)]
struct Effect {
    tenant: Tenant,
    table: RecordTable,
    key: RecordKey,
    effect: EffectKey,
    expected: Expected,
}

impl Effect {
    fn on(key: &str, place: &str) -> Self {
        Self {
            tenant: tenant("one"),
            table: RecordTable::parse("issues").unwrap(),
            key: RecordKey::parse(key).unwrap(),
            effect: EffectKey::new(ExecutionId::derived(&["x"]), place),
            expected: Expected::Anything,
        }
    }

    fn expecting(self, expected: Expected) -> Self {
        Self { expected, ..self }
    }

    fn write(&self) -> RowWrite<'_> {
        RowWrite {
            tenant: self.tenant,
            table: &self.table,
            key: &self.key,
            expected: self.expected,
            effect: &self.effect,
            now: Timestamp::from_millis(tests::START_MS),
        }
    }

    async fn put(&self, rows: &RecordsTable, item: Value) -> PutOutcome {
        rows.put(&self.write(), &item).await.unwrap()
    }

    async fn delete(&self, rows: &RecordsTable) -> RowDeleteOutcome {
        rows.delete(&self.write()).await.unwrap()
    }

    async fn item(&self, rows: &RecordsTable) -> Option<Value> {
        let record = rows.get(self.tenant, &self.table, &self.key).await;
        record.unwrap().map(|record| record.item)
    }
}

fn rows_of(world: &World) -> RecordsTable {
    world.stack.environment("worker").unwrap().records
}

const NEW: PutOutcome = PutOutcome::Put {
    version: 1,
    is_new: true,
};

/// The tenant's number of rows, as stored by the transactions.
async fn counted(world: &World) -> u64 {
    let parts = count_parts(world).await;
    let rows = parts.iter().map(|part| part["row_count"]["N"].as_str());
    rows.map(|rows| rows.unwrap().parse::<u64>().unwrap()).sum()
}

/// The items that have the tenant's number of rows.
async fn count_parts(world: &World) -> Vec<Value> {
    let variables = world.stack.variables("worker");
    let body = json!({
        "TableName": variables["RECORDS_TABLE"],
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :sk)",
        "ExpressionAttributeValues": {
            ":pk": {"S": format!("TENANT#{}", tenant("one"))},
            ":sk": {"S": "ROWS#"},
        },
    });
    let found = tests::fault_proxy::ask(world, "DynamoDB_20120810.Query", body.to_string()).await;
    found["Items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_row_is_created_replaced_and_deleted_and_its_version_increases() {
    let world = World::new().await;
    let rows = rows_of(&world);
    let first = Effect::on("7", "/do/0/a/1");
    assert_eq!(first.item(&rows).await, None);
    assert_eq!(first.put(&rows, json!({"n": 1})).await, NEW);
    let second = Effect::on("7", "/do/0/a/2");
    let replaced = PutOutcome::Put {
        version: 2,
        is_new: false,
    };
    assert_eq!(second.put(&rows, json!({"n": 2})).await, replaced);
    assert_eq!(second.item(&rows).await, Some(json!({"n": 2})));
    assert_eq!(counted(&world).await, 1);
    let third = Effect::on("7", "/do/0/a/3");
    assert_eq!(third.delete(&rows).await, RowDeleteOutcome::Deleted);
    assert_eq!(third.item(&rows).await, None);
    assert_eq!(counted(&world).await, 0);
    let fourth = Effect::on("7", "/do/0/a/4");
    assert_eq!(fourth.delete(&rows).await, RowDeleteOutcome::Absent);
    let again = PutOutcome::Put {
        version: 4,
        is_new: true,
    };
    assert_eq!(fourth.put(&rows, json!({"n": 4})).await, again);
    assert_eq!(counted(&world).await, 1);
}

#[tokio::test]
async fn rows_are_separate_by_org_environment_and_table() {
    let world = World::new().await;
    let rows = rows_of(&world);
    let mine = Effect::on("7", "/do/0/a/1");
    mine.put(&rows, json!({"mine": true})).await;
    let live = Tenant {
        environment: domain::Environment::Live,
        ..tenant("one")
    };
    for tenant in [tenant("two"), live] {
        let theirs = Effect {
            tenant,
            ..mine.clone()
        };
        assert_eq!(theirs.item(&rows).await, None);
        assert_eq!(theirs.delete(&rows).await, RowDeleteOutcome::Absent);
        assert_eq!(theirs.put(&rows, json!({"theirs": true})).await, NEW);
    }
    let table = RecordTable::parse("other").unwrap();
    let other = Effect {
        table,
        ..mine.clone()
    };
    assert_eq!(other.item(&rows).await, None);
    assert_eq!(mine.item(&rows).await, Some(json!({"mine": true})));
}

#[tokio::test]
async fn a_repeated_effect_changes_nothing_and_gets_the_first_answer() {
    let world = World::new().await;
    let rows = rows_of(&world);
    let mine = Effect::on("7", "/do/0/a/1");
    let theirs = Effect::on("7", "/do/0/b/1");
    assert_eq!(mine.put(&rows, json!("mine")).await, NEW);
    theirs.put(&rows, json!("theirs")).await;
    assert_eq!(mine.put(&rows, json!("mine")).await, NEW);
    assert_eq!(mine.item(&rows).await, Some(json!("theirs")));

    let gone = Effect::on("7", "/do/0/c/1");
    assert_eq!(gone.delete(&rows).await, RowDeleteOutcome::Deleted);
    assert_eq!(mine.put(&rows, json!("mine")).await, NEW);
    assert_eq!(
        mine.item(&rows).await,
        None,
        "the repeat brings nothing back"
    );
    let back = Effect::on("7", "/do/0/d/1");
    back.put(&rows, json!("back")).await;
    assert_eq!(gone.delete(&rows).await, RowDeleteOutcome::Deleted);
    assert_eq!(mine.item(&rows).await, Some(json!("back")));
    assert_eq!(counted(&world).await, 1);
}

#[tokio::test]
async fn a_write_that_expects_another_version_changes_nothing() {
    let world = World::new().await;
    let rows = rows_of(&world);
    let made = Effect::on("7", "/do/0/a/1").expecting(Expected::Absent);
    assert_eq!(made.put(&rows, json!(1)).await, NEW);
    assert_eq!(made.put(&rows, json!(1)).await, NEW, "its own repeat");
    let late = Effect::on("7", "/do/0/b/1");
    for expected in [Expected::Absent, Expected::Version(2)] {
        let late = late.clone().expecting(expected);
        assert_eq!(
            late.put(&rows, json!(2)).await,
            PutOutcome::Unexpected(Some(1))
        );
        assert_eq!(
            late.delete(&rows).await,
            RowDeleteOutcome::Unexpected(Some(1))
        );
    }
    assert_eq!(late.item(&rows).await, Some(json!(1)));
    let right = late.expecting(Expected::Version(1));
    assert_eq!(right.delete(&rows).await, RowDeleteOutcome::Deleted);
    let absent = Effect::on("8", "/do/0/c/1").expecting(Expected::Version(1));
    assert_eq!(
        absent.put(&rows, json!(1)).await,
        PutOutcome::Unexpected(None)
    );
}

/// The next version must be able to read these records.
#[tokio::test]
async fn stored_rows_are_a_snapshot() {
    let world = World::new().await;
    let rows = rows_of(&world);
    for key in ["7", "8"] {
        let put = Effect::on(key, &format!("/put/{key}/1"));
        put.put(&rows, json!({"state": "open"})).await;
    }
    Effect::on("8", "/delete/8/1").delete(&rows).await;
    let variables = world.stack.variables("worker");
    let body = json!({"TableName": variables["RECORDS_TABLE"]}).to_string();
    let found = tests::fault_proxy::ask(&world, "DynamoDB_20120810.Scan", body).await;
    let mut items = found["Items"].as_array().unwrap().clone();
    items.sort_by_key(|item| item["sk"]["S"].as_str().unwrap().to_owned());
    insta::with_settings!({sort_maps => true}, {
        insta::assert_json_snapshot!(items);
    });
}
