//! Profiles: the subscription APIs of other products over our subscriptions. A client of such a product changes the
//! host and the key. Each profile decodes its requests and encodes its answers; none knows where subscriptions are
//! stored.

pub mod copyai;
pub mod refold;

use domain::outbound::Profile;
use lambda_http::{Body, Response};

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

/// A refusal in the shape of the profile that the path belongs to.
pub fn refuse(inbound: &Inbound, problem: Problem) -> Response<Body> {
    match of_path(inbound) {
        Profile::Native => problem.respond(&inbound.request_id),
        Profile::Refold => refold::refuse(problem),
        Profile::CopyAi => copyai::refuse(problem),
    }
}
