//! What needs no network: signatures, samples, scripts for shells, manual pages.

use snapbox::{assert_data_eq, str};

use crate::support::User;

#[test]
fn signatures_are_those_that_senders_publish() {
    let user = User::new().with("SLUICE_SIGNING_SECRET", "It's a Secret to Everybody");
    user.write("body", "Hello, World!");
    let good = "X-Hub-Signature-256: sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let signed = user
        .run(&[
            "signature",
            "sign",
            "body",
            "--scheme",
            "github",
            "-H",
            "X-GitHub-Delivery: 1",
        ])
        .ok();
    assert_data_eq!(
        signed.shown(),
        str![[r#"
x-github-delivery: 1
x-hub-signature-256: sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17
--- 0

"#]]
    );
    assert_data_eq!(
        user.run(&[
            "signature",
            "verify",
            "body",
            "--scheme",
            "github",
            "-H",
            good
        ])
        .shown(),
        str![[r#"
--- 0
Verified.

"#]]
    );
    user.write("body", "Hello, World?");
    assert_data_eq!(
        user.run(&[
            "signature",
            "verify",
            "body",
            "--scheme",
            "github",
            "-H",
            good
        ])
        .shown(),
        str![[r#"
--- 1
error: Not verified: the signature is not one of the request with this secret.

"#]]
    );
}

#[test]
fn every_scheme_that_signs_bodies_verifies_what_it_signs() {
    let user = User::new().with(
        "SLUICE_SIGNING_SECRET",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    );
    user.write("body", r#"{"id": "evt_1", "event_id": "Ev1"}"#);
    for scheme in ["standard-webhooks", "github", "slack", "stripe", "hmac"] {
        let signed = user
            .run(&["signature", "sign", "body", "--scheme", scheme])
            .ok();
        let mut arguments = vec!["signature", "verify", "body", "--scheme", scheme];
        for line in signed.stdout.lines() {
            arguments.extend(["-H", line]);
        }
        user.run(&arguments).ok();
        // An old one is refused by the schemes that sign the time.
        let old = [&arguments[..], &["--at", "2020-01-01T00:00:00Z"]].concat();
        let has_time = matches!(scheme, "standard-webhooks" | "slack" | "stripe");
        assert_eq!(user.run(&old).code, i32::from(has_time), "{scheme}");
    }
    assert_eq!(
        user.run(&["signature", "sign", "body", "--scheme", "twilio"])
            .code,
        2
    );
    assert_eq!(
        user.run(&["signature", "sign", "body", "--scheme", "nope"])
            .code,
        2
    );
    assert_eq!(user.run(&["signature", "sign", "body"]).code, 2);
    let bad = User::new().with("SLUICE_SIGNING_SECRET", "short");
    bad.write("body", "x");
    assert_eq!(
        bad.run(&["signature", "sign", "body", "--scheme", "standard-webhooks"])
            .code,
        4
    );
}

#[test]
fn samples_are_the_bytes_of_their_events() {
    let user = User::new();
    assert_data_eq!(
        user.run(&["sample"]).shown(),
        str![[r#"
SAMPLE         METHOD  BYTES  CONTENT TYPE
github-push    POST    8975   application/json
stripe-event   POST    1582   application/json; charset=utf-8
slack-form     POST    357    application/x-www-form-urlencoded
order-paid     POST    949    application/json
uptime-alert   POST    202    application/json
stock-count    POST    97766  application/json
text           POST    42     text/plain; charset=utf-8
binary-base64  POST    69     application/octet-stream
get-query      GET     0
--- 0

"#]]
    );
    let body = user.run(&["sample", "github-push"]).ok().stdout;
    let file = std::fs::read_to_string(crate::support::root().join("events/github-push.body.json"))
        .unwrap();
    assert_eq!(body, file);
    assert_eq!(user.run(&["sample", "nothing"]).code, 3);
}

#[test]
fn shells_get_their_scripts_and_manuals_their_pages() {
    let user = User::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = user.run(&["completion", shell]).ok().stdout;
        assert!(
            script.contains("sluice") && script.contains("subscription"),
            "{shell}"
        );
    }
    assert_eq!(user.run(&["completion", "tcsh"]).code, 2);
    user.run(&["man", "pages"]).ok();
    assert!(user.path("pages/sluice-trigger-capture.1").is_file());
}

#[test]
fn wrong_arguments_are_exit_code_2() {
    let user = User::new();
    for wrong in [
        &["nothing"][..],
        &["tail", "--since", "yesterday"],
        &["execution", "list", "--limit", "0"],
        &["send", "--to", "x"],
    ] {
        assert_eq!(user.run(wrong).code, 2, "{wrong:?}");
    }
    assert_eq!(user.run(&["--version"]).code, 0);
}
