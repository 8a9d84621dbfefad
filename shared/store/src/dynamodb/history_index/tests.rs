//! Tests of how pages of several shards become one page.

use domain::ExecutionId;

use super::*;

fn at(millis: i64) -> Cursor<ExecutionId> {
    Cursor {
        created_at: Timestamp::from_millis(millis),
        id: ExecutionId::derived(&[&millis.to_string()]),
    }
}

fn page(
    cursors: Vec<Cursor<ExecutionId>>,
    next: Option<Cursor<ExecutionId>>,
) -> IndexPage<ExecutionId> {
    IndexPage { cursors, next }
}

#[test]
fn shards_merge_newest_first_and_a_full_page_has_a_next() {
    let pages = vec![
        ShardPage {
            partition: String::new(),
            cursors: vec![at(9), at(5)],
            read_to: None,
        },
        ShardPage {
            partition: String::new(),
            cursors: vec![at(8), at(7)],
            read_to: None,
        },
    ];
    assert_eq!(
        merge(pages, 3),
        page(vec![at(9), at(8), at(7)], Some(at(7)))
    );
}

#[test]
fn nothing_is_given_that_a_shard_might_still_precede() {
    let pages = vec![
        ShardPage {
            partition: String::new(),
            cursors: vec![at(9), at(2)],
            read_to: None,
        },
        ShardPage {
            partition: String::new(),
            cursors: vec![at(8)],
            read_to: Some(at(6)),
        },
    ];
    assert_eq!(merge(pages, 10), page(vec![at(9), at(8)], Some(at(6))));
}

#[test]
fn only_shards_that_may_have_more_of_the_page_are_read_on() {
    let shard = |name: &str, cursors: &[i64], read_to: Option<i64>| ShardPage {
        partition: name.to_owned(),
        cursors: cursors.iter().copied().map(at).collect(),
        read_to: read_to.map(at),
    };
    let pages = vec![
        shard("busy", &[9, 8, 7], Some(7)),
        shard("slow", &[6, 2], Some(2)),
        shard("read to its end", &[5], None),
    ];
    let names = |limit| {
        let (unfinished, finished) = split_unfinished(pages.clone(), limit);
        let name = |page: ShardPage<ExecutionId>| page.partition;
        assert_eq!(unfinished.len() + finished.len(), 3);
        unfinished.into_iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(names(3), Vec::<String>::new());
    assert_eq!(names(4), ["busy"]);
    assert_eq!(names(7), ["busy", "slow"]);
}

#[test]
fn a_cursor_and_an_end_bound_a_page_both() {
    let newest = |before: Option<i64>, until: Option<i64>| {
        let range = IndexRange {
            partitions: Vec::new(),
            since: None,
            until: until.map(Timestamp::from_millis),
            before: before.map(at),
            limit: 1,
            filters: Vec::new(),
            values: HashMap::new(),
        };
        range.newest_before(range.before)
    };
    let cursor = |millis| history_sk(Timestamp::from_millis(millis), at(millis).id);
    assert_eq!(newest(Some(5), None), cursor(5));
    assert_eq!(newest(Some(5), Some(9)), cursor(5));
    assert_eq!(newest(Some(9), Some(5)), "0000000000005");
    assert_eq!(newest(None, Some(5)), "0000000000005");
    assert_eq!(newest(None, None), AFTER_IDS);
}

#[test]
fn the_last_page_has_no_next() {
    let pages = vec![ShardPage {
        partition: String::new(),
        cursors: vec![at(3)],
        read_to: None,
    }];
    assert_eq!(merge(pages, 10), page(vec![at(3)], None));
    let none: Vec<ShardPage<ExecutionId>> = Vec::new();
    assert_eq!(merge(none, 10), page(Vec::new(), None));
}
