//! What an answer may have, and what it may not.

use super::*;

fn with_headers(headers: &[(&str, &str)]) -> Result<Answer, InvalidAnswer> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Answer::new(AnswerParts {
        headers: headers.iter().map(owned).collect(),
        ..AnswerParts::default()
    })
}

fn refused(parts: AnswerParts) -> String {
    Answer::new(parts).unwrap_err().part
}

#[test]
fn an_answer_is_200_with_plain_text_unless_it_says_otherwise() {
    let answer = Answer::new(AnswerParts::default()).unwrap();
    let found = (answer.status(), answer.content_type(), answer.body());
    assert_eq!(found, (200, "text/plain; charset=utf-8", ""));
    let parts = AnswerParts {
        status: Some(418),
        content_type: Some("application/vnd.a+json; x=\"y\"".to_owned()),
        body: "{}".to_owned(),
        ..AnswerParts::default()
    };
    let answer = Answer::new(parts).unwrap();
    assert_eq!((answer.status(), answer.body()), (418, "{}"));
}

#[test]
fn no_header_sets_a_cookie_or_speaks_for_the_origin() {
    let allowed = [("Cache-Control", "max-age=60"), ("X-Hook-Secret", "a b")];
    let answer = with_headers(&allowed).unwrap();
    let found: Vec<_> = answer.headers().collect();
    assert_eq!(
        found,
        [("cache-control", "max-age=60"), ("x-hook-secret", "a b")]
    );
    for name in [
        "Set-Cookie",
        "access-control-allow-origin",
        "content-security-policy",
        "content-type",
        "content-length",
        "transfer-encoding",
        "location",
        "link",
        "refresh",
        "strict-transport-security",
        "x-content-type-options",
        "x-frame-options",
        "x-amzn-requestid",
        "x-forwarded-for",
        "x-",
        "x-ä",
        "x-a b",
        "",
    ] {
        let error = with_headers(&[(name, "1")]).unwrap_err();
        assert_eq!(error.part, format!("headers/{name}"), "{name}");
    }
    for value in ["a\r\nset-cookie: b", "ä", " a", "a\t"] {
        assert!(with_headers(&[("x-a", value)]).is_err(), "{value:?}");
    }
}

#[test]
fn a_part_at_its_limit_passes_and_one_past_it_does_not() {
    let numbered = |count: usize| AnswerParts {
        headers: (0..count)
            .map(|at| (format!("x-{at}"), String::new()))
            .collect(),
        ..AnswerParts::default()
    };
    assert!(Answer::new(numbered(MAX_ANSWER_HEADERS)).is_ok());
    assert_eq!(refused(numbered(MAX_ANSWER_HEADERS + 1)), "headers");
    let body = |bytes| AnswerParts {
        body: "x".repeat(bytes),
        ..AnswerParts::default()
    };
    assert!(Answer::new(body(MAX_ANSWER_BYTES)).is_ok());
    assert_eq!(refused(body(MAX_ANSWER_BYTES + 1)), "body");
    let long = "x".repeat(MAX_ANSWER_HEADER_CHARS);
    assert!(with_headers(&[("x-a", &long)]).is_ok());
    assert!(with_headers(&[("x-a", &format!("{long}x"))]).is_err());
    for (status, passes) in [
        (199, false),
        (200, true),
        (299, true),
        (300, false),
        (304, false),
        (399, false),
        (400, true),
        (599, true),
        (600, false),
    ] {
        let parts = AnswerParts {
            status: Some(status),
            ..AnswerParts::default()
        };
        assert_eq!(Answer::new(parts).is_ok(), passes, "{status}");
    }
}

#[test]
fn an_answer_that_has_no_body_has_none() {
    let parts = |status, body: &str| AnswerParts {
        status: Some(status),
        body: body.to_owned(),
        ..AnswerParts::default()
    };
    assert!(Answer::new(parts(204, "")).is_ok());
    assert_eq!(refused(parts(204, "x")), "body");
}

#[test]
fn what_is_no_content_type_is_refused() {
    for text in [
        "",
        "text",
        "text/",
        "/html",
        "text/html\r\nx: y",
        "te xt/html",
        "text/html; ä",
    ] {
        let parts = AnswerParts {
            content_type: Some(text.to_owned()),
            ..AnswerParts::default()
        };
        assert_eq!(refused(parts), "contentType", "{text:?}");
    }
}
