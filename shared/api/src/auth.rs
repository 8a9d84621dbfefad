//! The API key that a request presents, and whether its scopes allow the request. It does not know which keys exist.

use domain::{ApiKey, Caller, Scope};

use crate::inbound::Inbound;
use crate::problem::Problem;
use crate::status::Code;

/// The key in `Authorization: Bearer …` (RFC 6750 section 2.1) or in `x-api-key`. A malformed key counts as missing.
pub fn presented(inbound: &Inbound) -> Result<ApiKey, Problem> {
    presented_in(inbound, "x-api-key")
}

/// The key in a profile's own header, or else where [`presented`] looks for it.
pub(crate) fn presented_in(inbound: &Inbound, header: &str) -> Result<ApiKey, Problem> {
    let own = inbound.header(header).map(str::trim);
    own.or_else(|| bearer(inbound))
        .or_else(|| inbound.header("x-api-key").map(str::trim))
        .and_then(|text| ApiKey::parse(text).ok())
        .ok_or_else(unauthorized)
}

/// What `Authorization: Bearer …` presents (RFC 6750 section 2.1).
pub(crate) fn bearer(inbound: &Inbound) -> Option<&str> {
    let value = inbound.header("authorization")?;
    let (scheme, presented) = value.trim().split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(presented.trim())
}

/// The caller, if the key exists and has the scope; without a scope, any key will do.
pub fn require(caller: Option<Caller>, scope: Option<Scope>) -> Result<Caller, Problem> {
    let caller = caller.ok_or_else(unauthorized)?;
    match scope {
        Some(scope) if !caller.may(scope) => {
            let detail = format!("Use a key with the scope {}.", scope_name(scope));
            Err(Problem::new(Code::ForbiddenScope, detail))
        }
        Some(_) | None => Ok(caller),
    }
}

/// The scope that a method needs: `read` for reading, `admin` for everything else.
pub fn scope_of_method(method: &str) -> Scope {
    match method {
        "GET" | "HEAD" => Scope::Read,
        _ => Scope::Admin,
    }
}

fn unauthorized() -> Problem {
    Problem::new(
        Code::Unauthorized,
        "Send an API key in `Authorization: Bearer` or `x-api-key`.",
    )
    .challenge()
}

fn scope_name(scope: Scope) -> &'static str {
    match scope {
        Scope::Admin => "admin",
        Scope::Read => "read",
        Scope::Publish => "publish",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{ApiKeyId, Environment, OrgId, Tenant};

    fn with_header(name: &str, value: &str) -> Inbound {
        let mut inbound = Inbound::read(lambda_http::Request::default());
        inbound.headers = vec![(name.to_owned(), value.to_owned())];
        inbound
    }

    #[test]
    fn a_key_is_read_from_either_header() {
        let key = ApiKey::from_random(Environment::Test, [7; 32]);
        for (name, value) in [
            ("authorization", format!("Bearer {}", key.reveal())),
            ("authorization", format!("bearer  {} ", key.reveal())),
            ("x-api-key", key.reveal().to_owned()),
        ] {
            let found = presented(&with_header(name, &value)).unwrap();
            assert_eq!(found.reveal(), key.reveal());
        }
        let basic = format!("Basic {}", key.reveal());
        for (name, value) in [
            ("authorization", basic.as_str()),
            ("x-api-key", "sk_test_x"),
        ] {
            let refused = presented(&with_header(name, value)).unwrap_err();
            assert_eq!(refused.code(), Code::Unauthorized);
            let response = refused.respond("req");
            assert_eq!(response.headers()["www-authenticate"], "Bearer");
        }
    }

    #[test]
    fn an_unknown_key_and_a_key_without_the_scope_are_told_apart() {
        let caller = Caller {
            key: ApiKeyId::derived(&["k"]),
            tenant: Tenant {
                org: OrgId::derived(&["o"]),
                environment: Environment::Test,
            },
            scopes: vec![Scope::Read],
        };
        let refusal = |caller, method| {
            require(caller, Some(scope_of_method(method))).map_err(|problem| problem.code())
        };
        assert_eq!(refusal(None, "GET"), Err(Code::Unauthorized));
        assert!(refusal(Some(caller.clone()), "GET").is_ok());
        assert_eq!(refusal(Some(caller), "POST"), Err(Code::ForbiddenScope));
    }
}
