//! The responses of the mock server by path. Knows nothing of sockets.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde_json::{Map, Value, json};

/// The response to a request that has arrived this many times before.
pub(super) fn to(request: &Request<Bytes>, before: usize) -> Response<Bytes> {
    let path: Vec<&str> = request.uri().path().split('/').skip(1).collect();
    match path.as_slice() {
        ["v2", "swagger.json"] => json_answer(200, &pet_store(request)),
        ["v2", "pet", "findByStatus"] => json_answer(200, &json!([pet(1), pet(2)])),
        ["v2", "pet", id] => match id.parse() {
            Ok(id) => json_answer(200, &pet(id)),
            Err(_) => json_answer(404, &json!({"message": "no such pet"})),
        },
        ["basic-auth", user, password] => {
            let expected = format!("Basic {}", base64(&format!("{user}:{password}")));
            authenticated(request, &expected)
        }
        ["bearer", token] => authenticated(request, &format!("Bearer {token}")),
        ["digest"] => digest(request),
        ["token"] => json_answer(200, &token(request)),
        ["echo"] => json_answer(200, &echo(request)),
        ["redirect", status] => redirect(status),
        ["status", status] => json_answer(status.parse().unwrap(), &json!({"status": status})),
        ["byte-order-mark"] => json_text("\u{feff}{\"marked\":true}"),
        ["large-number"] => json_text(r#"{"distance":1e400}"#),
        ["lone-surrogate"] => json_text(r#"{"name":"\ud83d"}"#),
        // Fails that often, then works.
        ["flaky", failures] if before < failures.parse().unwrap() => {
            json_answer(503, &json!({"failed": before + 1}))
        }
        ["flaky", _] => json_answer(200, &json!({"attempts": before + 1})),
        _ => json_answer(404, &json!({"message": "nothing is here"})),
    }
}

fn json_answer(status: u16, body: &Value) -> Response<Bytes> {
    let mut answer = json_text(&body.to_string());
    *answer.status_mut() = StatusCode::from_u16(status).unwrap();
    answer
}

/// A text with the content type of JSON.
fn json_text(body: &str) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from(body.to_owned()));
    let json = "application/json".parse().unwrap();
    answer.headers_mut().insert("content-type", json);
    answer
}

fn redirect(status: &str) -> Response<Bytes> {
    let mut answer = json_answer(status.parse().unwrap(), &json!({"moved": true}));
    let to = "/echo".parse().unwrap();
    answer.headers_mut().insert("location", to);
    answer
}

fn pet(id: u64) -> Value {
    json!({"id": id, "name": "Rex", "status": "available"})
}

/// The description of the pet store in OpenAPI 2.0, as that of the public one.
fn pet_store(request: &Request<Bytes>) -> Value {
    let operation = |id: &str, name: &str, place: &str| {
        json!({"get": {
            "operationId": id,
            "produces": ["application/json"],
            "parameters": [{"name": name, "in": place, "required": true, "type": "string"}],
            "responses": {"200": {"description": "what was asked for"}},
        }})
    };
    json!({
        "swagger": "2.0",
        "info": {"title": "Pets", "version": "1.0.0"},
        "host": header(request, "host"),
        "basePath": "/v2",
        "schemes": ["http"],
        "paths": {
            "/pet/findByStatus": operation("findPetsByStatus", "status", "query"),
            "/pet/{petId}": operation("getPetById", "petId", "path"),
        },
    })
}

fn header<'r>(request: &'r Request<Bytes>, name: &str) -> &'r str {
    let value = request.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

/// 200 if the request has exactly this authorization, else 401.
fn authenticated(request: &Request<Bytes>, expected: &str) -> Response<Bytes> {
    let is_authenticated = header(request, "authorization") == expected;
    let status = if is_authenticated { 200 } else { 401 };
    json_answer(status, &json!({"authenticated": is_authenticated}))
}

/// Challenges a request without credentials. The unit tests of the engine check the response to the challenge.
fn digest(request: &Request<Bytes>) -> Response<Bytes> {
    if header(request, "authorization").starts_with("Digest username=\"ann\"") {
        return json_answer(200, &json!({"authenticated": true}));
    }
    let mut answer = json_answer(401, &json!({"authenticated": false}));
    let challenge = "Digest realm=\"pets\", nonce=\"n1\", qop=\"auth\", algorithm=SHA-256";
    answer
        .headers_mut()
        .insert("www-authenticate", challenge.parse().unwrap());
    answer
}

/// A token that names the grant of its request.
fn token(request: &Request<Bytes>) -> Value {
    let form = String::from_utf8_lossy(request.body());
    let grant = form
        .split('&')
        .find_map(|field| field.strip_prefix("grant_type="));
    json!({"access_token": grant.unwrap_or("none"), "token_type": "Bearer"})
}

/// The request as the server has received it.
fn echo(request: &Request<Bytes>) -> Value {
    let headers: Map<String, Value> = request
        .headers()
        .keys()
        .map(|name| (name.to_string(), json!(header(request, name.as_str()))))
        .collect();
    let body = String::from_utf8_lossy(request.body());
    json!({
        "method": request.method().as_str(),
        "query": request.uri().query(),
        "headers": headers,
        "body": serde_json::from_str(&body).unwrap_or_else(|_| json!(body)),
    })
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}
