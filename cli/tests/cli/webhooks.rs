//! Triggers, webhooks, executions and replays.

use snapbox::{assert_data_eq, str};

use crate::support::{FAILING, HELLO, Stack, User, WAITING, eventually};

#[test]
fn a_webhook_is_sent_and_watched_to_its_end() {
    let user = User::of(Stack::shared());
    user.workflow("greeting", HELLO);
    user.write("ada.json", r#"{"name": "Ada"}"#);
    let done = user.run(&["send", "ada.json", "--to", "greeting", "--watch"]);
    assert_data_eq!(
        done.shown(),
        str![[r#"
ID            exe_##########################
STATUS        succeeded
WORKFLOW      wf_##########################
VERSION       1
TRIGGER       trg_##########################
CREATED       ####################
STARTED       ####################
FINISHED      ####################
MILLISECONDS  #
WRITE UNITS   #
OUTPUT        {"message":"Hello, Ada"}

STEP   TYPE  STATUS     VISIT  ATTEMPTS  CALLED  ANSWER  ERROR
greet  set   succeeded  1      1
--- 0
########  succeeded  greet

"#]]
    );
    let sent = user
        .feed(
            r#"{"name": "Bob"}"#,
            &["send", "-", "--to", "greeting", "-o", "json"],
        )
        .ok();
    let id = sent.field("executionId");
    let listed = user
        .run(&["execution", "list", "--workflow", "greeting", "-o", "jsonl"])
        .ok();
    assert_eq!(listed.stdout.lines().count(), 2);
    let shown = user
        .run(&["execution", "show", &id, "--watch", "-o", "json"])
        .ok();
    assert_eq!(shown.json()["output"]["message"], "Hello, Bob");
    let request = user.run(&["execution", "request", &id, "--raw"]).ok();
    assert_eq!(request.stdout, r#"{"name": "Bob"}"#);
    let request = user.run(&["execution", "request", &id]).ok();
    assert!(
        request.stdout.contains("content-type: application/json"),
        "{}",
        request.stdout
    );
}

#[test]
fn an_execution_that_fails_under_watch_is_exit_code_7() {
    let user = User::of(Stack::shared());
    user.workflow("failing", FAILING);
    let done = user.feed("{}", &["send", "-", "--to", "failing", "--watch"]);
    assert_data_eq!(
        done.shown(),
        str![[r#"
ID            exe_##########################
STATUS        failed
WORKFLOW      wf_##########################
VERSION       1
TRIGGER       trg_##########################
CREATED       ####################
STARTED       ####################
FINISHED      ####################
MILLISECONDS  #
WRITE UNITS   #
ERROR         {"type":"https://tests.example/no","title":"No stock","status":400,"instance":"/do/0/give_up"}

STEP     TYPE   STATUS  VISIT  ATTEMPTS  CALLED  ANSWER  ERROR
give_up  raise  failed  1      1                         No stock
--- 7
########  failed  give_up

"#]]
    );
    // Without --watch, to be sent is all that was asked for.
    assert_eq!(user.feed("{}", &["send", "-", "--to", "failing"]).code, 0);
}

#[test]
fn watching_ends_after_its_time_and_cancelling_ends_the_execution() {
    let user = User::of(Stack::shared());
    user.workflow("pausing", WAITING);
    let sent = user
        .feed("{}", &["send", "-", "--to", "pausing", "-o", "json"])
        .ok();
    let id = sent.field("executionId");
    let done = user.run(&["execution", "show", &id, "--watch", "--watch-for", "1s"]);
    assert_eq!(done.code, 6, "{done:?}");
    assert!(
        done.stderr
            .contains("It goes on: sluice execution show exe_"),
        "{}",
        done.stderr
    );
    let cancelled = user.run(&["execution", "cancel", &id, "-o", "json"]).ok();
    assert_eq!(cancelled.json()["status"], "cancelled");
    assert_eq!(user.run(&["execution", "show", &id, "--watch"]).code, 7);
}

#[test]
fn a_sample_is_sent_as_its_sender_does_and_signed_where_that_is_asked_for() {
    let user = User::of(Stack::shared()).with("SLUICE_SIGNING_SECRET", "sluice-secret");
    user.workflow("signed", HELLO);
    let made = user.feed(
        "sluice-secret\n",
        &[
            "trigger",
            "create",
            "signed",
            "--scheme",
            "github",
            "--secret-file",
            "-",
            "-o",
            "json",
        ],
    );
    let made = made.ok();
    let trigger = made.field("id");
    let unsigned = user.run(&["send", "--sample", "github-push", "--to", &trigger]);
    assert_data_eq!(
        unsigned.shown(),
        str![[r#"
--- 4
error: Send the proof that the trigger's authentication asks for: a part of it is missing or malformed. (INVALID_SIGNATURE)
  request ####################################

"#]]
    );
    user.run(&[
        "send",
        "--sample",
        "github-push",
        "--to",
        &trigger,
        "--sign",
    ])
    .ok();
    let again = user
        .run(&[
            "send",
            "--sample",
            "github-push",
            "--to",
            &trigger,
            "--sign",
            "-o",
            "json",
        ])
        .ok();
    assert!(again.json().get("deduplicated").is_none(), "{again:?}");
    let request = user
        .run(&[
            "execution",
            "request",
            &again.field("executionId"),
            "-o",
            "json",
        ])
        .ok()
        .json();
    assert_eq!(request["headers"]["x-github-event"], "push");
    assert_eq!(request["signature"]["verified"], true);
    let by_scheme = user.run(&[
        "send",
        "--sample",
        "text",
        "--to",
        &made.field("url"),
        "--sign",
        "--scheme",
        "github",
    ]);
    assert_eq!(by_scheme.code, 0, "{by_scheme:?}");
    assert_eq!(
        user.run(&[
            "send",
            "--sample",
            "text",
            "--to",
            &made.field("url"),
            "--sign"
        ])
        .code,
        2
    );
    let wrong = User::of(Stack::shared()).with("SLUICE_SIGNING_SECRET", "another");
    assert_eq!(
        wrong
            .run(&["send", "--sample", "text", "--to", &trigger, "--sign"])
            .code,
        4
    );
}

#[test]
fn triggers_are_made_listed_rotated_and_deleted() {
    let user = User::of(Stack::shared());
    user.workflow("doors", HELLO);
    assert_data_eq!(
        user.run(&["trigger", "list", "doors"]).shown(),
        str![[r#"
ID                              ENABLED  PROFILE  METHODS  ANSWER       SCHEME  CREATED
trg_##########################  yes      native   POST     immediately          ####################
--- 0

"#]]
    );
    let made = user.run(&[
        "trigger",
        "create",
        "doors",
        "--scheme",
        "stripe",
        "--method",
        "POST",
        "--condition",
        ".paid",
    ]);
    assert_data_eq!(
        made.shown(),
        str![[r#"
ID           trg_##########################
ENABLED      yes
PROFILE      native
METHODS      POST
ANSWER       immediately
SCHEME       stripe
CREATED      ####################
WORKFLOW     wf_##########################
CONDITION    .paid
SECRET       ###########################################
URL          http://127.0.0.1:#####/hooks/wf_##########################?token=###########################################
--- 0

"#]]
    );
    assert_eq!(user.run(&["trigger", "url", "doors"]).code, 2);
    let listed = user.run(&["trigger", "list", "doors", "-o", "json"]).json();
    let plain = listed
        .as_array()
        .unwrap()
        .iter()
        .find(|trigger| trigger["authentication"].is_null())
        .unwrap();
    let id = plain["id"].as_str().unwrap();
    let old = user
        .run(&["trigger", "url", id])
        .ok()
        .stdout
        .trim()
        .to_owned();
    assert_eq!(user.run(&["trigger", "rotate", id]).code, 2);
    let rotated = user
        .run(&["trigger", "rotate", id, "--yes", "-o", "json"])
        .ok();
    assert_ne!(rotated.field("url"), old);
    assert_eq!(user.feed("{}", &["send", "-", "--to", &old]).code, 4);
    assert_eq!(
        user.feed("{}", &["send", "-", "--to", &rotated.field("url")])
            .code,
        0
    );
    user.run(&["trigger", "show", id]).ok();
    let signed = made.stdout.split_whitespace().nth(1).unwrap();
    assert_eq!(user.run(&["trigger", "rotate-secret", signed]).code, 2);
    let secret = |overlap: &str| {
        let arguments = [
            "trigger",
            "rotate-secret",
            signed,
            "--overlap",
            overlap,
            "-o",
            "json",
        ];
        user.run(&arguments).ok().json()["authentication"]["secret"].clone()
    };
    assert_ne!(secret("1h"), secret("1h"));
    let chosen = [
        "trigger",
        "rotate-secret",
        signed,
        "--secret-file",
        "-",
        "--yes",
        "-o",
        "json",
    ];
    let chosen = user.feed("whsec_of_stripe\n", &chosen).ok().json();
    assert_eq!(chosen["authentication"]["secret"], "whsec_of_stripe");
    let settings = user
        .write("settings.yaml", "methods: [GET, POST]\n")
        .display()
        .to_string();
    let made = user
        .run(&[
            "trigger",
            "create",
            "doors",
            "--settings",
            &settings,
            "-o",
            "json",
        ])
        .ok();
    assert_eq!(made.json()["methods"], serde_json::json!(["GET", "POST"]));
    user.run(&["trigger", "delete", id, "--yes"]).ok();
    assert_eq!(user.run(&["trigger", "show", id]).code, 3);
}

#[test]
fn the_next_request_is_captured_as_the_sample() {
    let user = User::of(Stack::shared());
    user.workflow("capturing", HELLO);
    let url = user
        .run(&["trigger", "url", "capturing"])
        .ok()
        .stdout
        .trim()
        .to_owned();
    let child = user
        .command(&["trigger", "capture", "capturing", "--yes"])
        .spawn()
        .unwrap();
    // A window opens a moment after it is asked for; what comes before starts an execution.
    eventually("the capture", || {
        let sent = user.feed(
            r#"{"order": {"id": 7}}"#,
            &["send", "-", "--to", &url, "-o", "json"],
        );
        std::thread::sleep(std::time::Duration::from_millis(300));
        (sent.json()["captured"] == true).then_some(())
    });
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("order.id"), "{text}");
}

#[test]
fn requests_are_replayed_one_or_all_and_no_filter_twice() {
    let user = User::of(Stack::shared());
    user.workflow("again", HELLO);
    let mut id = String::new();
    for name in ["Ada", "Bob", "Cyd"] {
        let body = format!(r#"{{"name": "{name}"}}"#);
        id = user
            .feed(
                body,
                &["send", "-", "--to", "again", "--watch", "-o", "json"],
            )
            .ok()
            .field("id");
    }
    let one = user
        .run(&["execution", "replay", &id, "--watch", "-o", "json"])
        .ok()
        .json();
    assert_eq!(one["output"]["message"], "Hello, Cyd");
    user.write("dan.json", r#"{"name": "Dan"}"#);
    let edited = user
        .run(&[
            "execution",
            "replay",
            &id,
            "--body",
            "dan.json",
            "--watch",
            "-o",
            "json",
        ])
        .ok()
        .json();
    assert_eq!(
        (&edited["output"]["message"], &edited["edited"]),
        (&"Hello, Dan".into(), &true.into())
    );
    let filter = [
        "execution",
        "replay",
        "--workflow",
        "again",
        "--status",
        "succeeded",
    ];
    let counted = user.run(&[&filter[..], &["--dry-run"]].concat());
    assert_data_eq!(
        counted.shown(),
        str![[r#"
DRY RUN   yes
MATCHED   5
REPLAYED  0
REPEATED  0
SKIPPED   0
--- 0

"#]]
    );
    assert_eq!(user.run(&filter).code, 2);
    assert_data_eq!(
        user.run(&[&filter[..], &["--yes"]].concat()).shown(),
        str![[r#"
DRY RUN   no
MATCHED   5
REPLAYED  5
REPEATED  0
SKIPPED   0
--- 0

"#]]
    );
    let again = user
        .run(&[&filter[..], &["--yes", "-o", "json"]].concat())
        .ok()
        .json();
    assert_eq!(again["repeated"], 5, "{again}");
    assert_eq!(user.run(&["execution", "replay"]).code, 2);
    assert_eq!(
        user.run(&["execution", "replay", &id, "--status", "failed"])
            .code,
        2
    );
}

#[test]
fn what_a_filter_may_be_is_said_with_its_name() {
    let user = User::of(Stack::shared());
    assert_data_eq!(
        user.run(&["execution", "list", "--status", "done"]).shown(),
        str![[r#"
--- 2
error: expected one of queued, running, waiting, succeeded, failed, cancelled, rejected. (INVALID_PARAMETER)
  in the parameter status
  request ####################################

"#]]
    );
}

#[test]
fn any_request_can_be_made_with_the_key() {
    let user = User::of(Stack::shared());
    let done = user.run(&["api", "get", "/v1/org"]).ok();
    assert!(done.json()["id"].as_str().unwrap().starts_with("org_"));
    let made = user
        .run(&[
            "api",
            "PUT",
            "/v1/event-types/api.made",
            "-d",
            r#"{"description": "x"}"#,
            "-i",
        ])
        .ok();
    assert!(
        made.stderr.contains("content-type: application/json"),
        "{}",
        made.stderr
    );
    let refused = user.feed(
        r#"{"nam": 1}"#,
        &["api", "POST", "/v1/workflows", "-d", "@-"],
    );
    assert_eq!(refused.code, 1);
    assert!(
        refused.stderr.contains("UNKNOWN_FIELD") && refused.stderr.contains("in /nam"),
        "{}",
        refused.stderr
    );
    assert_eq!(user.run(&["api", "GET", "v1/org"]).code, 2);
    assert_eq!(
        user.run(&["api", "GET", "/v1/org", "-H", "nothing"]).code,
        2
    );
}
