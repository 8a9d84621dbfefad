//! `tail` and `listen`: what comes is seen, once, also after a closed lid.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::support::{HELLO, PATIENCE, Stack, User, eventually};

/// A receiver on this machine: it hands on path and body of each request.
fn receiver(at: &str) -> (String, Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind(at).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, received) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let request = read_request(stream.unwrap());
            if sender.send(request).is_err() {
                return;
            }
        }
    });
    (url, received)
}

fn read_request(stream: TcpStream) -> (String, Vec<u8>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).unwrap();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let mut stream = stream;
    stream
        .write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 5\r\nconnection: close\r\n\r\ntaken")
        .unwrap();
    (first.split(' ').nth(1).unwrap_or_default().to_owned(), body)
}

/// A webhook without a process for each.
fn post(url: &str, body: &str) {
    let (host, path) = url.trim_start_matches("http://").split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let length = body.len();
    write!(stream, "POST /{path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}

fn send(user: &User, to: &str, name: &str) {
    user.feed(
        format!(r#"{{"name": "{name}"}}"#),
        &["send", "-", "--to", to, "-q"],
    )
    .ok();
}

fn next(received: &Receiver<(String, Vec<u8>)>) -> String {
    let (_, body) = received.recv_timeout(PATIENCE).expect("a webhook");
    String::from_utf8(body).unwrap()
}

/// Waits until it follows: it says so.
fn is_listening(child: &mut Child) {
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    lines
        .find(|line| line.as_ref().is_ok_and(|line| line.contains("go to")))
        .unwrap()
        .unwrap();
    // Nobody reads the rest, which must not fill the pipe.
    std::thread::spawn(move || lines.for_each(drop));
}

#[test]
fn a_laptop_that_sleeps_misses_no_webhook_and_gets_none_twice() {
    let user = User::of(Stack::shared());
    user.workflow("sleeping", HELLO);
    let (url, received) = receiver("127.0.0.1:0");
    let arguments = [
        "listen",
        "--forward-to",
        &url,
        "--trigger",
        "sleeping",
        "--every",
        "1s",
    ];
    let mut child = user.command(&arguments).spawn().unwrap();
    is_listening(&mut child);
    send(&user, "sleeping", "awake");
    assert_eq!(next(&received), r#"{"name": "awake"}"#);
    signal(&child, "-STOP");
    for name in ["asleep 1", "asleep 2", "asleep 3"] {
        send(&user, "sleeping", name);
    }
    signal(&child, "-CONT");
    for name in ["asleep 1", "asleep 2", "asleep 3"] {
        assert_eq!(next(&received), format!(r#"{{"name": "{name}"}}"#));
    }
    // The position is noted after the answer of the receiver.
    std::thread::sleep(Duration::from_millis(500));
    child.kill().unwrap();
    child.wait().unwrap();
    // Off altogether, and on again: it goes on where it was.
    for name in ["off 1", "off 2"] {
        send(&user, "sleeping", name);
    }
    let again = user.run(&[&arguments[..], &["-n", "2"]].concat()).ok();
    assert_eq!(next(&received), r#"{"name": "off 1"}"#);
    assert_eq!(next(&received), r#"{"name": "off 2"}"#);
    assert!(
        again.stderr.contains("goes on where the last one ended"),
        "{}",
        again.stderr
    );
    assert!(
        again.stdout.contains("202") && again.stdout.contains("taken"),
        "{}",
        again.stdout
    );
    assert!(
        received.recv_timeout(Duration::from_secs(2)).is_err(),
        "nothing comes twice"
    );
}

#[test]
fn what_comes_between_two_listens_is_sent_also_where_the_first_saw_nothing() {
    let user = User::of(Stack::shared());
    user.workflow("idle", HELLO);
    let (url, received) = receiver("127.0.0.1:0");
    let arguments = ["listen", "--forward-to", &url, "--trigger", "idle"];
    let mut child = user.command(&arguments).spawn().unwrap();
    is_listening(&mut child);
    let state = user.path(".local/state/sluice/listen");
    eventually("the note", || {
        let mut files = std::fs::read_dir(&state).ok()?.flatten();
        files
            .find(|file| file.path().extension().is_some_and(|kind| kind == "json"))
            .map(drop)
    });
    child.kill().unwrap();
    child.wait().unwrap();
    send(&user, "idle", "between");
    user.run(&[&arguments[..], &["-n", "1"]].concat()).ok();
    assert_eq!(next(&received), r#"{"name": "between"}"#);
}

#[test]
fn webhooks_are_forwarded_byte_for_byte_with_method_and_query() {
    let user = User::of(Stack::shared());
    user.workflow("bytes", HELLO);
    let (url, received) = receiver("127.0.0.1:0");
    user.run(&["send", "--sample", "binary-base64", "--to", "bytes", "-q"])
        .ok();
    let hook = user
        .run(&["trigger", "url", "bytes"])
        .ok()
        .stdout
        .trim()
        .to_owned();
    user.feed(
        "a=1",
        &[
            "send",
            "-",
            "--to",
            &format!("{hook}&page=2&q=a%20b"),
            "-H",
            "content-type: text/plain",
            "-q",
        ],
    )
    .ok();
    let forward = format!("{url}/hook?x=1");
    let done = user
        .run(&[
            "listen",
            "--forward-to",
            &forward,
            "--trigger",
            "bytes",
            "--since",
            "10m",
            "-n",
            "2",
            "-o",
            "jsonl",
        ])
        .ok();
    let (_, body) = received.recv_timeout(PATIENCE).unwrap();
    let sample = user
        .command(&["sample", "binary-base64"])
        .output()
        .unwrap()
        .stdout;
    assert_eq!(body, sample);
    let (path, body) = received.recv_timeout(PATIENCE).unwrap();
    assert_eq!(
        (path.as_str(), body.as_slice()),
        ("/hook?x=1&page=2&q=a+b", &b"a=1"[..])
    );
    let last: serde_json::Value =
        serde_json::from_str(done.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&last["status"], &last["answer"]),
        (&202.into(), &"taken".into())
    );
}

/// More than a page of the history.
#[test]
fn a_long_sleep_is_caught_up_in_order() {
    const WEBHOOKS: usize = 120;
    let user = User::of(Stack::shared());
    user.write("busy/workflow.yaml", format!("kind: workflow\nslug: busy\nactive: true\nrateLimit: {{capacity: 500, refillPerSecond: 50}}\ntriggers: [{{}}]\ndefinition:\n  document: {{dsl: 1.0.0, namespace: tests, name: busy, version: 1.0.0}}\n{HELLO}"));
    user.run(&["apply", "-f", "busy"]).ok();
    let hook = user
        .run(&["trigger", "url", "busy"])
        .ok()
        .stdout
        .trim()
        .to_owned();
    for number in 0..WEBHOOKS {
        post(&hook, &number.to_string());
    }
    let (url, received) = receiver("127.0.0.1:0");
    let count = WEBHOOKS.to_string();
    user.run(&[
        "listen",
        "--forward-to",
        &url,
        "--trigger",
        "busy",
        "--since",
        "10m",
        "-n",
        &count,
    ])
    .ok();
    let bodies: Vec<String> = (0..WEBHOOKS).map(|_| next(&received)).collect();
    let expected: Vec<String> = (0..WEBHOOKS).map(|number| number.to_string()).collect();
    assert_eq!(bodies, expected);
}

#[test]
fn a_receiver_that_is_down_is_waited_for() {
    let user = User::of(Stack::shared());
    user.workflow("down", HELLO);
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    send(&user, "down", "early");
    let forward = format!("http://{free}");
    let mut child = user
        .command(&[
            "listen",
            "--forward-to",
            &forward,
            "--trigger",
            "down",
            "--since",
            "10m",
            "-n",
            "1",
        ])
        .spawn()
        .unwrap();
    is_listening(&mut child);
    std::thread::sleep(Duration::from_secs(1));
    let (_, received) = receiver(&free);
    assert_eq!(next(&received), r#"{"name": "early"}"#);
    let status = eventually("the end", || child.try_wait().unwrap());
    assert_eq!(status.code(), Some(0));
}

#[test]
fn tail_shows_each_execution_as_it_ends() {
    let user = User::of(Stack::shared());
    user.workflow("tailed", HELLO);
    send(&user, "tailed", "before");
    let arguments = [
        "tail",
        "--workflow",
        "tailed",
        "--status",
        "succeeded",
        "--since",
        "10m",
        "-n",
        "2",
        "--every",
        "1s",
        "-o",
        "jsonl",
    ];
    let child = user.command(&arguments).spawn().unwrap();
    send(&user, "tailed", "meanwhile");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let ids: std::collections::BTreeSet<String> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].to_string())
        .collect();
    assert_eq!(ids.len(), 2, "{text}");
    assert_eq!(user.run(&["tail", "--status", "done"]).code, 2);
    assert_eq!(user.run(&["tail", "--workflow", "no-such"]).code, 3);
}
