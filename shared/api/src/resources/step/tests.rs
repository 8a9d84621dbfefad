//! Steps page by page, bounded by bytes.

use super::*;
use crate::status::Code;
use crate::test_requests::with_query;

fn at(step: usize) -> StepPosition {
    StepPosition { page: 0, step }
}

/// A step whose input takes so many bytes of an answer.
fn step(number: usize, bytes: usize) -> Step {
    Step {
        path: format!("/do/{number}/a"),
        name: "a".into(),
        kind: "set".into(),
        visit: 1,
        status: "succeeded",
        attempts: 1,
        started_at: Timestamp::from_millis(0),
        finished_at: None,
        input: Value::from("x".repeat(bytes - 4)),
        output: None,
        error: None,
        call: None,
    }
}

/// How many steps each page has.
fn page_lengths(count: usize, bytes: usize, limit: &str) -> Vec<usize> {
    let mut lengths = Vec::new();
    let mut cursor = None;
    loop {
        let mut query = vec![("limit", limit)];
        query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let paging = paging(&with_query(&query)).unwrap();
        let first = paging.after.unwrap_or_default().step;
        let mut list = StepList::of_paging(&paging);
        for number in first..count {
            if !list.add(step(number, bytes), at(number + 1)) {
                break;
            }
        }
        let page = list.into_page();
        assert!(page.items.iter().map(escaped_bytes).sum::<usize>() <= MAX_PAGE_BYTES);
        lengths.push(page.items.len());
        cursor = page.next_cursor;
        if cursor.is_none() {
            return lengths;
        }
    }
}

#[test]
fn a_page_is_cut_by_count() {
    assert_eq!(page_lengths(7, 10, "3"), [3, 3, 1]);
    assert_eq!(page_lengths(6, 10, "3"), [3, 3]);
    assert_eq!(page_lengths(0, 10, "3"), [0]);
}

#[test]
fn a_page_is_cut_by_bytes() {
    assert_eq!(page_lengths(9, MAX_SHOWN_VALUE_BYTES, "1000"), [4, 4, 1]);
}

#[test]
fn a_limit_of_steps_is_1_to_1000() {
    assert_eq!(
        paging(&with_query(&[("limit", "1000")])).unwrap().limit,
        1_000
    );
    assert_eq!(paging(&with_query(&[])).unwrap().limit, 100);
    let refused = paging(&with_query(&[("limit", "1001")])).unwrap_err();
    assert_eq!(refused.code(), Code::InvalidParameter);
}

#[test]
fn a_value_at_the_limit_is_shown_and_a_larger_one_is_replaced_by_its_size() {
    let shown = step(0, MAX_SHOWN_VALUE_BYTES).view();
    assert!(shown["input"].is_string());
    let omitted = step(0, MAX_SHOWN_VALUE_BYTES + 1).view();
    let note = omitted["input"]["omitted"].as_str().unwrap();
    assert!(note.starts_with("999999 bytes"), "{note}");
}

#[test]
fn a_cursor_is_the_position_of_the_next_step() {
    let cursor = write_cursor(&StepPosition { page: 3, step: 9 });
    let paging = paging(&with_query(&[("cursor", &cursor)])).unwrap();
    assert_eq!(paging.after, Some(StepPosition { page: 3, step: 9 }));
    let page = StepList::of_paging(&paging).into_page();
    assert!(page.items.is_empty() && page.next_cursor.is_none());
}

#[test]
fn a_step_that_was_stored_twice_is_shown_as_it_ended_and_again_on_the_next_page_only_if_it_ended_there()
 {
    let running = |number| Step {
        status: "running",
        ..step(number, 10)
    };
    let mut list = StepList::new(at(0), 2, MAX_PAGE_BYTES);
    assert!(list.add(running(0), at(1)));
    assert!(list.add(step(0, 2_000), at(2)), "it replaces the other one");
    assert!(list.add(running(1), at(3)));
    assert!(!list.add(step(2, 10), at(4)), "a third step");
    let page = list.into_page();
    let status: Vec<&Value> = page.items.iter().map(|item| &item["status"]).collect();
    assert_eq!(status, ["succeeded", "running"]);
    assert_eq!(page.next_cursor, Some(write_cursor(&at(3))));
}
