//! A stack, a home folder, and the command line in it. Ids, times and tokens are masked with their length, so that snapshots
//! show columns as they are.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// What is waited for at most.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// All of Sluice on this machine; it ends with the process of the test.
pub(crate) struct Stack {
    pub(crate) url: String,
    pub(crate) key: String,
    pub(crate) workflow: String,
    pub(crate) webhook: String,
    /// Closing its input ends the stack.
    _shell: Child,
}

impl Stack {
    /// One for all tests that look at nothing but what they made.
    pub(crate) fn shared() -> &'static Self {
        static STACK: OnceLock<Stack> = OnceLock::new();
        STACK.get_or_init(Self::own)
    }

    /// One of its own, in memory.
    pub(crate) fn own() -> Self {
        // The shell outlives no test: its input ends with the process that holds it, however that ends.
        let script = format!(
            "{} --ephemeral --listen 127.0.0.1:0 --json & stack=$!; cat; kill $stack",
            dev_command()
        );
        let mut shell = Command::new("bash")
            .args(["-c", &script])
            .current_dir(root())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(shell.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready: Value = serde_json::from_str(&line).expect("the stack says where it is");
        let text = |name: &str| ready[name].as_str().unwrap().to_owned();
        Self {
            url: text("baseUrl"),
            key: text("adminKey"),
            workflow: text("workflowId"),
            webhook: text("webhookUrl"),
            _shell: shell,
        }
    }
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What SLUICE_DEV names, or what cargo builds.
pub(crate) fn dev_command() -> String {
    match std::env::var("SLUICE_DEV") {
        Ok(path) if !path.is_empty() => format!("exec {path}"),
        _ => "exec cargo dev".to_owned(),
    }
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Done {
    /// Data, talk and exit code, masked.
    pub(crate) fn shown(&self) -> String {
        masked(&format!(
            "{}--- {}\n{}",
            self.stdout, self.code, self.stderr
        ))
    }

    /// The JSON on standard output.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The same, after it did not fail.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// The text of a member of the JSON on standard output.
    pub(crate) fn field(&self, name: &str) -> String {
        self.json()[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name}: {self:?}"))
            .to_owned()
    }
}

/// A user at a terminal that is none.
pub(crate) struct User {
    pub(crate) home: TempDir,
    variables: Vec<(String, String)>,
}

impl User {
    /// Somebody who has never used it.
    pub(crate) fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            variables: Vec::new(),
        }
    }

    /// Somebody with a key of the stack.
    pub(crate) fn of(stack: &Stack) -> Self {
        Self::new()
            .with("SLUICE_URL", &stack.url)
            .with("SLUICE_KEY", &stack.key)
    }

    /// With a variable.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(other, _)| other != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A path in the home folder, which is also the current one.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Writes a file there.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The command, to run it otherwise than to its end.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sluice"));
        command
            .args(arguments)
            .env_clear()
            .current_dir(self.home.path());
        command
            .env("HOME", self.home.path())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Done {
        done(self.command(arguments).output().unwrap())
    }

    /// Runs it with something on standard input.
    pub(crate) fn feed(&self, input: impl AsRef<[u8]>, arguments: &[&str]) -> Done {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that fails before it reads has closed its input.
        let _ = child.stdin.take().unwrap().write_all(input.as_ref());
        done(child.wait_with_output().unwrap())
    }

    /// A workflow with one trigger, through `apply`; its slug identifies it.
    pub(crate) fn workflow(&self, slug: &str, definition: &str) {
        let file = format!(
            "kind: workflow\nslug: {slug}\nname: {slug}\nactive: true\ntriggers: [{{}}]\ndefinition:\n"
        );
        let header =
            format!("  document: {{dsl: 1.0.0, namespace: tests, name: {slug}, version: 1.0.0}}\n");
        self.write(
            &format!("{slug}/workflow.yaml"),
            format!("{file}{header}{definition}"),
        );
        self.run(&["apply", "-f", slug, "--quiet"]).ok();
    }
}

/// Ends at once with its input as its message.
pub(crate) const HELLO: &str =
    "  do:\n    - greet:\n        set: {message: '${ \"Hello, \" + .name }'}\n";
/// Fails.
pub(crate) const FAILING: &str = "  do:\n    - give_up:\n        raise: {error: {type: https://tests.example/no, status: 400, title: No stock}}\n";
/// Goes on for an hour.
pub(crate) const WAITING: &str = "  do:\n    - pause:\n        wait: {hours: 1}\n";

fn done(output: std::process::Output) -> Done {
    Done {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Waits until there is something.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{what} did not happen within {} s", PATIENCE.as_secs());
}

/// Replaces what differs from run to run by as many marks.
pub(crate) fn masked(text: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        match varying(rest, result.chars().next_back()) {
            Some((kept, length)) => {
                result.push_str(&rest[..kept]);
                let is_number = rest[kept..kept + length]
                    .bytes()
                    .all(|byte| byte.is_ascii_digit())
                    && length < 5;
                result.push_str(&"#".repeat(if is_number { 1 } else { length }));
                rest = &rest[kept + length..];
            }
            None => {
                result.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    result
}

/// How much of a beginning stays, and how much after it varies.
fn varying(text: &str, before: Option<char>) -> Option<(usize, usize)> {
    if before.is_some_and(|before| before.is_ascii_alphanumeric()) {
        return None;
    }
    let run =
        |from: usize, fits: fn(char) -> bool| text[from..].chars().take_while(|c| fits(*c)).count();
    let word: fn(char) -> bool = |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    for prefix in [
        "exe_", "wf_", "trg_", "sub_", "dlv_", "evt_", "org_", "key_",
    ] {
        if text.starts_with(prefix) && run(prefix.len(), |c| c.is_ascii_alphanumeric()) == 26 {
            return Some((prefix.len(), 26));
        }
    }
    for prefix in [
        "token=",
        "sk_test_",
        "sk_live_",
        "whsec_",
        "sk_test_…",
        "demo-",
        "127.0.0.1:",
        "request ",
    ] {
        let length = if text.starts_with(prefix) {
            run(prefix.len(), word)
        } else {
            0
        };
        let wanted = match prefix {
            "demo-" => length == 6,
            "sk_test_…" => length == 4,
            "127.0.0.1:" => length == 5,
            "request " => length == 36,
            _ => length > 20,
        };
        if wanted {
            return Some((prefix.len(), length));
        }
    }
    let digits = |pattern: &str| {
        text.len() >= pattern.len()
            && pattern.bytes().zip(text.bytes()).all(|(wanted, found)| {
                if wanted == b'0' {
                    found.is_ascii_digit()
                } else {
                    wanted == found
                }
            })
    };
    for pattern in [
        "0000-00-00T00:00:00.000Z",
        "0000-00-00T00:00:00Z",
        "00:00:00",
    ] {
        if digits(pattern) {
            return Some((0, pattern.len()));
        }
    }
    for prefix in ["MILLISECONDS  ", "WRITE UNITS   ", "SECRET       "] {
        if text.starts_with(prefix) {
            return Some((prefix.len(), run(prefix.len(), word)));
        }
    }
    None
}
