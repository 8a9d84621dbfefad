//! The routes of the template, of `cargo lambda watch` in Cargo.toml, and of the functions' own tables are the same. Does not
//! send a request.

use std::collections::BTreeSet;

use domain::Scope;
use http_function::{HttpFunction, Route};
use serde_json::Value;

use super::*;

type Routes = BTreeSet<(String, String, String)>;

fn manifest() -> toml::Table {
    include_str!("../../../../../Cargo.toml").parse().unwrap()
}

/// Method, path and package of each route that the template has.
fn deployed() -> Routes {
    let template = Template::parse(&crate::TEMPLATES, &scope()).unwrap();
    let routes = template.routes.iter().map(|route| {
        let function = template.function(&route.function).unwrap();
        (
            route.method.clone(),
            route.path.clone(),
            function.package.clone(),
        )
    });
    routes.collect()
}

/// What stands for `$default` in the router of `cargo lambda watch`.
const CATCH_ALL: &str = "/{*path}";

/// The rest of a path, which the template writes in another way.
const PAGES: &str = "{*proxy}";
const PAGES_IN_TEMPLATE: &str = "{proxy+}";

/// The same of `cargo lambda watch`: a path with a function has every method.
fn watched() -> Routes {
    let manifest = manifest();
    let router = &manifest["workspace"]["metadata"]["lambda"]["watch"]["router"];
    let mut routes = Routes::new();
    for (path, functions) in router.as_table().unwrap() {
        let mut add = |method: &str, function: &toml::Value| {
            let function = function.as_str().unwrap().to_owned();
            let path = match path.as_str() {
                CATCH_ALL => "$default".to_owned(),
                path => path.replace(PAGES, PAGES_IN_TEMPLATE),
            };
            routes.insert((method.to_owned(), path, function));
        };
        match functions.as_array() {
            Some(methods) => methods
                .iter()
                .for_each(|route| add(route["method"].as_str().unwrap(), &route["function"])),
            None => add("ANY", functions),
        }
    }
    routes
}

#[test]
fn cargo_lambda_watch_serves_the_routes_that_are_deployed() {
    let (deployed, watched) = (deployed(), watched());
    let missing: Vec<_> = deployed.difference(&watched).collect();
    let too_many: Vec<_> = watched.difference(&deployed).collect();
    assert!(
        missing.is_empty() && too_many.is_empty(),
        "[workspace.metadata.lambda.watch.router] lacks {missing:?} and should not have {too_many:?}"
    );
}

/// The routes in the code of a function that serves the API.
fn coded<F: HttpFunction>() -> Routes {
    let route = |route: &Route<F>| {
        (
            route.method.to_owned(),
            route.path.to_owned(),
            F::NAME.to_owned(),
        )
    };
    F::routes().iter().map(route).collect()
}

#[test]
fn the_functions_serve_the_routes_that_are_deployed() {
    let mut coded_routes = coded::<register::App>();
    coded_routes.extend(coded::<history::App>());
    coded_routes.extend(coded::<files::App>());
    let mut deployed = deployed();
    // `trigger` reads every path under `/hooks` itself, and `console` every one under `/console`, of which it is no API.
    deployed.retain(|(_, _, function)| function != "trigger" && function != "console");
    let missing: Vec<_> = deployed.difference(&coded_routes).collect();
    let too_many: Vec<_> = coded_routes.difference(&deployed).collect();
    assert!(
        missing.is_empty() && too_many.is_empty(),
        "the functions' routes.rs lack {missing:?} and should not have {too_many:?}"
    );
}

/// What the document of the API says of who serves an operation, and to whom.
fn described() -> BTreeSet<(String, String, String, Option<Scope>)> {
    let text = include_str!("../../../../../docs/openapi.json");
    let document: Value = serde_json::from_str(text).unwrap();
    let mut described = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let scope = operation.get("x-scope");
            described.insert((
                method.to_ascii_uppercase(),
                path.clone(),
                operation["x-function"].as_str().unwrap().to_owned(),
                scope.map(|scope| serde_json::from_value(scope.clone()).unwrap()),
            ));
        }
    }
    described
}

/// The same in the code of a function.
fn scoped<F: HttpFunction>() -> impl Iterator<Item = (String, String, String, Option<Scope>)> {
    F::routes().iter().map(|route| {
        (
            route.method.to_owned(),
            route.path.to_owned(),
            F::NAME.to_owned(),
            route.scope(),
        )
    })
}

#[test]
fn the_document_describes_the_routes_that_the_functions_serve() {
    let served: BTreeSet<_> = scoped::<register::App>()
        .chain(scoped::<history::App>())
        .chain(scoped::<files::App>())
        .collect();
    let described = described();
    let missing: Vec<_> = served.difference(&described).collect();
    let too_many: Vec<_> = described.difference(&served).collect();
    assert!(
        missing.is_empty() && too_many.is_empty(),
        "the table of shared/api/src/openapi lacks {missing:?} and should not have {too_many:?}"
    );
}
