//! Writes of rows that are repeated: after a crash, a lost response or a conflict.

use super::*;

#[tokio::test]
async fn after_every_crash_of_a_write_its_repeat_completes_it() {
    at_every_crash_point!(
        world,
        proxy,
        async {},
        async |_: &()| {
            let rows = proxy.environment(&world, "worker").records;
            let put = Effect::on("7", "/do/0/a/1").put(&rows, json!("put")).await;
            let other = Effect::on("8", "/do/0/b/1")
                .put(&rows, json!("other"))
                .await;
            let deleted = Effect::on("8", "/do/0/c/1").delete(&rows).await;
            (put, other, deleted)
        },
        async |world: &World,
               (): (),
               survived: Option<(PutOutcome, PutOutcome, RowDeleteOutcome)>| {
            let rows = rows_of(world);
            let put = Effect::on("7", "/do/0/a/1").put(&rows, json!("put")).await;
            let other = Effect::on("8", "/do/0/b/1")
                .put(&rows, json!("other"))
                .await;
            let deleted = Effect::on("8", "/do/0/c/1").delete(&rows).await;
            assert_eq!((put, other, deleted), (NEW, NEW, RowDeleteOutcome::Deleted));
            assert!(survived.is_none_or(|first| first == (NEW, NEW, RowDeleteOutcome::Deleted)));
            assert_eq!(counted(world).await, 1);
        }
    );
}

/// DynamoDB's response to a transaction that conflicted with another one, with its cancellation reasons.
const CONFLICT: &str = r#"TransactionCanceledException","CancellationReasons":[{"Code":"None"},{"Code":"TransactionConflict"}],"by":""#;

#[tokio::test]
async fn a_lost_response_and_a_conflict_are_retried_for_the_writer() {
    let busy = |status, error| Fault::Answer { status, error };
    for (operation, plan) in [
        ("TransactWriteItems", Fault::LoseAnswer),
        ("TransactWriteItems", busy(400, "ThrottlingException")),
        ("TransactWriteItems", busy(400, CONFLICT)),
        ("PutItem", Fault::LoseAnswer),
        ("PutItem", busy(400, "ThrottlingException")),
        ("PutItem", busy(400, "TransactionConflictException")),
        ("PutItem", busy(500, "InternalServerError")),
        ("GetItem", busy(500, "InternalServerError")),
    ] {
        let world = World::new().await;
        let (fault, is_first) = (plan.clone(), AtomicBool::new(true));
        let proxy = FaultProxy::new(&world, move |_, called| {
            if called == operation && is_first.swap(false, Ordering::Relaxed) {
                fault.clone()
            } else {
                Fault::Pass
            }
        })
        .await;
        let rows = proxy.environment(&world, "worker").records;
        let made = Effect::on("7", "/do/0/a/1").put(&rows, json!(1)).await;
        assert_eq!(made, NEW, "{operation} {plan:?}");
        let replaced = Effect::on("7", "/do/0/a/2").put(&rows, json!(2)).await;
        let second = PutOutcome::Put {
            version: 2,
            is_new: false,
        };
        assert_eq!(replaced, second, "{operation} {plan:?}");
        assert_eq!(counted(&world).await, 1, "{operation} {plan:?}");
    }
}
