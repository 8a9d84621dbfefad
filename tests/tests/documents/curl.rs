//! Requests as documents print them for curl. It knows the options that the documents use, and no other.

use tests::{Answer, World};

/// The request of a printed command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Without scheme and host.
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    /// Reads a command such as `curl -X POST "https://host/path" -H "name: value" -d 'body'`.
    pub(crate) fn of(command: &str) -> Self {
        let mut words = words(command).into_iter();
        assert_eq!(words.next().as_deref(), Some("curl"));
        let mut request = Self {
            method: "GET".to_owned(),
            path: String::new(),
            headers: Vec::new(),
            body: String::new(),
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().expect("the option has a value");
            match word.as_str() {
                "-X" => request.method = value(),
                "-d" => request.body = value(),
                "-H" => {
                    let header = value();
                    let (name, value) = header.split_once(": ").expect("a header");
                    request.headers.push((name.to_owned(), value.to_owned()));
                }
                url => {
                    let (_, rest) = url.split_once("://").expect("a URL");
                    let (_, path) = rest.split_once('/').expect("a URL with a path");
                    request.path = format!("/{path}");
                }
            }
        }
        request
    }

    pub(crate) async fn send(&self, world: &World) -> Answer {
        let headers: Vec<(&str, &str)> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        world
            .send(&self.method, &self.path, &headers, self.body.clone())
            .await
    }
}

/// The words of a shell's command: quotes hold a word together, and a backslash at the end of a line is nothing.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in command.replace("\\\n", " ").chars() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, ' ' | '\n') => words.extend(word.take()),
            (Some(_) | None, letter) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

#[test]
fn a_printed_command_is_read_as_a_shell_and_curl_read_it() {
    let command =
        "curl -X PUT \"https://a.example/b?c=d\" \\\n  -H \"X: y z\" -d '{\n \"e\": \"it is\"}'";
    let expected = Request {
        method: "PUT".to_owned(),
        path: "/b?c=d".to_owned(),
        headers: vec![("X".to_owned(), "y z".to_owned())],
        body: "{\n \"e\": \"it is\"}".to_owned(),
    };
    assert_eq!(Request::of(command), expected);
}
