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

/// Lets the parts of the count have so many rows more in all.
async fn count_more(world: &World, rows: u64) {
    let variables = world.stack.variables("worker");
    for part in 0..32 {
        let of_part = rows / 32 + u64::from(part < rows % 32);
        let body = json!({
            "TableName": variables["RECORDS_TABLE"],
            "Key": {
                "pk": {"S": format!("TENANT#{}", tenant("one"))},
                "sk": {"S": format!("ROWS#{part:02}")},
            },
            "UpdateExpression": "ADD row_count :rows",
            "ExpressionAttributeValues": {":rows": {"N": of_part.to_string()}},
        });
        let update = "DynamoDB_20120810.UpdateItem";
        tests::fault_proxy::ask(world, update, body.to_string()).await;
    }
}

/// The parts have their shares long before: each further row looks at the sum of all.
#[tokio::test]
async fn an_org_can_create_rows_up_to_its_quota_and_not_one_more() {
    let world = World::new().await;
    let rows = rows_of(&world);
    Effect::on("7", "/do/0/a/1").put(&rows, json!(1)).await;
    count_more(&world, MAX_RECORDS - 4).await;
    for key in ["a", "b", "c"] {
        let row = Effect::on(key, &format!("/do/0/{key}/1"));
        assert_eq!(row.put(&rows, json!(1)).await, NEW);
    }
    assert_eq!(counted(&world).await, MAX_RECORDS);
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

/// One item for all would take every transaction; DynamoDB lets one of those that meet in an item go on.
#[tokio::test]
async fn rows_that_are_created_at_once_are_counted_in_many_items() {
    let world = World::new().await;
    let rows = rows_of(&world);
    for n in 0..200 {
        let row = Effect::on(&format!("row {n}"), &format!("/do/0/a/{n}"));
        assert_eq!(row.put(&rows, json!(n)).await, NEW);
    }
    let parts = count_parts(&world).await;
    assert_eq!(counted(&world).await, 200);
    assert_eq!(parts.len(), 32);
    let largest = parts.iter().map(|part| part["row_count"]["N"].as_str());
    let largest = largest.map(|rows| rows.unwrap().parse::<u64>().unwrap());
    assert!(largest.max().unwrap() <= 16, "{parts:?}");
}
