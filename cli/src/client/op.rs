//! The operations of the API that commands use. A test holds methods, paths and what may be repeated against
//! docs/openapi.json.

use reqwest::Method;

/// Whether a request may be sent again without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It does the same again.
    Harmless,
    /// With an idempotency key, which it then gets.
    WithKey,
    /// It would do something else.
    Never,
}

/// A method and a path with `{}` for each id.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) method: Method,
    pub(crate) template: &'static str,
    pub(crate) repeat: Repeat,
}

impl Operation {
    /// The path with these ids in it, whatever characters they have.
    pub(crate) fn path(&self, ids: &[&str]) -> String {
        let mut path = String::new();
        let mut ids = ids.iter();
        for (index, part) in self.template.split("{}").enumerate() {
            if index > 0 {
                path.push_str(&encoded(ids.next().copied().unwrap_or_default()));
            }
            path.push_str(part);
        }
        path
    }
}

/// One segment of a path. One of dots alone would lead elsewhere, encoded too, and is no id: another that is none stands for it.
fn encoded(segment: &str) -> String {
    if segment.trim_matches('.').is_empty() {
        return "_".to_owned();
    }
    let mut result = String::new();
    for byte in segment.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' | b'.' => {
                result.push(char::from(byte))
            }
            _ => result.push_str(&format!("%{byte:02X}")),
        }
    }
    result
}

macro_rules! operations {
    ($($name:ident: $method:ident $path:literal $repeat:ident;)*) => {
        $(pub(crate) const $name: Operation =
            Operation { method: Method::$method, template: $path, repeat: Repeat::$repeat };)*
        /// Every operation.
        #[cfg(test)]
        const ALL: &[Operation] = &[$($name),*];
    };
}

operations! {
    HEALTH: GET "/healthz" Harmless;
    ORG: GET "/v1/org" Harmless;
    USAGE: GET "/v1/org/usage" Harmless;
    LIST_KEYS: GET "/v1/api-keys" Harmless;
    CREATE_KEY: POST "/v1/api-keys" WithKey;
    REVOKE_KEY: DELETE "/v1/api-keys/{}" Harmless;
    LIST_SECRETS: GET "/v1/secrets" Harmless;
    PUT_SECRET: PUT "/v1/secrets/{}" Harmless;
    DELETE_SECRET: DELETE "/v1/secrets/{}" Harmless;
    LIST_WORKFLOWS: GET "/v1/workflows" Harmless;
    CREATE_WORKFLOW: POST "/v1/workflows" WithKey;
    GET_WORKFLOW: GET "/v1/workflows/{}" Harmless;
    CHANGE_WORKFLOW: PATCH "/v1/workflows/{}" Harmless;
    DELETE_WORKFLOW: DELETE "/v1/workflows/{}" Harmless;
    ACTIVATE: POST "/v1/workflows/{}/activate" Harmless;
    DEACTIVATE: POST "/v1/workflows/{}/deactivate" Harmless;
    LIST_VERSIONS: GET "/v1/workflows/{}/versions" Harmless;
    GRAPH: GET "/v1/workflows/{}/graph" Harmless;
    VALIDATE: POST "/v1/workflows/validate" Harmless;
    LIST_TRIGGERS: GET "/v1/workflows/{}/triggers" Harmless;
    CREATE_TRIGGER: POST "/v1/workflows/{}/triggers" WithKey;
    GET_TRIGGER: GET "/v1/workflows/{}/triggers/{}" Harmless;
    CHANGE_TRIGGER: PATCH "/v1/workflows/{}/triggers/{}" Harmless;
    DELETE_TRIGGER: DELETE "/v1/workflows/{}/triggers/{}" Harmless;
    ROTATE: POST "/v1/workflows/{}/triggers/{}/rotate" Never;
    ROTATE_SECRET: POST "/v1/workflows/{}/triggers/{}/rotate-secret" Never;
    GET_CAPTURE: GET "/v1/workflows/{}/triggers/{}/capture" Harmless;
    OPEN_CAPTURE: POST "/v1/workflows/{}/triggers/{}/capture" Harmless;
    CLOSE_CAPTURE: DELETE "/v1/workflows/{}/triggers/{}/capture" Harmless;
    CONFIRM_CAPTURE: POST "/v1/workflows/{}/triggers/{}/capture/confirm" Harmless;
    LIST_EXECUTIONS: GET "/v1/executions" Harmless;
    GET_EXECUTION: GET "/v1/executions/{}" Harmless;
    LIST_STEPS: GET "/v1/executions/{}/steps" Harmless;
    GET_REQUEST: GET "/v1/executions/{}/request" Harmless;
    REPLAY: POST "/v1/executions/{}/replay" WithKey;
    REPLAY_ALL: POST "/v1/replays" WithKey;
    CANCEL: POST "/v1/executions/{}/cancel" Harmless;
    LIST_SUBSCRIPTIONS: GET "/v1/subscriptions" Harmless;
    CREATE_SUBSCRIPTION: POST "/v1/subscriptions" WithKey;
    GET_SUBSCRIPTION: GET "/v1/subscriptions/{}" Harmless;
    CHANGE_SUBSCRIPTION: PATCH "/v1/subscriptions/{}" Harmless;
    DELETE_SUBSCRIPTION: DELETE "/v1/subscriptions/{}" Harmless;
    TEST_SUBSCRIPTION: POST "/v1/subscriptions/{}/test" WithKey;
    RECOVER: POST "/v1/subscriptions/{}/recover" Harmless;
    LIST_EVENT_TYPES: GET "/v1/event-types" Harmless;
    DECLARE_EVENT_TYPE: PUT "/v1/event-types/{}" Harmless;
    DELETE_EVENT_TYPE: DELETE "/v1/event-types/{}" Harmless;
    PUBLISH: POST "/v1/events" WithKey;
    LIST_DELIVERIES: GET "/v1/deliveries" Harmless;
    GET_DELIVERY: GET "/v1/deliveries/{}" Harmless;
    RETRY_DELIVERY: POST "/v1/deliveries/{}/retry" Never;
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::output::VIEWS;

    fn document() -> Value {
        serde_json::from_str(include_str!("../../../docs/openapi.json")).unwrap()
    }

    /// The operation of the document: its path has a name where ours has nothing.
    fn described<'d>(document: &'d Value, operation: &Operation) -> Option<&'d Value> {
        let paths = document["paths"].as_object().unwrap();
        let unnamed = |path: &str| {
            let parts = path.split('/');
            let parts = parts.map(|part| if part.starts_with('{') { "{}" } else { part });
            parts.collect::<Vec<_>>().join("/")
        };
        let method = operation.method.as_str().to_ascii_lowercase();
        let mut paths = paths
            .iter()
            .filter(|(path, _)| unnamed(path) == operation.template);
        paths.find_map(|(_, item)| item.get(&method))
    }

    #[test]
    fn every_operation_is_in_the_document_and_is_repeated_as_it_allows() {
        let document = document();
        for operation in ALL {
            let found = described(&document, operation);
            let found = found.unwrap_or_else(|| panic!("{operation:?} is not in the document"));
            let parameters = found["parameters"].as_array().cloned().unwrap_or_default();
            let takes_key = parameters
                .iter()
                .any(|parameter| parameter["name"] == "Idempotency-Key");
            assert_eq!(
                operation.repeat == Repeat::WithKey,
                takes_key,
                "{operation:?}"
            );
        }
    }

    #[test]
    fn every_field_of_a_view_is_in_its_schema() {
        let document = document();
        for view in VIEWS {
            let Some(schema) = view.schema else { continue };
            let root = &document["components"]["schemas"][schema];
            assert!(root.is_object(), "{schema} is not in the document");
            for column in view.columns.iter().chain(view.details) {
                let path = column.pointer.split('/').skip(1).collect::<Vec<_>>();
                assert!(
                    has(&document, root, &path),
                    "{schema} has no {}",
                    column.pointer
                );
            }
        }
    }

    /// Whether a value of the schema can have something at the path; anything can be in a value of no type.
    fn has(document: &Value, schema: &Value, path: &[&str]) -> bool {
        let Some((first, rest)) = path.split_first() else {
            return true;
        };
        if let Some(target) = schema["$ref"].as_str() {
            return has(
                document,
                document.pointer(target.trim_start_matches('#')).unwrap(),
                path,
            );
        }
        if schema.get("type").is_none()
            && schema.get("properties").is_none()
            && schema.get("anyOf").is_none()
            && schema.get("oneOf").is_none()
        {
            return true;
        }
        let choices = ["anyOf", "oneOf"]
            .iter()
            .filter_map(|name| schema[*name].as_array())
            .flatten();
        let mut choices = choices.filter(|choice| choice["type"] != "null");
        choices.any(|choice| has(document, choice, path))
            || schema["properties"]
                .get(*first)
                .is_some_and(|member| has(document, member, rest))
    }

    #[test]
    fn an_id_cannot_leave_its_segment() {
        assert_eq!(
            GET_WORKFLOW.path(&["../x?y#z"]),
            "/v1/workflows/..%2Fx%3Fy%23z"
        );
        assert_eq!(GET_WORKFLOW.path(&[".."]), "/v1/workflows/_");
        assert_eq!(GET_TRIGGER.path(&["a", "b"]), "/v1/workflows/a/triggers/b");
    }
}
