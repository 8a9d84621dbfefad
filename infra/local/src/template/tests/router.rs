//! What `cargo lambda` is told in Cargo.toml says the same as the template. Does not run it.

use std::collections::BTreeSet;

use super::*;

type Routes = BTreeSet<(String, String, String)>;

fn manifest() -> toml::Table {
    include_str!("../../../../../Cargo.toml").parse().unwrap()
}

/// Method, path and package of each route that the template has.
fn deployed() -> Routes {
    let template = read(crate::TEMPLATE).unwrap();
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

/// The same of `cargo lambda watch`: a path with a function has every method.
fn watched() -> Routes {
    let manifest = manifest();
    let router = &manifest["workspace"]["metadata"]["lambda"]["watch"]["router"];
    let mut routes = Routes::new();
    for (path, functions) in router.as_table().unwrap() {
        let mut add = |method: &str, function: &toml::Value| {
            let function = function.as_str().unwrap().to_owned();
            routes.insert((method.to_owned(), path.clone(), function));
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
