//! `dev`, `deploy`, `destroy` and `open`.

use std::io::{BufRead as _, BufReader};
use std::process::Command;

use crate::support::{Stack, User, root};

/// A program that stands in for another: it writes down how it was called.
fn stand_in(user: &User, name: &str, script: &str) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    let path = user.write(&format!("bin/{name}"), format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.display().to_string()
}

#[test]
fn dev_runs_the_stack_remembers_it_and_ends_with_it() {
    let user = User::new();
    let dev = match std::env::var("SLUICE_DEV") {
        Ok(path) if !path.is_empty() => path,
        _ => stand_in(
            &user,
            "dev",
            &format!("cd {} && exec cargo dev \"$@\"", root().display()),
        ),
    };
    let user = user.with("SLUICE_DEV", &dev).with("RUST_LOG", "error");
    let mut child = user
        .command(&[
            "dev",
            "--ephemeral",
            "--listen",
            "127.0.0.1:0",
            "-o",
            "jsonl",
        ])
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(ready["profile"], "local");
    assert!(!line.contains("sk_test_"), "{line}");
    // It is the profile in use, because there was none.
    let done = user.run(&["whoami", "-o", "json"]).ok();
    assert_eq!(
        (done.field("profile"), done.field("url")),
        (
            "local".to_owned(),
            ready["baseUrl"].as_str().unwrap().to_owned()
        )
    );
    user.run(&["send", "--sample", "github-push", "--to", "Demo", "--watch"])
        .ok();
    assert!(
        Command::new("kill")
            .arg(child.id().to_string())
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(user.run(&["whoami"]).code, 1);
}

#[test]
fn dev_is_cargo_dev_of_the_checkout_around() {
    let user = User::new();
    user.write("infra/local/Cargo.toml", "");
    user.write("infra/deploy", "");
    let called = "echo \"$(basename \"$PWD\") $*\" >called; exit 1";
    stand_in(&user, "cargo", called);
    let path = format!("{}:/usr/bin:/bin", user.path("bin").display());
    user.write("docs/deep/x", "");
    let mut command = user.command(&["dev", "--listen", "127.0.0.1:0", "--data", "kept"]);
    let output = command
        .env("PATH", path)
        .current_dir(user.path("docs/deep"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let called = std::fs::read_to_string(user.path("called")).unwrap();
    let home = user.home.path().canonicalize().unwrap();
    let data = home.join("docs/deep/kept");
    let name = home.file_name().unwrap().to_string_lossy().into_owned();
    assert_eq!(
        called,
        format!(
            "{name} dev --json --listen 127.0.0.1:0 --data {}\n",
            data.display()
        )
    );
}

/// The lines of README.md after `sluice dev`, as a shell at the root of the repository runs them.
#[test]
fn the_tour_of_the_readme_works_with_the_command_line_alone() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let block = readme
        .split("```sh\n")
        .find(|block| block.starts_with("sluice dev"))
        .unwrap();
    let lines: Vec<&str> = block.split("```").next().unwrap().lines().skip(1).collect();
    assert!(lines.len() >= 5, "{lines:?}");
    let stack = Stack::own();
    let user = User::of(&stack);
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_sluice"))
        .parent()
        .unwrap();
    for line in lines {
        let mut command = user.command(&[]);
        let environment: Vec<_> = command
            .get_envs()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
            .collect();
        command = Command::new("bash");
        command
            .args(["-ec", line])
            .env_clear()
            .envs(environment)
            .current_dir(root());
        let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
        let output = command.env("PATH", path).output().unwrap();
        assert!(output.status.success(), "{line}: {output:?}");
    }
    let executions = user
        .run(&["execution", "list", "--workflow", "hello", "-o", "json"])
        .json();
    assert_eq!(executions.as_array().unwrap().len(), 2, "{executions}");
}

#[test]
fn dev_and_deploy_say_what_to_do_where_there_is_no_checkout() {
    let user = User::new();
    for command in [
        &["dev"][..],
        &["deploy", "--stage", "dev"],
        &["destroy", "--stage", "dev", "--region", "eu-central-1"],
    ] {
        let done = user.run(command);
        assert_eq!(done.code, 2, "{done:?}");
        assert!(
            done.stderr.contains("Clone the repository"),
            "{}",
            done.stderr
        );
    }
}

#[test]
fn deploy_and_destroy_pass_their_options_to_the_scripts_of_the_checkout() {
    let stack = Stack::shared();
    let user = User::new();
    user.write("infra/local/Cargo.toml", "");
    let script = "import pathlib, sys, os\npathlib.Path('called').write_text(' '.join(sys.argv[1:]))\nsys.exit(int(os.environ.get('FAILS', '0')))\n";
    user.write("infra/deploy", script);
    user.write("infra/destroy", script);
    let demo = format!(
        "{{\"adminKey\":\"{}\",\"baseUrl\":\"{}\"}}",
        stack.key, stack.url
    );
    user.write(".sluice/sluice-shop-eu-central-1/demo.json", demo);
    let deploy = [
        "deploy",
        "--stage",
        "shop",
        "--region",
        "eu-central-1",
        "--aws-profile",
        "work",
        "--x86-64",
        "--parameter",
        "A=1",
        "--tag",
        "B=2",
        "--skip-smoke-test",
    ];
    user.run(&deploy).ok();
    let called = std::fs::read_to_string(user.path("called")).unwrap();
    assert_eq!(
        called,
        "--stage shop --region eu-central-1 --profile work --x86-64 --skip-smoke-test --parameter A=1 --tag B=2"
    );
    user.run(&["whoami", "--profile", "shop"]).ok();
    assert_eq!(
        user.run(&["destroy", "--stage", "shop", "--region", "eu-central-1"])
            .code,
        2
    );
    user.run(&[
        "destroy",
        "--stage",
        "shop",
        "--region",
        "eu-central-1",
        "--yes",
    ])
    .ok();
    let called = std::fs::read_to_string(user.path("called")).unwrap();
    assert_eq!(called, "--stage shop --region eu-central-1");
    let user = user.with("FAILS", "1");
    let done = user.run(&deploy);
    assert_eq!(done.code, 1, "{done:?}");
    assert_eq!(user.run(&["deploy"]).code, 2);
}

#[test]
fn open_prints_the_address_and_starts_the_browser() {
    let stack = Stack::shared();
    let user = User::of(stack);
    let done = user.run(&["open"]).ok();
    assert_eq!(done.stdout, format!("{}/console\n", stack.url));
    assert!(
        done.stderr.contains("There is no browser here"),
        "{}",
        done.stderr
    );
    let browser = stand_in(&user, "browser", "echo \"$1\" > \"$HOME/opened\"");
    let user = user.with("BROWSER", &browser);
    user.run(&["open", "wf_1"]).ok();
    let opened = crate::support::eventually("the browser", || {
        std::fs::read_to_string(user.path("opened"))
            .ok()
            .filter(|text| !text.is_empty())
    });
    assert_eq!(opened, format!("{}/console/workflows/wf_1\n", stack.url));
    assert_eq!(user.run(&["open", "nothing"]).code, 2);
}
