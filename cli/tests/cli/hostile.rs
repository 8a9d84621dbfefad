//! What strangers wrote does not reach a terminal as it is; narrow terminals and NO_COLOR.

use std::process::{Command, Stdio};

use crate::support::{HELLO, Stack, User, eventually};

/// Clears the screen, turns text around, rings.
const HOSTILE: &str = "x\u{1b}[2J\u{9b}31m\u{202e}\u{7}y";

fn acts(text: &str) -> bool {
    text.chars()
        .any(|c| c.is_control() && c != '\n' || matches!(c, '\u{202a}'..='\u{202e}'))
}

/// Runs it in a pseudo-terminal, which `script` of util-linux makes.
fn in_terminal(user: &User, command: &str, columns: u16) -> String {
    let line = format!(
        "stty cols {columns}; {} {command}",
        env!("CARGO_BIN_EXE_sluice")
    );
    let user_command = user.command(&[]);
    let variables = user_command
        .get_envs()
        .filter_map(|(name, value)| Some((name, value?)));
    let mut terminal = Command::new("script");
    terminal
        .args(["-qec", &line, "/dev/null"])
        .env_clear()
        .envs(variables)
        .env("TERM", "xterm");
    let output = terminal
        .current_dir(user.home.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().replace('\r', "")
}

#[test]
fn names_headers_and_bodies_reach_no_terminal_with_their_control_characters() {
    let stack = Stack::own();
    let user = User::of(&stack);
    let name = serde_json::to_string(HOSTILE).unwrap();
    let created = user.feed(
        format!(r#"{{"name": {name}, "definitionYaml": "document: {{dsl: 1.0.0, namespace: a, name: a, version: 1.0.0}}\ndo: []"}}"#),
        &["api", "POST", "/v1/event-types", "-d", "@-"],
    );
    assert!(!acts(&created.stderr), "{:?}", created.stderr);
    user.run(&[
        "api",
        "PUT",
        "/v1/event-types/hostile",
        "-d",
        &format!(r#"{{"description": {name}}}"#),
    ])
    .ok();
    user.workflow("hostile", HELLO);
    let sent = user.feed(
        format!(r#"{{"name": {name}}}"#),
        &[
            "send",
            "-",
            "--to",
            "hostile",
            "-H",
            "x-webhook-delivery-id: d1",
            "--watch",
        ],
    );
    assert_eq!(sent.code, 0, "{sent:?}");
    assert!(
        sent.stdout.contains("\\u009b") && !acts(&sent.stdout),
        "{:?}",
        sent.stdout
    );
    let id = user
        .run(&["execution", "list", "-o", "jsonl", "--limit", "1"])
        .json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for form in ["table", "json", "jsonl", "yaml"] {
        for arguments in [
            &["execution", "show", &id][..],
            &["execution", "request", &id],
            &["api", "GET", "/v1/event-types"],
        ] {
            let done = user.run(&[arguments, &["-o", form]].concat()).ok();
            assert!(
                !acts(&done.stdout),
                "{arguments:?} {form}: {:?}",
                done.stdout
            );
        }
    }
    let json = user.run(&["execution", "show", &id, "-o", "json"]).json();
    assert_eq!(json["output"]["message"], format!("Hello, {HOSTILE}"));
}

#[test]
fn a_body_is_printed_as_it_is_only_where_no_terminal_acts_on_it() {
    let user = User::of(Stack::shared());
    user.workflow("raw", HELLO);
    let body = format!(r#"{{"name": "{}"}}"#, "\u{9b}31m");
    let sent = user
        .feed(&body, &["send", "-", "--to", "raw", "-o", "json"])
        .ok();
    let id = sent.field("executionId");
    assert_eq!(
        user.run(&["execution", "request", &id, "--raw"])
            .ok()
            .stdout,
        body
    );
    let shown = in_terminal(&user, &format!("execution request {id} --raw"), 100);
    assert!(shown.contains("\\u{9b}31m") && !acts(&shown), "{shown:?}");
}

#[test]
fn a_terminal_gets_colours_unless_it_says_otherwise_and_a_narrow_one_blocks() {
    let user = User::of(Stack::shared());
    user.workflow("colours", HELLO);
    user.feed(
        r#"{"name": "Ada"}"#,
        &["send", "-", "--to", "colours", "--watch"],
    )
    .ok();
    let list = "execution list --workflow colours";
    let wide = in_terminal(&user, list, 200);
    assert!(wide.contains("\u{1b}[32msucceeded\u{1b}[0m"), "{wide:?}");
    let narrow = in_terminal(&user, list, 60);
    assert!(
        narrow.contains("STATUS       \u{1b}[32msucceeded"),
        "{narrow:?}"
    );
    let plain = in_terminal(&user.with("NO_COLOR", "1"), list, 200);
    assert!(
        plain.contains("succeeded") && !plain.contains('\u{1b}'),
        "{plain:?}"
    );
}

#[test]
fn a_reader_that_has_enough_ends_a_command_quietly() {
    let user = User::of(Stack::shared());
    let mut child = user.command(&["sample", "stock-count"]).spawn().unwrap();
    drop(child.stdout.take());
    let status = eventually("the end", || child.try_wait().unwrap());
    assert_eq!(status.code(), Some(0));
}
