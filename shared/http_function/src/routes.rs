//! A function's table of routes, and which route a request is for. It calls no handler.

use api::Problem;
use domain::Scope;
use futures::future::BoxFuture;
use lambda_http::{Body, Response};

use crate::failure::Failure;
use crate::request_context::RequestContext;

/// The answer of a handler, once it is there.
pub type Handled<'a> = BoxFuture<'a, Result<Response<Body>, Failure>>;

/// Serves the requests of one route.
pub type Handler<F> = for<'a> fn(&'a RequestContext<'a, F>) -> Handled<'a>;

/// Names and values of the parameters of a path.
pub(crate) type PathParameters<'a> = Vec<(&'static str, &'a str)>;

/// A method and a path, who may use them, and what serves them. The path is written as in the template:
/// `/v1/workflows/{workflowId}`.
pub struct Route<F: 'static> {
    /// The method, in capitals.
    pub method: &'static str,
    /// The path, in which `{name}` stands for one segment.
    pub path: &'static str,
    pub(crate) access: Access<F>,
}

pub(crate) enum Access<F: 'static> {
    /// Served without an API key.
    Public(fn() -> Response<Body>),
    /// Served to callers whose API key has the scope; without one, to every caller with a key.
    ApiKey(Option<Scope>, Handler<F>),
}

impl<F> Route<F> {
    /// A route that reads, for API keys with the scope `read`.
    pub const fn get(path: &'static str, handler: Handler<F>) -> Self {
        Self::new("GET", path, Scope::Read, handler)
    }

    /// A route for API keys with the scope `admin`.
    pub const fn post(path: &'static str, handler: Handler<F>) -> Self {
        Self::new("POST", path, Scope::Admin, handler)
    }

    /// A route for API keys with the scope `admin`.
    pub const fn put(path: &'static str, handler: Handler<F>) -> Self {
        Self::new("PUT", path, Scope::Admin, handler)
    }

    /// A route for API keys with the scope `admin`.
    pub const fn patch(path: &'static str, handler: Handler<F>) -> Self {
        Self::new("PATCH", path, Scope::Admin, handler)
    }

    /// A route for API keys with the scope `admin`.
    pub const fn delete(path: &'static str, handler: Handler<F>) -> Self {
        Self::new("DELETE", path, Scope::Admin, handler)
    }

    /// A route for API keys with this scope.
    pub const fn new(
        method: &'static str,
        path: &'static str,
        scope: Scope,
        handler: Handler<F>,
    ) -> Self {
        Self {
            method,
            path,
            access: Access::ApiKey(Some(scope), handler),
        }
    }

    /// A route for every API key, whatever its scopes.
    pub const fn any_key(method: &'static str, path: &'static str, handler: Handler<F>) -> Self {
        Self {
            method,
            path,
            access: Access::ApiKey(None, handler),
        }
    }

    /// A route that anybody may use, without an API key.
    pub const fn public(
        method: &'static str,
        path: &'static str,
        answer: fn() -> Response<Body>,
    ) -> Self {
        Self {
            method,
            path,
            access: Access::Public(answer),
        }
    }

    /// The scope that an API key needs; `None` where every key will do, or none is needed.
    pub fn scope(&self) -> Option<Scope> {
        match self.access {
            Access::Public(_) => None,
            Access::ApiKey(scope, _) => scope,
        }
    }

    /// The parameters of a path, if it is one of this route's.
    fn parameters<'a>(&self, segments: &'a [String]) -> Option<PathParameters<'a>> {
        let mut patterns = self.path.split('/').skip(1);
        let mut parameters = PathParameters::new();
        for segment in segments {
            let pattern = patterns.next()?;
            match pattern
                .strip_prefix('{')
                .and_then(|rest| rest.strip_suffix('}'))
            {
                Some(name) => parameters.push((name, segment.as_str())),
                None if pattern == segment => {}
                None => return None,
            }
        }
        patterns.next().is_none().then_some(parameters)
    }
}

/// The route of a request, with the parameters of its path. Without one, the problem to answer with: 404 where the path
/// has no route, 405 where it has routes for other methods.
pub(crate) fn find<'a, F>(
    routes: &'static [Route<F>],
    method: &str,
    segments: &'a [String],
) -> Result<(&'static Route<F>, PathParameters<'a>), Problem> {
    let mut allowed = Vec::new();
    for route in routes {
        let Some(parameters) = route.parameters(segments) else {
            continue;
        };
        if route.method == method {
            return Ok((route, parameters));
        }
        allowed.push(route.method);
    }
    if allowed.is_empty() {
        Err(Problem::not_found())
    } else {
        Err(Problem::method_not_allowed(&allowed.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Response<Body> {
        Response::new(Body::Empty)
    }

    static ROUTES: [Route<()>; 4] = [
        Route::public("GET", "/healthz", answer),
        Route::public("GET", "/v1/things", answer),
        Route::public("POST", "/v1/things", answer),
        Route::public("GET", "/v1/things/{thingId}/parts/{part}", answer),
    ];

    fn segments(path: &str) -> Vec<String> {
        path.split('/').map(str::to_owned).collect()
    }

    /// The path of the route and its parameters, or the code and the `Allow` header of the refusal.
    fn found(method: &str, path: &str) -> Result<(&'static str, String), (&'static str, String)> {
        let segments = segments(path);
        match find(&ROUTES, method, &segments) {
            Ok((route, parameters)) => Ok((route.path, format!("{parameters:?}"))),
            Err(problem) => {
                let code = problem.code().as_str();
                let response = problem.respond("request");
                let allow = response.headers().get("allow");
                Err((
                    code,
                    allow.map_or(String::new(), |value| value.to_str().unwrap().to_owned()),
                ))
            }
        }
    }

    #[test]
    fn a_route_is_found_by_method_and_path() {
        assert_eq!(found("GET", "healthz"), Ok(("/healthz", "[]".into())));
        assert_eq!(found("POST", "v1/things"), Ok(("/v1/things", "[]".into())));
        let parameters = r#"[("thingId", "7"), ("part", "a b")]"#.to_owned();
        assert_eq!(
            found("GET", "v1/things/7/parts/a b"),
            Ok(("/v1/things/{thingId}/parts/{part}", parameters))
        );
    }

    #[test]
    fn a_path_without_a_route_is_not_found() {
        for path in [
            "",
            "v1",
            "v1/things/7",
            "v1/things/7/parts",
            "healthz/x",
            "v1/things/7/parts/8/9",
        ] {
            assert_eq!(
                found("GET", path),
                Err(("NOT_FOUND", String::new())),
                "{path}"
            );
        }
    }

    #[test]
    fn a_method_without_a_route_is_told_the_methods_that_have_one() {
        let refused = |allow: &str| Err(("METHOD_NOT_ALLOWED", allow.to_owned()));
        assert_eq!(found("PUT", "v1/things"), refused("GET, POST"));
        assert_eq!(found("POST", "v1/things/7/parts/8"), refused("GET"));
    }
}
