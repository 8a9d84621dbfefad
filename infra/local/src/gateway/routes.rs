//! Finding the route of a request, as the HTTP API developer guide has it: what is spelled out before `{name}`,
//! that before `{name+}`, a method before `ANY`, and `$default` last. Does not invoke anything.

use http::Method;
use percent_encoding::percent_decode_str;

use crate::template::Route;

/// The routes of one API.
pub(super) struct Routes(Vec<Pattern>);

struct Pattern {
    method: String,
    path: String,
    /// None for `$default`.
    segments: Option<Vec<Segment>>,
    function: String,
}

/// In the order in which they win.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(String),
    Variable(String),
    Rest(String),
}

/// The route of one request.
pub(super) struct Found<'a> {
    /// As the template spells it, method and path.
    pub(super) route_key: String,
    pub(super) function: &'a str,
    /// The values of the path's variables, decoded.
    pub(super) parameters: Vec<(&'a str, String)>,
}

impl Routes {
    pub(super) fn new(routes: &[Route]) -> Self {
        Self(routes.iter().map(Pattern::new).collect())
    }

    pub(super) fn find(&self, method: &Method, path: &str) -> Option<Found<'_>> {
        self.0
            .iter()
            .filter(|pattern| pattern.method == "ANY" || pattern.method == method.as_str())
            .filter_map(|pattern| Some((pattern, pattern.matched(path)?)))
            .min_by_key(|(pattern, _)| pattern.rank())
            .map(|(pattern, parameters)| Found {
                route_key: pattern.key(),
                function: &pattern.function,
                parameters,
            })
    }
}

impl Pattern {
    fn new(route: &Route) -> Self {
        let is_default = route.path == "$default";
        Self {
            method: route.method.clone(),
            path: route.path.clone(),
            segments: (!is_default).then(|| split(&route.path).map(Segment::parse).collect()),
            function: route.function.clone(),
        }
    }

    fn key(&self) -> String {
        match self.segments {
            Some(_) => format!("{} {}", self.method, self.path),
            None => self.path.clone(),
        }
    }

    /// The lower wins.
    fn rank(&self) -> (bool, Vec<u8>, bool) {
        let segments = self.segments.iter().flatten().map(|segment| match segment {
            Segment::Literal(_) => 0,
            Segment::Variable(_) => 1,
            Segment::Rest(_) => 2,
        });
        (
            self.segments.is_none(),
            segments.collect(),
            self.method == "ANY",
        )
    }

    fn matched(&self, path: &str) -> Option<Vec<(&str, String)>> {
        let mut given = split(path);
        let mut parameters = Vec::new();
        for segment in self.segments.as_deref().unwrap_or_default() {
            let part = given.next()?;
            match segment {
                Segment::Literal(literal) if decoded(part) == *literal => {}
                Segment::Literal(_) => return None,
                Segment::Variable(name) if !part.is_empty() => {
                    parameters.push((name.as_str(), decoded(part)))
                }
                Segment::Variable(_) => return None,
                Segment::Rest(name) => {
                    let rest: Vec<&str> = std::iter::once(part).chain(given).collect();
                    parameters.push((name.as_str(), decoded(&rest.join("/"))));
                    return Some(parameters);
                }
            }
        }
        (self.segments.is_none() || given.next().is_none()).then_some(parameters)
    }
}

impl Segment {
    fn parse(text: &str) -> Self {
        match text
            .strip_prefix('{')
            .and_then(|inner| inner.strip_suffix('}'))
        {
            Some(name) => match name.strip_suffix('+') {
                Some(name) => Self::Rest(name.to_owned()),
                None => Self::Variable(name.to_owned()),
            },
            None => Self::Literal(text.to_owned()),
        }
    }
}

fn split(path: &str) -> std::str::Split<'_, char> {
    path.strip_prefix('/').unwrap_or(path).split('/')
}

pub(super) fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(keys: &[&str]) -> Routes {
        let route = |key: &&str| {
            let (method, path) = key.split_once(' ').unwrap_or(("ANY", key));
            Route {
                method: method.to_owned(),
                path: path.to_owned(),
                function: key.to_string(),
            }
        };
        Routes::new(&keys.iter().map(route).collect::<Vec<_>>())
    }

    #[test]
    fn the_most_specific_route_wins() {
        let routes = routes(&[
            "$default",
            "ANY /a/{rest+}",
            "ANY /a/{b}",
            "GET /a/{b}",
            "GET /a/b",
            "POST /a/{b}/c",
        ]);
        let found = |method: Method, path| {
            routes
                .find(&method, path)
                .map(|found| found.route_key)
                .unwrap()
        };
        assert_eq!(found(Method::GET, "/a/b"), "GET /a/b");
        assert_eq!(found(Method::GET, "/a/x"), "GET /a/{b}");
        assert_eq!(found(Method::PUT, "/a/b"), "ANY /a/{b}");
        assert_eq!(found(Method::POST, "/a/b/c"), "POST /a/{b}/c");
        assert_eq!(found(Method::GET, "/a/b/c"), "ANY /a/{rest+}");
        assert_eq!(found(Method::GET, "/a/b/"), "ANY /a/{rest+}");
        assert_eq!(found(Method::GET, "/"), "$default");
    }

    #[test]
    fn what_no_route_matches_is_not_found() {
        let routes = routes(&["GET /a/{b}", "POST /"]);
        for (method, path) in [
            (Method::POST, "/a/b"),
            (Method::GET, "/a/"),
            (Method::GET, "/a"),
            (Method::GET, "/a/b/"),
        ] {
            assert!(routes.find(&method, path).is_none(), "{method} {path}");
        }
        assert!(routes.find(&Method::POST, "/").is_some());
    }

    #[test]
    fn variables_are_decoded() {
        let routes = routes(&["GET /a/{b}/{rest+}"]);
        let found = routes.find(&Method::GET, "/a/x%20y%2Fz/1/2").unwrap();
        assert_eq!(
            found.parameters,
            [("b", "x y/z".to_owned()), ("rest", "1/2".to_owned())]
        );
    }
}
