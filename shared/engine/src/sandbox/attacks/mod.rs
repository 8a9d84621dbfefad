//! Attacks on the sandbox. Every one ends with an error of its own, and the next evaluation succeeds.

mod endless;
mod growth;
mod texts;

use super::{Request, Sandbox, Source, refusals};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Far beyond what any evaluation takes, so that work runs out first, on however slow a machine.
fn patient() -> Sandbox {
    Sandbox::with_time_limit(Duration::from_secs(120))
}

fn source(text: &str) -> Source {
    Source {
        text: Arc::from(text),
        names: Arc::from([]),
    }
}

fn evaluate(sandbox: &Sandbox, text: &str, input: Value) -> Result<Value, String> {
    let request = Request {
        sources: vec![source(text)],
        input,
        arguments: Vec::new(),
        now_ms: 1_700_000_000_123,
    };
    let mut values = sandbox.evaluate(request).expect("ends in time").outcome?;
    Ok(values.remove(0))
}

/// The attack fails for one of the `reasons`, and an innocent expression still works afterwards.
#[track_caller]
fn fails(text: &str, reasons: &[&str]) {
    let sandbox = patient();
    let reason = evaluate(&sandbox, text, json!({"a": [1, 2, 3]})).expect_err("must fail");
    assert!(
        reasons.iter().any(|known| reason.contains(known)),
        "{text}: {reason}"
    );
    assert_eq!(
        evaluate(&sandbox, ".a[1]", json!({"a": [1, 2, 3]})),
        Ok(json!(2))
    );
}

#[track_caller]
fn is_refused(text: &str, part_of_reason: &str) {
    let reason = refusals(&[source(text)])
        .remove(0)
        .expect("must be refused");
    assert!(reason.contains(part_of_reason), "{text}: {reason}");
    assert!(evaluate(&patient(), text, Value::Null).is_err());
}

const STEPS: &str = "too many steps";
const MEMORY: &str = "too much memory";
const TEXT: &str = "string that is too long";
const DEPTH: &str = "nests too deeply";

#[test]
fn the_environment_is_out_of_reach() {
    is_refused("env", "environment");
    is_refused("$ENV", "environment");
    is_refused("$ENV.AWS_SECRET_ACCESS_KEY", "environment");
    is_refused("[1] | map(env.PATH)", "environment");
}

#[test]
fn nothing_ends_the_process() {
    is_refused("halt", "end the worker");
    is_refused("halt(1)", "end the worker");
    is_refused("halt_error", "end the worker");
    is_refused("halt_error(3)", "end the worker");
    is_refused("try halt catch .", "end the worker");
}

#[test]
fn nothing_is_written_or_read() {
    is_refused("stderr", "log");
    is_refused("debug", "log");
    is_refused("debug(\"x\")", "log");
    is_refused("input", "one input");
    is_refused("[inputs]", "one input");
    is_refused("input_filename", "files");
    is_refused("localtime", "gmtime");
    is_refused("strflocaltime(\"%Y\")", "strftime");
    is_refused("import \"a\" as a; .", "");
    is_refused("include \"a\"; .", "");
    is_refused("unbounded_strftime(\"%Y\")", "no function");
}

#[test]
fn a_program_of_ones_own_cannot_get_at_what_is_refused() {
    is_refused("def f: env; f", "environment");
    is_refused("def halt_error: halt; halt_error", "end the worker");
    assert_eq!(
        evaluate(&patient(), "def env: 1; env", Value::Null),
        Ok(json!(1))
    );
}

#[test]
fn an_evaluation_that_overruns_is_given_up_and_the_next_one_works() {
    let sandbox = Sandbox::with_time_limit(Duration::from_nanos(1));
    let request = |text: &str| Request {
        sources: vec![source(text)],
        input: Value::Null,
        arguments: Vec::new(),
        now_ms: 0,
    };
    assert!(
        sandbox
            .evaluate(request("[range(100000)] | length"))
            .is_err()
    );
    let patient = Sandbox {
        time_limit: Duration::from_secs(120),
        ..sandbox
    };
    assert_eq!(
        patient.evaluate(request("1 + 1")).expect("works").outcome,
        Ok(vec![json!(2)])
    );
}

#[test]
fn an_evaluation_that_waits_for_a_core_is_waited_for() {
    let burners: Vec<_> = (0..8)
        .map(|_| {
            std::thread::spawn(|| {
                let until = std::time::Instant::now() + Duration::from_secs(2);
                while std::time::Instant::now() < until {
                    std::hint::black_box(0);
                }
            })
        })
        .collect();
    let sandbox = Sandbox::with_time_limit(Duration::from_millis(200));
    for _ in 0..3 {
        assert_eq!(
            evaluate(&sandbox, "[range(300)] | add", Value::Null),
            Ok(json!(44_850))
        );
    }
    burners
        .into_iter()
        .for_each(|burner| burner.join().unwrap());
}

#[test]
fn a_pattern_that_takes_long_to_compile_is_refused() {
    fails("\"a\" | test(\"[\\\\W\\\\w]\" * 140; \"i\")", &["regex"]);
    fails(
        "\"a\" | test(\"(?i)\" + \"[\\\\W\\\\w]\" * 130)",
        &["regex"],
    );
    fails("\"a\" | test(\"[\\\\W\\\\w]\" * 140)", &["regex"]);
}
