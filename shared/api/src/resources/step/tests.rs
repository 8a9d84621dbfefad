//! Steps page by page, bounded by bytes.

use super::*;
use crate::status::Code;
use crate::test_requests::with_query;

/// A step whose input takes so many bytes of an answer.
fn step(bytes: usize) -> Step {
    Step {
        path: "/do/0/a".into(),
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
        let steps = (0..count).map(|_| step(bytes)).collect();
        let page = page(steps, &paging);
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
    let shown = step(MAX_SHOWN_VALUE_BYTES).view();
    assert!(shown["input"].is_string());
    let omitted = step(MAX_SHOWN_VALUE_BYTES + 1).view();
    let note = omitted["input"]["omitted"].as_str().unwrap();
    assert!(note.starts_with("999999 bytes"), "{note}");
}

#[test]
fn a_cursor_past_the_end_shows_nothing() {
    let cursor = write_cursor(&StepCount(usize::MAX));
    let paging = paging(&with_query(&[("cursor", &cursor)])).unwrap();
    let page = page(vec![step(10)], &paging);
    assert!(page.items.is_empty() && page.next_cursor.is_none());
}
