//! Concurrent writes of rows, and the quota of an org.

use super::*;

#[tokio::test]
async fn no_write_of_many_at_once_is_lost_and_the_count_is_exact() {
    let world = World::new().await;
    let rows = rows_of(&world);
    let writes = (0..12).map(|n| {
        let rows = rows.clone();
        async move {
            let place = format!("/do/0/a/{n}");
            let same = Effect::on("same", &place).put(&rows, json!(n)).await;
            let own = Effect::on(&format!("own {n}"), &place)
                .put(&rows, json!(n))
                .await;
            (same, own)
        }
    });
    let mut versions = Vec::new();
    for (same, own) in futures::future::join_all(writes).await {
        let PutOutcome::Put { version, is_new } = same else {
            panic!("{same:?}");
        };
        assert_eq!(is_new, version == 1);
        versions.push(version);
        assert_eq!(own, NEW);
    }
    versions.sort_unstable();
    assert_eq!(versions, (1..=12).collect::<Vec<_>>());
    assert_eq!(counted(&world).await, 13);
}

#[tokio::test]
async fn an_org_cannot_create_more_rows_than_its_quota() {
    let world = World::new().await;
    let rows = rows_of(&world);
    Effect::on("7", "/do/0/a/1").put(&rows, json!(1)).await;
    let variables = world.stack.variables("worker");
    let body = json!({
        "TableName": variables["RECORDS_TABLE"],
        "Key": {"pk": {"S": format!("TENANT#{}", tenant("one"))}, "sk": {"S": "ROWS"}},
        "UpdateExpression": "SET row_count = :most",
        "ExpressionAttributeValues": {":most": {"N": MAX_RECORDS.to_string()}},
    });
    tests::fault_proxy::ask(&world, "DynamoDB_20120810.UpdateItem", body.to_string()).await;
    let more = Effect::on("8", "/do/0/b/1");
    assert_eq!(more.put(&rows, json!(1)).await, PutOutcome::Full);
    let known = Effect::on("7", "/do/0/c/1");
    let replaced = PutOutcome::Put {
        version: 2,
        is_new: false,
    };
    assert_eq!(known.put(&rows, json!(2)).await, replaced);
    let gone = Effect::on("7", "/do/0/d/1");
    assert_eq!(gone.delete(&rows).await, RowDeleteOutcome::Deleted);
    assert_eq!(more.put(&rows, json!(1)).await, NEW);
}
