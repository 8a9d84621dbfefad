//! The table of one document: what it prints, and what Sluice answers. It does not know the documents.

use std::fmt::Write as _;

use serde_json::{Value, json};
use tests::Answer;

use crate::expected::{Expected, Pattern};

/// How many characters of an answer a row shows.
const SHOWN_CHARS: usize = 240;

/// The examples of one document.
pub(crate) struct Report {
    document: &'static str,
    sent: Vec<Substitution>,
    /// What is printed, and what stands there in an answer.
    answered: Vec<(&'static str, Pattern)>,
    rows: Vec<Row>,
}

/// What is printed, and what is sent in its place.
struct Substitution {
    printed: &'static str,
    value: String,
    is_credential: bool,
}

struct Row {
    example: String,
    expected: String,
    got: String,
    is_as_printed: bool,
}

impl Report {
    pub(crate) fn of(document: &'static str) -> Self {
        Self {
            document,
            sent: Vec::new(),
            answered: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// Sends `value` wherever the document prints `printed`.
    pub(crate) fn substitute(&mut self, printed: &'static str, value: impl Into<String>) {
        self.sent.push(Substitution {
            printed,
            value: value.into(),
            is_credential: false,
        });
    }

    /// The same, for a value that the table does not show.
    pub(crate) fn substitute_credential(
        &mut self,
        printed: &'static str,
        value: impl Into<String>,
    ) {
        self.substitute(printed, value);
        if let Some(last) = self.sent.last_mut() {
            last.is_credential = true;
        }
    }

    /// Takes what fits the pattern wherever the document prints `printed` in an answer.
    pub(crate) fn stands_for(&mut self, printed: &'static str, pattern: Pattern) {
        self.answered.push((printed, pattern));
    }

    /// A printed text with everything that is substituted.
    pub(crate) fn substituted(&self, printed: &str) -> String {
        self.sent.iter().fold(printed.to_owned(), |text, known| {
            text.replace(known.printed, &known.value)
        })
    }

    /// Compares an answer with what the document prints.
    pub(crate) fn answer(&mut self, example: &str, expected: &Expected, got: &Answer) {
        let json = got.json();
        let header = |name: &str| json!(got.header(name));
        let body = expected.body.as_ref();
        let is_as_printed = expected.status == got.status
            && body.is_none_or(|body| self.is_like(body, &json))
            && expected
                .headers
                .iter()
                .all(|(name, value)| self.is_like(&json!(value), &header(name)))
            && expected
                .members
                .iter()
                .all(|(name, value)| self.is_like(value, &json[name]));
        let headers = |value: &dyn Fn(&(&'static str, &'static str)) -> String| {
            expected.headers.iter().map(value).collect::<String>()
        };
        let printed_headers = headers(&|(name, value)| format!(" {name}: {value}"));
        let got_headers =
            headers(&|(name, _)| format!(" {name}: {}", got.header(name).unwrap_or("none")));
        self.rows.push(Row {
            example: example.to_owned(),
            expected: format!(
                "{}{printed_headers} {}",
                expected.status,
                expected.printed_body()
            ),
            got: format!("{}{got_headers} {json}", got.status),
            is_as_printed,
        });
    }

    /// Compares what came of a request with what a sentence of the document says.
    pub(crate) fn statement(
        &mut self,
        sentence: &str,
        expected: impl Into<Value>,
        got: impl Into<Value>,
    ) {
        let (expected, got) = (expected.into(), got.into());
        self.rows.push(Row {
            example: sentence.to_owned(),
            is_as_printed: self.is_like(&expected, &got),
            expected: expected.to_string(),
            got: got.to_string(),
        });
    }

    fn is_like(&self, printed: &Value, got: &Value) -> bool {
        let placeholder = printed.as_str().and_then(|text| {
            let mut known = self.answered.iter();
            known.find(|(printed, _)| *printed == text)
        });
        match (placeholder, printed, got) {
            (Some((_, pattern)), _, got) => pattern.matches(got),
            (None, Value::Object(printed), Value::Object(got)) => {
                printed.len() == got.len()
                    && printed.iter().all(|(name, printed)| {
                        got.get(name).is_some_and(|got| self.is_like(printed, got))
                    })
            }
            (None, Value::Array(printed), Value::Array(got)) => {
                let mut pairs = printed.iter().zip(got);
                printed.len() == got.len() && pairs.all(|(printed, got)| self.is_like(printed, got))
            }
            (None, printed, got) => printed == got,
        }
    }

    /// Prints the table, and fails where an answer is not as printed.
    #[expect(clippy::print_stdout, reason = "people read the table")]
    pub(crate) fn finish(self) {
        print!("{}", self.table());
        let differing: Vec<&str> = self
            .rows
            .iter()
            .filter(|row| !row.is_as_printed)
            .map(|row| row.example.as_str())
            .collect();
        assert!(differing.is_empty(), "{}: {differing:?}", self.document);
    }

    fn table(&self) -> String {
        let mut table = String::new();
        let mut line = |text: String| writeln!(table, "{text}").expect("a text takes more text");
        line(format!("\n{}: {} examples", self.document, self.rows.len()));
        for known in &self.sent {
            let shown = match known.is_credential {
                true => "(a credential)",
                false => known.value.as_str(),
            };
            line(format!("  sent in place of {}: {shown}", known.printed));
        }
        for (printed, pattern) in &self.answered {
            line(format!("  {printed} stands for {}", pattern.described()));
        }
        line("| document | example | expected | got | |\n|---|---|---|---|---|".to_owned());
        for row in &self.rows {
            let verdict = if row.is_as_printed {
                "as printed"
            } else {
                "DIFFERS"
            };
            let (expected, got) = (cell(&row.expected), cell(&row.got));
            line(format!(
                "| {} | {} | {expected} | {got} | {verdict} |",
                self.document, row.example
            ));
        }
        table
    }
}

fn cell(text: &str) -> String {
    let text = text.trim().replace('|', "\\|");
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[test]
fn an_answer_that_is_not_as_printed_differs() {
    use crate::expected::status;

    let mut report = Report::of("a document");
    report.stands_for("<id>", Pattern::Id("exe_"));
    let printed = json!({"id": "<id>", "n": 1});
    for (got, is_like) in [
        (json!({"id": "exe_1", "n": 1}), true),
        (json!({"n": 1, "id": "exe_1"}), true),
        (json!({"id": "wf_1", "n": 1}), false),
        (json!({"id": "exe_1", "n": 2}), false),
        (json!({"id": "exe_1"}), false),
        (json!({"id": "exe_1", "n": 1, "more": null}), false),
    ] {
        assert_eq!(report.is_like(&printed, &got), is_like, "{got}");
    }
    let got = Answer {
        status: 201,
        headers: Vec::new(),
        bytes: "{}".into(),
    };
    report.answer("another status", &status(200), &got);
    report.answer(
        "a header is missing",
        &status(201).header("x", "<id>"),
        &got,
    );
    report.answer("a member is missing", &status(201).member("x", 1), &got);
    assert!(report.rows.iter().all(|row| !row.is_as_printed));
    report.answer("the same", &status(201).prints("{}"), &got);
    assert!(report.rows.last().unwrap().is_as_printed);
}
