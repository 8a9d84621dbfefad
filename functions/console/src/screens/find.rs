//! The box that takes any id: where the page of an id is. Text that is no id of ours is a sender's delivery id.

use crate::api_calls::{segment, with_query};
use crate::response;
use crate::visit::{Shown, Visit};

/// On to the page of the id.
pub(crate) fn go(visit: &Visit<'_>) -> Shown {
    Ok(response::see_other(&page_of(visit.parameter("id").trim())))
}

fn page_of(id: &str) -> String {
    let kind = id.split('_').next().unwrap_or_default();
    match kind {
        "exe" => format!("/console/executions/{}", segment(id)),
        "wf" => format!("/console/workflows/{}", segment(id)),
        "trg" => with_query("/console/executions", &[("triggerId", id)]),
        "sub" => format!("/console/subscriptions/{}", segment(id)),
        "dlv" => format!("/console/deliveries/{}", segment(id)),
        "evt" => with_query("/console/deliveries", &[("eventId", id)]),
        _ => with_query("/console/executions", &[("deliveryId", id)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_any_kind_has_a_page() {
        for (id, page) in [
            ("exe_1", "/console/executions/exe_1"),
            ("wf_1", "/console/workflows/wf_1"),
            ("trg_1", "/console/executions?triggerId=trg_1"),
            ("sub_1", "/console/subscriptions/sub_1"),
            ("dlv_1", "/console/deliveries/dlv_1"),
            ("evt_1", "/console/deliveries?eventId=evt_1"),
            ("a b/c", "/console/executions?deliveryId=a+b%2Fc"),
            ("exe_/../x", "/console/executions/exe_%2F..%2Fx"),
        ] {
            assert_eq!(page_of(id), page);
        }
    }
}
