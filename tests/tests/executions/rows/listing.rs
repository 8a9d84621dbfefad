//! Lists of rows, in pages.

use super::*;

async fn list(rows: &RecordsTable, prefix: &str, after: Option<&str>, limit: usize) -> RecordPage {
    let table = RecordTable::parse("issues").unwrap();
    let after = after.map(|key| RecordKey::parse(key).unwrap());
    let query = RecordQuery {
        table: &table,
        prefix,
        after: after.as_ref(),
        limit,
    };
    rows.query(tenant("one"), &query).await.unwrap()
}

fn keys(page: &RecordPage) -> Vec<&str> {
    page.records.iter().map(|row| row.key.as_str()).collect()
}

#[tokio::test]
async fn rows_are_listed_by_key_in_pages_without_the_deleted_ones() {
    let world = World::new().await;
    let rows = rows_of(&world);
    for key in ["b/1", "b/2", "a", "b/3", "b/4", "b/5", "c"] {
        Effect::on(key, &format!("/put/{key}"))
            .put(&rows, json!({"k": key}))
            .await;
    }
    for key in ["b/2", "b/3"] {
        Effect::on(key, &format!("/delete/{key}"))
            .delete(&rows)
            .await;
    }
    let all = list(&rows, "", None, 100).await;
    assert_eq!(keys(&all), ["a", "b/1", "b/4", "b/5", "c"]);
    assert_eq!(all.after, None);
    let first = list(&rows, "b/", None, 2).await;
    assert_eq!(keys(&first), ["b/1", "b/4"]);
    let after = first.after.unwrap();
    assert_eq!(after.as_str(), "b/4");
    let second = list(&rows, "b/", Some("b/4"), 2).await;
    assert_eq!(keys(&second), ["b/5"]);
    assert_eq!(second.after, None);
}

#[tokio::test]
async fn a_page_of_large_rows_ends_before_it_exceeds_the_size_limit() {
    let world = World::new().await;
    let rows = rows_of(&world);
    for n in 0..6 {
        let key = n.to_string();
        let item = json!("x".repeat(60_000));
        Effect::on(&key, &format!("/put/{n}"))
            .put(&rows, item)
            .await;
    }
    let first = list(&rows, "", None, 100).await;
    assert_eq!(keys(&first), ["0", "1", "2", "3"]);
    let second = list(&rows, "", first.after.as_ref().map(RecordKey::as_str), 100).await;
    assert_eq!(keys(&second), ["4", "5"]);
    assert_eq!(second.after, None);
}
