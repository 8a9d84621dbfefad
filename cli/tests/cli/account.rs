//! Logging in, profiles, keys and secrets: where keys are, and that none is printed.

use std::os::unix::fs::PermissionsExt as _;

use snapbox::{assert_data_eq, str};

use crate::support::{Stack, User, masked};

#[test]
fn a_login_is_remembered_for_its_owner_alone() {
    let stack = Stack::shared();
    let user = User::new();
    let done = user.feed(
        format!("{}\n", stack.key),
        &["login", "--url", &stack.url, "--profile", "dev"],
    );
    assert_data_eq!(
        done.shown(),
        str![[r#"
--- 0
Logged in to http://127.0.0.1:##### as the profile dev, org org_##########################.

"#]]
    );
    let path = user.path(".config/sluice/config.toml");
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(
        std::fs::metadata(path.parent().unwrap())
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o700
    );
    assert_data_eq!(
        user.run(&["whoami"]).shown(),
        str![[r#"
PROFILE           dev
URL               http://127.0.0.1:#####
KEY               sk_test_…####
ENVIRONMENT       test
ORG               org_##########################
PLAN              custom
ACTIVE WORKFLOWS  1
--- 0

"#]]
    );
    assert_data_eq!(
        user.run(&["profile", "list"]).shown(),
        str![[r#"
PROFILE  URL                     KEY            IN USE
dev      http://127.0.0.1:#####  sk_test_…####  yes
--- 0

"#]]
    );
    assert_data_eq!(
        user.run(&["logout"]).shown(),
        str![[r#"
--- 0
The profile dev and its key are forgotten on this machine.
The key still works: `sluice key revoke` ends it.

"#]]
    );
    assert_eq!(user.run(&["whoami"]).code, 4);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains(&stack.key), "{text}");
}

#[test]
fn a_key_that_the_api_refuses_is_not_remembered() {
    let stack = Stack::shared();
    let user = User::new();
    let done = user.feed("sk_test_wrong\n", &["login", "--url", &stack.url]);
    assert_data_eq!(
        done.shown(),
        str![[r#"
--- 4
error: Send an API key in `Authorization: Bearer` or `x-api-key`. (UNAUTHORIZED)
  Log in with another key: sluice login
  request ####################################

"#]]
    );
    assert!(!user.path(".config/sluice/config.toml").exists());
}

#[test]
fn a_key_may_come_from_a_command_and_is_then_in_no_file() {
    let stack = Stack::shared();
    let user = User::new();
    user.write("vault", &stack.key);
    let command = format!("cat {}", user.path("vault").display());
    user.run(&[
        "login",
        "--url",
        &stack.url,
        "--credential-command",
        &command,
    ])
    .ok();
    let text = std::fs::read_to_string(user.path(".config/sluice/config.toml")).unwrap();
    assert!(
        !text.contains(&stack.key) && text.contains("credential_command"),
        "{text}"
    );
    user.run(&["whoami"]).ok();
    std::fs::remove_file(user.path("vault")).unwrap();
    let done = user.run(&["whoami"]);
    assert_eq!(done.code, 4);
    assert!(
        done.stderr
            .contains("credential_command of the profile default ended with"),
        "{}",
        done.stderr
    );
}

#[test]
fn flags_come_before_variables_and_those_before_files() {
    let stack = Stack::shared();
    let user = User::new();
    user.feed(
        &stack.key,
        &["login", "--url", &stack.url, "--profile", "here"],
    )
    .ok();
    let nowhere = "http://127.0.0.1:1";
    let config = user.path(".config/sluice/config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(
        &config,
        format!("{text}\n[profiles.other]\nurl = \"{nowhere}\"\nkey = \"sk_test_other\"\n"),
    )
    .unwrap();
    let reached = |user: &User, arguments: &[&str]| {
        let done = user.run(arguments);
        match done.code {
            0 => "here".to_owned(),
            _ if done.stderr.contains("127.0.0.1:1 cannot be reached") => "other".to_owned(),
            _ => panic!("{done:?}"),
        }
    };
    assert_eq!(reached(&user, &["whoami"]), "here");
    user.write(".sluice.toml", "profile = 'other'\n");
    assert_eq!(reached(&user, &["whoami"]), "other");
    let user = user.with("SLUICE_PROFILE", "here");
    assert_eq!(reached(&user, &["whoami"]), "here");
    assert_eq!(reached(&user, &["whoami", "--profile", "other"]), "other");
    // A profile that is named goes with its own key and address, whatever variables say.
    let user = user
        .with("SLUICE_KEY", "sk_test_wrong")
        .with("SLUICE_URL", "http://127.0.0.1:2");
    assert_eq!(reached(&user, &["whoami", "-p", "other"]), "other");
    assert_eq!(user.run(&["whoami", "--url", &stack.url]).code, 4);
    let user = user.with("SLUICE_KEY", "").with("SLUICE_URL", "");
    assert_eq!(reached(&user, &["whoami", "--url", &stack.url]), "here");
    user.run(&["profile", "use", "other"]).ok();
    assert_eq!(user.run(&["profile", "use", "none"]).code, 3);
    assert_eq!(user.run(&["--profile", "none", "whoami"]).code, 2);
}

#[test]
fn whoever_wrote_a_folder_cannot_have_the_key_sent_elsewhere() {
    let stack = Stack::shared();
    let user = User::new();
    user.feed(&stack.key, &["login", "--url", &stack.url]).ok();
    user.write(".sluice.toml", "url = 'https://evil.example.com'\n");
    let done = user.run(&["whoami"]);
    assert_eq!(done.code, 4, "{done:?}");
    assert!(
        done.stderr.contains("for which there is no profile"),
        "{}",
        done.stderr
    );
    user.write(".sluice.toml", "credential_command = 'touch ran'\n");
    assert_eq!(user.run(&["whoami"]).code, 2);
    assert!(!user.path("ran").exists());
    std::fs::remove_file(user.path(".sluice.toml")).unwrap();
    for named in [&[][..], &["--profile", "default"]] {
        let done = user.run(&[named, &["--url", "https://evil.example.com", "whoami"]].concat());
        assert_eq!(done.code, 4, "{done:?}");
    }
}

#[test]
fn a_configuration_that_others_may_read_gives_no_key() {
    let stack = Stack::shared();
    let user = User::new();
    user.feed(&stack.key, &["login", "--url", &stack.url]).ok();
    let path = user.path(".config/sluice/config.toml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let done = user.run(&["whoami"]);
    assert_eq!(done.code, 4);
    assert!(done.stderr.contains("chmod 600"), "{}", done.stderr);
}

#[test]
fn the_use_of_the_last_days_is_shown() {
    let done = User::of(Stack::shared()).run(&["usage"]).ok();
    let lines: Vec<&str> = done.stdout.lines().collect();
    assert_eq!(lines[0], "DAY         EXECUTIONS  DELIVERIES  REFUSALS");
    assert_eq!(lines.len(), 32, "{}", done.stdout);
}

#[test]
fn keys_are_made_listed_and_revoked() {
    let stack = Stack::own();
    let user = User::of(&stack);
    let made = user
        .run(&["key", "create", "reader", "--scope", "read", "-o", "json"])
        .ok();
    let (id, key) = (made.field("id"), made.field("key"));
    let listed = user.run(&["key", "list"]).ok().stdout;
    let line = listed.lines().find(|line| line.starts_with(&id)).unwrap();
    assert!(
        line.contains("reader  read    ") && line.ends_with(&key[key.len() - 4..]),
        "{listed}"
    );
    assert!(!listed.contains(&key), "{listed}");
    let reader = User::of(&stack).with("SLUICE_KEY", &key);
    reader.run(&["workflow", "list"]).ok();
    let done = reader.run(&["workflow", "deactivate", "Demo"]);
    assert_data_eq!(
        done.shown(),
        str![[r#"
--- 4
error: Use a key with the scope admin. (FORBIDDEN_SCOPE)
  `sluice key list` shows the keys of the org with their scopes.
  request ####################################

"#]]
    );
    let unasked = user.run(&["key", "revoke", &id]);
    assert_data_eq!(
        unasked.shown(),
        str![[r#"
--- 2
error: Revoke key_##########################? Whoever uses it is refused from then on. Nobody is there to say yes.
  Say it with --yes.

"#]]
    );
    assert_data_eq!(
        user.run(&["key", "revoke", &id, "--yes"]).shown(),
        str![[r#"
--- 0
key_########################## is revoked.

"#]]
    );
}

#[test]
fn the_value_of_a_secret_is_on_standard_input_and_nowhere_else() {
    let user = User::of(Stack::shared());
    let done = user.feed("tops3cret\n", &["secret", "set", "CRM_TOKEN"]);
    assert!(!done.stdout.contains("tops3cret") && !done.stderr.contains("tops3cret"));
    assert_data_eq!(
        done.shown(),
        str![[r#"
NAME     CRM_TOKEN
CREATED  ####################
UPDATED  ####################
--- 0

"#]]
    );
    user.feed("{\"a\": 1}", &["secret", "set", "CRM_JSON", "--json"])
        .ok();
    assert_eq!(
        user.feed("{", &["secret", "set", "CRM_JSON", "--json"])
            .code,
        2
    );
    assert_eq!(user.feed("", &["secret", "set", "EMPTY"]).code, 2);
    assert!(user.run(&["secret", "list"]).stdout.contains("CRM_TOKEN"));
    user.run(&["secret", "delete", "CRM_JSON", "-y"]).ok();
}

#[test]
fn the_key_of_a_folder_of_cargo_dev_can_be_taken() {
    let stack = Stack::shared();
    let user = User::new();
    user.write(
        "data/demo.json",
        format!(
            "{{\"adminKey\":\"{}\",\"baseUrl\":\"{}\"}}",
            stack.key, stack.url
        ),
    );
    user.run(&["login", "--from", "data"]).ok();
    let done = user.run(&["whoami", "-o", "yaml"]).ok();
    assert!(
        masked(&done.stdout).contains("key: \"sk_test_…####\""),
        "{}",
        done.stdout
    );
    assert!(!done.stdout.contains(&stack.key));
    assert_eq!(user.run(&["login", "--from", "nowhere"]).code, 2);
}
