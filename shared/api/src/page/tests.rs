use super::*;
use crate::test_requests::with_query;
use serde_json::json;

#[derive(Debug, PartialEq, PartialOrd)]
struct Number(u32);

impl PageCursor for Number {
    const LIST: &'static str = "numbers";

    fn write(&self) -> String {
        self.0.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

#[derive(Debug, PartialEq, PartialOrd)]
struct Letter(String);

impl PageCursor for Letter {
    const LIST: &'static str = "letters";

    fn write(&self) -> String {
        self.0.clone()
    }

    fn read(text: &str) -> Option<Self> {
        Some(Self(text.to_owned()))
    }
}

/// All pages of a list, as clients walk through them.
fn pages(list: &[u32], limit: &str, view: impl Fn(&u32) -> Value) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut cursor = None;
    loop {
        let mut query = vec![("limit", limit)];
        query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let paging = Paging::<Number>::parse(&with_query(&query)).unwrap();
        let page = Page::of_list(list, &paging, |number| Number(*number), &view);
        pages.push(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return pages;
        }
    }
}

#[test]
fn pages_follow_one_another_until_there_is_no_cursor() {
    let list: Vec<u32> = (0..6).collect();
    let found = pages(&list, "3", |number| json!(number));
    assert_eq!(
        found,
        [[0, 1, 2].map(Value::from), [3, 4, 5].map(Value::from)]
    );
}

/// A value that takes exactly so many bytes of an answer, the quotes around it included.
fn of_bytes(bytes: usize) -> Value {
    Value::from("x".repeat(bytes - 4))
}

#[test]
fn a_page_ends_at_the_last_byte_that_fits_and_the_next_one_goes_on() {
    let list = [0, 1, 2];
    let fitting = pages(&list, "3", |_| of_bytes(MAX_PAGE_BYTES / 3));
    assert_eq!(fitting.iter().map(Vec::len).collect::<Vec<_>>(), [3]);
    let over = pages(&list, "3", |number| {
        of_bytes(MAX_PAGE_BYTES / 3 + 3 * usize::from(*number == 2))
    });
    assert_eq!(over.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn an_item_that_fits_into_no_page_has_a_page_of_its_own() {
    let found = pages(&[0, 1, 2], "3", |number| match number {
        1 => of_bytes(MAX_PAGE_BYTES + 1),
        _ => json!(number),
    });
    assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 1]);
}

#[test]
fn bytes_are_counted_as_lambda_answers_them() {
    for value in [json!({"a": "b\"c\\d\ne"}), json!(["ü", 1, null]), json!("")] {
        let body = value.to_string();
        let answered = Value::from(body).to_string();
        assert_eq!(escaped_bytes(&value), answered.len() - 2, "{value}");
    }
}

#[test]
fn a_cursor_of_another_list_or_an_invented_one_is_refused() {
    let foreign = write_cursor(&Letter("7".to_owned()));
    for text in [foreign.as_str(), "", "7", "!!", "MSBudW1iZXJzIHg"] {
        let refused = Paging::<Number>::parse(&with_query(&[("cursor", text)])).unwrap_err();
        assert_eq!(refused.code(), Code::InvalidCursor, "{text}");
    }
}

#[test]
fn the_position_after_an_item_is_that_of_an_older_one() {
    let at = |millis| Cursor {
        created_at: Timestamp::from_millis(millis),
        id: ExecutionId::derived(&["e"]),
    };
    assert!(at(1).is_after(&at(2)));
    assert!(!at(2).is_after(&at(2)) && !at(3).is_after(&at(2)));
}

#[test]
fn positions_of_executions_and_deliveries_read_back() {
    let created_at = Timestamp::from_millis(1_781_612_250_231);
    let execution = Cursor {
        created_at,
        id: ExecutionId::derived(&["e"]),
    };
    let delivery = Cursor {
        created_at,
        id: DeliveryId::derived(&["d"]),
    };
    assert_eq!(PageCursor::read(&execution.write()), Some(execution));
    assert_eq!(PageCursor::read(&delivery.write()), Some(delivery));
}

#[test]
fn a_limit_is_1_to_100_and_20_by_default() {
    let limit = |text| Paging::<Number>::parse(&with_query(&[("limit", text)]));
    assert_eq!(limit("100").unwrap().limit, 100);
    assert_eq!(Paging::<Number>::parse(&with_query(&[])).unwrap().limit, 20);
    for text in ["0", "101", "-1", "ten", ""] {
        assert_eq!(limit(text).unwrap_err().code(), Code::InvalidParameter);
    }
}
