//! Holds every answer that a test receives against the document that describes the API: its status, its content type, its
//! `code`, and its body, in which no field may be that the document does not have. What a trigger answers of its own
//! making is exempt by its path, and so are the console's pages; a request that no operation is for has to be refused as every API refuses.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{LazyLock, Mutex, PoisonError};

use jsonschema::Validator;
use lambda_http::{Body, Request, RequestExt as _, Response};
use serde_json::{Map, Value, json};

/// Names a file to which each answer that was held against the document adds a byte.
const COUNT_IN: &str = "COUNT_ANSWERS_IN";

/// The paths of webhooks, whose answers the trigger chooses.
const WEBHOOKS: [&str; 4] = [
    "/hooks",
    "/v1/openapi/webhook/{webhookId}/run",
    "/workflow/hooks/{hookId}",
    "/workflow/hooks2/{hookId}",
];
/// The console, which answers with pages.
const CONSOLE: &str = "/console";
/// The refusals of each API.
const REFUSALS: [&str; 4] = ["Problem", "ReflyProblem", "RefoldProblem", "CopyaiProblem"];

static CONTRACT: LazyLock<Contract> = LazyLock::new(|| {
    let text = include_str!("../../docs/openapi.json");
    Contract::new(serde_json::from_str(text).expect("the document is JSON"))
});

/// An answer as it is held against the document.
pub struct Received<'a> {
    pub method: &'a str,
    /// Path and query.
    pub target: &'a str,
    pub status: u16,
    pub content_type: Option<&'a str>,
    pub body: &'a [u8],
}

/// Ends the test where the document does not describe the answer.
pub fn check(received: &Received<'_>) {
    match CONTRACT.problem_of(received) {
        Ok(is_described) => {
            if is_described {
                count();
            }
        }
        Err(problem) => {
            let Received {
                method,
                target,
                status,
                ..
            } = received;
            let body = String::from_utf8_lossy(received.body);
            panic!(
                "docs/openapi.json does not describe the answer {status} to {method} {target}: {problem}\n{body}"
            );
        }
    }
}

/// What `register` answers in a process of its own.
pub async fn register(app: &register::App, request: Request) -> Response<Body> {
    let (method, path) = addressed(&request);
    checked(&method, &path, register::handle(app, request).await)
}

/// What `history` answers in a process of its own.
pub async fn history(app: &history::App, request: Request) -> Response<Body> {
    let (method, path) = addressed(&request);
    checked(&method, &path, history::handle(app, request).await)
}

fn addressed(request: &Request) -> (String, String) {
    let path = request.raw_http_path().to_owned();
    (request.method().to_string(), path)
}

fn checked(method: &str, path: &str, response: Response<Body>) -> Response<Body> {
    let content_type = response.headers().get("content-type");
    check(&Received {
        method,
        target: path,
        status: response.status().as_u16(),
        content_type: content_type.and_then(|value| value.to_str().ok()),
        body: response.body().as_ref(),
    });
    response
}

fn count() {
    let Some(path) = std::env::var_os(COUNT_IN) else {
        return;
    };
    let opened = std::fs::File::options()
        .append(true)
        .create(true)
        .open(path);
    let counted = opened.and_then(|mut file| file.write_all(b"."));
    counted.expect("the answer is counted");
}

struct Contract {
    document: Value,
    /// The schemas of the document, closed.
    components: Value,
    validators: Mutex<BTreeMap<String, &'static Validator>>,
}

impl Contract {
    fn new(document: Value) -> Self {
        let mut schemas = document["components"]["schemas"].clone();
        for schema in schemas
            .as_object_mut()
            .into_iter()
            .flat_map(Map::values_mut)
        {
            close(schema);
        }
        Self {
            components: json!({ "schemas": schemas }),
            document,
            validators: Mutex::default(),
        }
    }

    /// Whether an operation describes the answer, or why none does.
    fn problem_of(&self, received: &Received<'_>) -> Result<bool, String> {
        let path = received.target.split('?').next().unwrap_or_default();
        let mut exempt = WEBHOOKS.iter().chain([&CONSOLE]);
        if exempt.any(|pattern| is_at(path, pattern)) {
            return Ok(false);
        }
        match self.operation(received.method, path) {
            Some((pattern, operation)) => {
                self.described(received, pattern, operation).map(|()| true)
            }
            None => self.refused(received).map(|()| false),
        }
    }

    fn operation(&self, method: &str, path: &str) -> Option<(&str, &Value)> {
        let method = method.to_ascii_lowercase();
        let paths = self.document["paths"].as_object()?.iter();
        let mut found = paths
            .filter(|(pattern, _)| is_exactly(path, pattern))
            .filter_map(|(pattern, operations)| Some((pattern.as_str(), operations.get(&method)?)));
        found.next()
    }

    fn described(
        &self,
        received: &Received<'_>,
        pattern: &str,
        operation: &Value,
    ) -> Result<(), String> {
        let mut response = &operation["responses"][received.status.to_string()];
        if let Some(target) = response["$ref"].as_str() {
            let pointer = target.trim_start_matches('#');
            response = self.document.pointer(pointer).unwrap_or(&Value::Null);
        }
        if response.is_null() {
            return Err("the status is not listed".to_owned());
        }
        if received.method == "HEAD" || response.get("content").is_none() {
            return match received.body {
                [] => Ok(()),
                _ => Err("there should be no body".to_owned()),
            };
        }
        let content_type = received.content_type.unwrap_or_default();
        let media = &response["content"][content_type];
        if media.is_null() {
            return Err(format!("the content type {content_type:?} is not listed"));
        }
        if media["schema"]["format"] == "binary" {
            return Ok(());
        }
        let name = format!(
            "{} {pattern} {} {content_type}",
            received.method, received.status
        );
        self.fits(&name, &media["schema"], received.body)
    }

    fn refused(&self, received: &Received<'_>) -> Result<(), String> {
        let known = [400, 401, 403, 404, 405, 500, 503];
        if !known.contains(&received.status) {
            return Err("there is no such operation".to_owned());
        }
        if received.method == "HEAD" {
            return Ok(());
        }
        let of = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        let gateway = self.fits("GatewayMessage", &of("GatewayMessage"), received.body);
        let refusals = REFUSALS.iter();
        let fits = refusals.fold(gateway, |fits, name| {
            fits.or_else(|_| self.fits(name, &of(name), received.body))
        });
        fits.map_err(|_| "there is no such operation, and it is no refusal".to_owned())
    }

    fn fits(&self, name: &str, schema: &Value, body: &[u8]) -> Result<(), String> {
        let body: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        let validator = self.validator(name, schema);
        let errors: Vec<String> = validator
            .iter_errors(&body)
            .map(|error| format!("at {:?}: {error}", error.instance_path().as_str()))
            .collect();
        match errors.as_slice() {
            [] => Ok(()),
            several => Err(several.join("; ")),
        }
    }

    fn validator(&self, name: &str, schema: &Value) -> &'static Validator {
        let mut validators = self
            .validators
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        validators.entry(name.to_owned()).or_insert_with(|| {
            let mut whole = schema.clone();
            whole["components"] = self.components.clone();
            let options = jsonschema::options().with_draft(jsonschema::Draft::Draft202012);
            let built = options.should_validate_formats(true).build(&whole);
            // As many as there are answers in the document, kept for as long as the process.
            Box::leak(Box::new(built.expect("the schema compiles")))
        })
    }
}

/// Refuses the fields of objects that the schema does not name.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            let names_fields = members.contains_key("properties");
            if names_fields && !members.contains_key("additionalProperties") {
                members.insert("additionalProperties".to_owned(), json!(false));
            }
            for (name, member) in members {
                if name != "enum" && name != "examples" {
                    close(member);
                }
            }
        }
        Value::Array(members) => members.iter_mut().for_each(close),
        _ => {}
    }
}

/// Whether the path is the pattern, or is below it. A slash at either end, or one after another, makes no segment.
fn is_at(path: &str, pattern: &str) -> bool {
    let segments = |path| {
        let segments = str::split(path, '/');
        segments
            .filter(|segment| !segment.is_empty())
            .collect::<Vec<&str>>()
    };
    let (path, pattern) = (segments(path), segments(pattern));
    path.len() >= pattern.len() && matches(&path[..pattern.len()], &pattern)
}

fn is_exactly(path: &str, pattern: &str) -> bool {
    let segments = |path| str::split(path, '/').collect::<Vec<&str>>();
    let (path, pattern) = (segments(path), segments(pattern));
    path.len() == pattern.len() && matches(&path, &pattern)
}

fn matches(path: &[&str], pattern: &[&str]) -> bool {
    let mut pairs = path.iter().zip(pattern);
    pairs.all(|(segment, pattern)| {
        let is_parameter = pattern.starts_with('{') && !segment.is_empty();
        is_parameter || segment == pattern
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem_of(target: &str, status: u16, content_type: &str, body: &Value) -> Option<String> {
        let body = body.to_string();
        let received = Received {
            method: "GET",
            target,
            status,
            content_type: Some(content_type),
            body: body.as_bytes(),
        };
        CONTRACT.problem_of(&received).err()
    }

    #[test]
    fn an_answer_that_the_document_does_not_describe_is_told() {
        let of = |status, content_type, body: Value| {
            problem_of("/healthz?x=1", status, content_type, &body)
        };
        let health = json!({"status": "ok", "version": "1", "commit": "c"});
        assert_eq!(of(200, "application/json", health.clone()), None);
        assert!(of(201, "application/json", health.clone()).is_some());
        assert!(of(200, "text/plain", health.clone()).is_some());
        let mut larger = health.clone();
        larger["more"] = json!(1);
        assert!(of(200, "application/json", larger).is_some());
        assert!(of(200, "application/json", json!({"status": "ok"})).is_some());
    }

    #[test]
    fn a_code_that_an_operation_does_not_have_is_told() {
        let problem = |code: &str| {
            json!({
                "type": "urn:sluice:problem:x", "title": "t", "status": 404, "detail": "d",
                "code": code, "success": false, "requestId": "r",
            })
        };
        let of = |code: &str| {
            let target = "/v1/workflows/wf_1";
            problem_of(target, 404, "application/problem+json", &problem(code))
        };
        assert_eq!(of("NOT_FOUND"), None);
        assert!(of("WEBHOOK_NOT_FOUND").is_some());
        let unrouted = problem_of(
            "/v2",
            404,
            "application/problem+json",
            &problem("NOT_FOUND"),
        );
        assert_eq!(unrouted, None);
        assert!(problem_of("/v2", 200, "application/json", &json!({})).is_some());
        assert_eq!(
            problem_of("/hooks/wf_1", 218, "x/y", &json!({"a": 1})),
            None
        );
    }
}
