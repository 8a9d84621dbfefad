//! What fails, and how: exit codes, what to do, and what is tried again.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use snapbox::{assert_data_eq, str};

use crate::support::{Stack, User};

/// Answers each connection with the next of these, and keeps what was asked.
fn server(answers: Vec<&'static str>) -> (String, thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let served = thread::spawn(move || {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut bytes = [0; 8_192];
            let length = stream.read(&mut bytes).unwrap();
            asked.push(String::from_utf8_lossy(&bytes[..length]).into_owned());
            stream.write_all(answer.as_bytes()).unwrap();
        }
        asked
    });
    (url, served)
}

const BUSY: &str =
    "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
const ORG: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 62\r\nconnection: close\r\n\r\n{\"id\":\"org_1\",\"name\":\"\",\"plan\":\"enterprise\",\"sla\":{\"hours\":1}}";

fn asking(url: &str) -> User {
    User::new()
        .with("SLUICE_URL", url)
        .with("SLUICE_KEY", "sk_test_x")
}

#[test]
fn nobody_listens_there() {
    let done = asking("http://127.0.0.1:1").run(&["whoami"]);
    assert_data_eq!(
        done.shown(),
        str![[r#"
--- 1
error: http://127.0.0.1:1 cannot be reached: Connection refused (os error 111).
  Is it running? `sluice dev` starts one on this machine.

"#]]
    );
}

#[test]
fn an_answer_that_does_not_come_is_exit_code_6() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let done = asking(&url).run(&["--timeout", "1", "whoami"]);
    assert_data_eq!(
        done.shown(),
        str![[r#"
--- 6
error: http://127.0.0.1:##### did not answer within 1 s.
  Try again, with more time: --timeout 120

"#]]
    );
    drop(listener);
}

#[test]
fn an_answer_that_breaks_off_or_stalls_is_a_failure_with_its_reason() {
    const SHORT: &str = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\nconnection: close\r\n\r\n{";
    let (url, served) = server(vec![SHORT; 4]);
    let done = asking(&url).run(&["whoami"]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.stderr.contains("cannot be reached"), "{}", done.stderr);
    served.join().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let stalling = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut bytes = [0; 8_192];
        let _ = stream.read(&mut bytes).unwrap();
        stream.write_all(SHORT.as_bytes()).unwrap();
        // It ends with the client.
        let _ = stream.read(&mut bytes);
    });
    let done = asking(&url).run(&["--timeout", "1", "whoami"]);
    assert_eq!(done.code, 6, "{done:?}");
    stalling.join().unwrap();
}

#[test]
fn a_busy_api_is_asked_again_and_members_that_are_new_do_not_matter() {
    let (url, served) = server(vec![BUSY, BUSY, ORG]);
    let done = asking(&url).run(&["whoami", "-o", "json"]).ok();
    assert_eq!(done.json()["org"]["sla"]["hours"], 1);
    let asked = served.join().unwrap();
    assert_eq!(asked.len(), 3);
    assert!(
        asked[0].contains("authorization: Bearer sk_test_x"),
        "{}",
        asked[0]
    );
}

#[test]
fn it_is_asked_so_often_and_not_for_ever() {
    let (url, served) = server(vec![BUSY; 4]);
    let done = asking(&url).run(&["whoami"]);
    assert_data_eq!(
        done.shown(),
        str![[r#"
--- 1
error: The answer is 503, without a reason.
  Try again in a moment.

"#]]
    );
    assert_eq!(served.join().unwrap().len(), 4);
}

#[test]
fn a_creation_is_repeated_under_one_key_and_a_rotation_never() {
    let created =
        "HTTP/1.1 201 Created\r\ncontent-length: 14\r\nconnection: close\r\n\r\n{\"id\":\"key_1\"}";
    let (url, served) = server(vec![BUSY, created]);
    asking(&url).run(&["key", "create", "x"]).ok();
    let asked = served.join().unwrap();
    let key = |request: &str| {
        request
            .lines()
            .find(|line| line.starts_with("idempotency-key: "))
            .map(str::to_owned)
    };
    assert_eq!(key(&asked[0]), key(&asked[1]));
    assert!(key(&asked[0]).is_some(), "{}", asked[0]);
    let (url, served) = server(vec![BUSY]);
    let done = asking(&url).run(&["delivery", "retry", "dlv_1"]);
    assert_eq!(done.code, 1, "{done:?}");
    assert_eq!(served.join().unwrap().len(), 1);
}

#[test]
fn an_answer_of_somebody_else_is_no_panic() {
    let html = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>";
    let (url, served) = server(vec![html]);
    assert_data_eq!(
        asking(&url).run(&["whoami"]).shown(),
        str![[r#"
--- 1
error: The answer is no JSON: expected value at line 1 column 1.
  Is this the address of a Sluice?

"#]]
    );
    served.join().unwrap();
    let elsewhere = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let (url, served) = server(vec![elsewhere]);
    let done = asking(&url).run(&["whoami"]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(served.join().unwrap().len() == 1);
}

#[test]
fn a_wrong_key_is_4_what_is_not_there_3_and_a_conflict_5() {
    let stack = Stack::shared();
    let user = User::of(stack);
    let wrong = User::of(stack)
        .with("SLUICE_KEY", "sk_test_wrong")
        .run(&["workflow", "list"]);
    assert_data_eq!(
        wrong.shown(),
        str![[r#"
--- 4
error: Send an API key in `Authorization: Bearer` or `x-api-key`. (UNAUTHORIZED)
  Log in with another key: sluice login
  request ####################################

"#]]
    );
    let none = user.run(&["workflow", "show", "no-such"]);
    assert_data_eq!(
        none.shown(),
        str![[r#"
--- 3
error: There is no workflow no-such.
  `sluice workflow list` shows those that there are.

"#]]
    );
    assert_data_eq!(
        user.run(&["execution", "show", "exe_00000000000000000000000000"])
            .shown(),
        str![[r#"
--- 3
error: There is nothing at this address. (NOT_FOUND)
  Is the id right, and of this org? `sluice whoami` says which org it is.
  request ####################################

"#]]
    );
    assert_eq!(
        user.run(&["trigger", "show", "trg_00000000000000000000000000"])
            .code,
        3
    );
    let twice = [
        "api",
        "POST",
        "/v1/workflows",
        "-d",
        r#"{"name": "a", "slug": "taken", "definitionYaml": "document: {dsl: 1.0.0, namespace: a, name: a, version: 1.0.0}\ndo: [{a: {set: {b: 1}}}]"}"#,
    ];
    user.run(&twice);
    let taken = user.run(&twice);
    assert_eq!(taken.code, 5, "{taken:?}");
    assert!(taken.stderr.contains("SLUG_TAKEN"), "{}", taken.stderr);
}

fn answer(body: &str) -> &'static str {
    let length = body.len();
    let text =
        format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
    Box::leak(text.into_boxed_str())
}

#[test]
fn following_goes_on_after_an_outage_and_ends_at_what_no_time_mends() {
    let refused = answer(r#"{"detail":"Wrong.","code":"INVALID_FIELD"}"#);
    let refused: &str = Box::leak(
        refused
            .replace("200 OK", "400 Bad Request")
            .into_boxed_str(),
    );
    let none = answer(r#"{"items":[],"nextCursor":null}"#);
    let one = answer(
        r#"{"items":[{"id":"exe_1","status":"succeeded","createdAt":"2026-01-01T00:00:00.000Z"}],"nextCursor":null}"#,
    );
    let (url, served) = server(vec![none, BUSY, BUSY, BUSY, BUSY, one, refused]);
    let done = asking(&url).run(&["tail", "--since", "2026-01-01", "--every", "1s"]);
    assert_data_eq!(
        done.shown(),
        str![[r#"
########  succeeded  exe_1
--- 1
Executions as they come; Ctrl-C stops.
The answer is 503, without a reason.
It is asked again until it answers.
It answers again; nothing was missed.
error: Wrong. (INVALID_FIELD)

"#]]
    );
    served.join().unwrap();
}

#[test]
fn a_key_is_not_sent_unencrypted() {
    let done = asking("http://sluice.example.com").run(&["whoami"]);
    assert_data_eq!(
        done.shown(),
        str![[r#"
--- 2
error: http://sluice.example.com would carry the key unencrypted.
  Use https://, or set SLUICE_ALLOW_HTTP=1 where the network is your own.

"#]]
    );
}

/// Emulators of AWS give such addresses.
#[test]
fn names_below_localhost_are_this_machine() {
    let stack = Stack::shared();
    let below = |url: &str| url.replace("127.0.0.1", "api.localhost");
    let user = User::of(stack).with("SLUICE_URL", &below(&stack.url));
    user.run(&["whoami"]).ok();
    user.feed("x", &["send", "-", "--to", &below(&stack.webhook)])
        .ok();
}

#[test]
fn doctor_says_what_works_and_what_to_do() {
    let user = User::of(Stack::shared());
    let done = user.run(&["doctor", "-o", "json"]).ok();
    let state = |name: &str| {
        done.json()
            .as_array()
            .unwrap()
            .iter()
            .find(|check| check["check"] == name)
            .unwrap()["state"]
            .clone()
    };
    for check in ["profile", "connection", "clock", "key"] {
        assert_eq!(state(check), "ok", "{done:?}");
    }
    assert_eq!(state("checkout"), "missing");
    let done = asking("http://127.0.0.1:1").run(&["doctor"]);
    assert_eq!(done.code, 1);
    assert!(done.stdout.contains("cannot be reached"), "{}", done.stdout);
}
