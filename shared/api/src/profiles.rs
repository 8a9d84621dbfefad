//! Profiles: the management APIs of other products over our subscriptions and triggers. A client of such a product changes
//! the host and the key. Each profile decodes its requests and encodes its answers; none knows where anything is stored.

pub mod copyai;
pub mod refly;
pub mod refold;

use domain::ApiKey;
use domain::outbound::Profile;
use lambda_http::{Body, Response};

use crate::auth;
use crate::inbound::Inbound;
use crate::problem::Problem;

/// The profile of a path, whether it has a route or not.
pub fn of_path(inbound: &Inbound) -> Profile {
    let path: Vec<&str> = inbound.segments.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["api", "v2", "public", "webhook", ..] => Profile::Refold,
        ["api", "webhook", ..] => Profile::CopyAi,
        _ => Profile::Native,
    }
}

/// The API key where clients of the path's profile put it, or where the native API has it.
pub fn presented(inbound: &Inbound) -> Result<ApiKey, Problem> {
    if refly::is_route(inbound) {
        return refly::presented(inbound);
    }
    match of_path(inbound) {
        Profile::Native | Profile::Refold => auth::presented(inbound),
        Profile::CopyAi => copyai::presented(inbound),
    }
}

/// A refusal in the shape of the profile that the path belongs to.
pub fn refuse(inbound: &Inbound, problem: Problem) -> Response<Body> {
    if refly::is_route(inbound) {
        return refly::refuse(inbound, problem);
    }
    match of_path(inbound) {
        Profile::Native => problem.respond(&inbound.request_id),
        Profile::Refold => refold::refuse(problem),
        Profile::CopyAi => copyai::refuse(problem),
    }
}
