//! The worker's process ends after its response was posted and before it fetches another event: shown with the real
//! Lambda runtime in a child process, against a fake Runtime API.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::cell::Cell;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use serde_json::{Value, json};
use worker::ExitLayer;

const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

/// The fake Runtime API's log of requests, such as `GET /2018-06-01/runtime/invocation/next`.
type Requests = Arc<Mutex<Vec<String>>>;

/// The child process of the other test; without the Runtime API's address it does nothing.
#[tokio::test]
async fn child_process_exits_after_its_last_event() {
    if std::env::var_os(RUNTIME_API).is_none() {
        return;
    }
    let must_exit = Cell::new(false);
    let must_exit = &must_exit;
    let ask = || must_exit.get();
    let handler = service_fn(async |event: LambdaEvent<Value>| {
        must_exit.set(event.payload["isLast"] == true);
        Ok::<_, Error>(json!({"batchItemFailures": []}))
    });
    let runtime = Runtime::new(handler).layer(ExitLayer::new(&ask));
    runtime.run().await.unwrap();
}

#[test]
fn the_process_exits_between_the_response_and_the_next_event() {
    let (address, requests) = fake_runtime_api();
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_process_exits_after_its_last_event"])
        .env(RUNTIME_API, address)
        .env("AWS_LAMBDA_FUNCTION_NAME", "worker")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(1));
    let invocation = "/2018-06-01/runtime/invocation";
    assert_eq!(
        *requests.lock().unwrap(),
        [
            format!("GET {invocation}/next"),
            format!("POST {invocation}/1/response"),
            format!("GET {invocation}/next"),
            format!("POST {invocation}/2/response"),
        ],
        "after the second response no third event is fetched"
    );
}

fn fake_runtime_api() -> (String, Requests) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let requests = Requests::default();
    let log = Arc::clone(&requests);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let log = Arc::clone(&log);
            thread::spawn(move || serve(stream, &log));
        }
    });
    (address, requests)
}

/// Answers the requests of one connection until it closes.
fn serve(mut stream: TcpStream, log: &Requests) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(request) = read_request(&mut reader) {
        let is_next = request.starts_with("GET ");
        let events = {
            let mut log = log.lock().unwrap();
            log.push(request);
            log.iter().filter(|known| known.starts_with("GET ")).count()
        };
        let answer = if is_next {
            let body = json!({"isLast": events == 2}).to_string();
            let length = body.len();
            format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
                 Lambda-Runtime-Aws-Request-Id: {events}\r\nLambda-Runtime-Deadline-Ms: 4102444800000\r\n\
                 Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-west-1:1:function:worker\r\n\r\n{body}"
            )
        } else {
            "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n".to_owned()
        };
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// Reads one request to the end of its body, and returns its method and path.
fn read_request(reader: &mut BufReader<TcpStream>) -> Option<String> {
    let mut first = String::new();
    reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let header = line.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let mut parts = first.split_whitespace();
    Some(format!("{} {}", parts.next()?, parts.next()?))
}
