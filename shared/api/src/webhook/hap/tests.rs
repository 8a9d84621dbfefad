//! Requests to the hap profile, and its answer to every outcome.

use super::*;
use crate::webhook::test_outcomes;

const HOOK_ID: &str = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI";

fn inbound(path: &[&str], body_bytes: usize) -> Inbound {
    let mut inbound = Inbound::read(lambda_http::Request::default());
    inbound.segments = path.iter().map(|&segment| segment.to_owned()).collect();
    inbound.body = vec![b' '; body_bytes];
    inbound
}

fn decoded(path: &[&str], body_bytes: usize) -> Result<TriggerWorkflow, Outcome> {
    decode(inbound(path, body_bytes), Timestamp::from_millis(0))
}

#[test]
fn a_hook_id_is_43_characters_of_base64url_and_is_the_token() {
    let command = decoded(&["workflow", "hooks", HOOK_ID], 0).unwrap();
    assert_eq!(command.token.reveal(), HOOK_ID);
    assert!(!command.awaits_output);
    let with_output = decoded(&["workflow", "hooks2", HOOK_ID], 0).unwrap();
    assert_eq!(with_output.token.reveal(), HOOK_ID);
    assert!(with_output.awaits_output);
    assert!(matches!(command.address, HookAddress::HookId(id) if id.reveal() == HOOK_ID));
    for malformed in [
        "x",
        "",
        &HOOK_ID[1..],
        &format!("{HOOK_ID}A"),
        &HOOK_ID.replace('A', "+"),
    ] {
        let refused = decoded(&["workflow", "hooks", malformed], 0).unwrap_err();
        assert!(matches!(refused, Outcome::WebhookNotFound), "{malformed}");
    }
    let refused = decoded(&["workflow", "hooks"], 0).unwrap_err();
    assert!(matches!(refused, Outcome::MissingWorkflowOrToken));
    let refused = decoded(&["workflow", "hooks", HOOK_ID, "more"], 0).unwrap_err();
    assert!(matches!(refused, Outcome::NoRoute));
}

#[test]
fn a_body_of_100_kb_passes_and_one_byte_more_does_not() {
    let path = ["workflow", "hooks", HOOK_ID];
    assert!(!decoded(&path, MAX_BODY_BYTES).unwrap().is_too_large);
    assert!(decoded(&path, MAX_BODY_BYTES + 1).unwrap().is_too_large);
    let malformed = ["workflow", "hooks", "short"];
    let refused = decoded(&malformed, MAX_BODY_BYTES + 1).unwrap_err();
    assert!(matches!(refused, Outcome::BodyTooLarge));
}

#[test]
fn every_outcome_has_its_answer() {
    insta::assert_snapshot!(test_outcomes::answers(|outcome, _| encode(outcome)));
}
