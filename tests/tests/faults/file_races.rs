//! Races over one file: uses at once, a use as its time ends, a use and a deletion.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use domain::{FileKey, Timestamp};
use futures::future::join_all;
use store::{AwsContext, FileUse};
use tests::World;

const DAY_MS: i64 = 86_400_000;

async fn file(world: &World) -> (AwsContext, FileKey) {
    let key = world.file("a", "a/b", b"x").await;
    let aws = world.stack.environment("worker").unwrap();
    (aws, FileKey::parse(&key).unwrap())
}

async fn keep(world: &World, aws: &AwsContext, key: FileKey, until: Timestamp) -> FileUse {
    let objects = aws.file_objects();
    let used = aws
        .files
        .keep(&objects, world.tenant, key, until, aws.now());
    used.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_uses_at_once_the_longest_decides_for_record_and_bytes() {
    let world = World::new().await;
    let (aws, key) = file(&world).await;
    let now = aws.now();
    let uses = (0..8).map(|n| keep(&world, &aws, key, now.plus_days(30 * (n % 4) + 10)));
    for used in join_all(uses).await {
        assert!(matches!(used, FileUse::Kept(_)), "{used:?}");
    }
    let kept = aws
        .files
        .find(world.tenant, key, now.plus_days(99))
        .await
        .unwrap();
    assert!(kept.unwrap().state.ends_at() >= now.plus_days(100));
    assert_eq!(
        world.file_tags(&key.to_string()).await.unwrap(),
        "kept=256-days"
    );
}

#[tokio::test]
async fn a_use_in_the_last_moment_keeps_a_file_and_one_after_it_does_not() {
    let world = World::new().await;
    let (aws, key) = file(&world).await;
    let (_, late) = file(&world).await;
    world.clock.advance(DAY_MS - 1);
    let until = aws.now().plus_days(31);
    assert!(matches!(
        keep(&world, &aws, key, until).await,
        FileUse::Kept(_)
    ));
    world.clock.advance(1);
    assert!(matches!(
        keep(&world, &aws, key, until).await,
        FileUse::Kept(_)
    ));
    assert_eq!(keep(&world, &aws, late, until).await, FileUse::Unknown);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_use_and_a_deletion_at_once_leave_a_file_whole_or_none() {
    for _ in 0..5 {
        let world = World::new().await;
        let (aws, key) = file(&world).await;
        let until = aws.now().plus_days(31);
        let path = format!("/v1/files/{key}");
        let (used, deleted) = futures::join!(
            keep(&world, &aws, key, until),
            world.call("DELETE", &path, None)
        );
        assert_eq!(deleted.status, 204);
        assert!(matches!(
            used,
            FileUse::Kept(_) | FileUse::Unknown | FileUse::NotUploaded
        ));
        let left = aws.files.find(world.tenant, key, aws.now()).await.unwrap();
        assert_eq!(left, None);
        assert_eq!(world.file_tags(&key.to_string()).await, None);
    }
}
