//! `$default`: requests that no route of the gateway takes. Answered from a table that the build script makes of the
//! template's routes: 405 with `Allow`, or 404, without a call of AWS. It does not know what the routes do, nor who may use
//! them.

use api::{Inbound, Problem, profiles};
use lambda_http::{Body, Response};

/// Method and path of every route of the other functions, in the order of the template.
static ROUTES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/routes.rs"));

/// A refusal in the shape of the API that the path belongs to.
pub(crate) fn refuse(inbound: &Inbound) -> Response<Body> {
    let problem = problem(ROUTES, &inbound.method, &inbound.segments);
    profiles::refuse(inbound, problem)
}

fn problem(routes: &[(&str, &str)], method: &str, segments: &[String]) -> Problem {
    let mut allowed = Vec::new();
    for (known, path) in routes {
        if !is_path(path, segments) {
            continue;
        }
        if *known == method {
            // The gateway did not know the path for its slashes.
            return Problem::extra_slashes(path);
        }
        allowed.push(*known);
    }
    if allowed.is_empty() {
        return Problem::not_found();
    }
    Problem::method_not_allowed(&allowed.join(", "))
}

/// Whether the segments are those of the path, in which `{name}` stands for any one.
fn is_path(path: &str, segments: &[String]) -> bool {
    let patterns = path.split('/').skip(1);
    let is_variable = |pattern: &str| pattern.starts_with('{');
    patterns.clone().count() == segments.len()
        && patterns
            .zip(segments)
            .all(|(pattern, segment)| is_variable(pattern) || pattern == segment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(method: &str, path: &str) -> (String, Option<String>) {
        let segments = path.split('/').filter(|segment| !segment.is_empty());
        let segments: Vec<String> = segments.map(str::to_owned).collect();
        let problem = problem(ROUTES, method, &segments);
        let code = problem.code().as_str().to_owned();
        let response = problem.respond("request");
        let allow = response.headers().get("allow");
        let allow = allow.map(|value| value.to_str().expect("it is ASCII").to_owned());
        (code, allow)
    }

    #[test]
    fn the_table_has_the_routes_of_the_template_and_none_of_this_function() {
        let health: Vec<_> = ROUTES
            .iter()
            .filter(|(_, path)| *path == "/healthz")
            .collect();
        assert_eq!(health, [&("GET", "/healthz"), &("HEAD", "/healthz")]);
        assert!(ROUTES.iter().all(|(method, _)| *method != "ANY"));
        assert!(ROUTES.iter().all(|(_, path)| path.starts_with('/')));
        assert!(ROUTES.len() > 50, "{}", ROUTES.len());
    }

    #[test]
    fn a_path_with_other_methods_says_which_and_any_other_path_is_not_found() {
        let not_allowed = |allow: &str| ("METHOD_NOT_ALLOWED".to_owned(), Some(allow.to_owned()));
        assert_eq!(refused("PUT", "/v1/workflows"), not_allowed("POST, GET"));
        assert_eq!(
            refused("HEAD", "/v1/executions/x"),
            not_allowed("GET, DELETE")
        );
        for (method, path) in [
            ("GET", "/"),
            ("GET", "/v1"),
            ("GET", "/v2/workflows"),
            ("GET", "/v1/workflows/x/y/z"),
            ("GET", "/v1//workflows/"),
        ] {
            assert_eq!(
                refused(method, path),
                ("NOT_FOUND".to_owned(), None),
                "{path}"
            );
        }
    }
}
