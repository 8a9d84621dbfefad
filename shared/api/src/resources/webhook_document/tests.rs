//! Documents of a few triggers.

use domain::{
    Environment, OrgId, Parameter, ParameterField, ParameterPlace, ParameterType, Parameters,
    RateLimit, Secret, Slug, Tenant, Timestamp, TokenHashes, TriggerId, WorkflowId,
};

use super::*;

fn hook(profile: WebhookProfile, parameters: Vec<Parameter>) -> (Workflow, Trigger) {
    let now = Timestamp::from_millis(1_781_612_250_231);
    let id = WorkflowId::derived(&["w"]);
    let tenant = Tenant {
        org: OrgId::derived(&["o"]),
        environment: Environment::Test,
    };
    let workflow = Workflow {
        id,
        tenant,
        name: "Orders".into(),
        slug: Slug::from_name("Orders", id),
        active: true,
        version: 1,
        rate_limit: RateLimit::new(1, 1.0).unwrap(),
        has_org_limits: false,
        created_at: now,
        updated_at: now,
        deleted: false,
        revision: 1,
    };
    let hashes = TokenHashes::new(Secret::from_caller("canary").hash());
    let trigger = Trigger {
        profile,
        methods: vec![HookMethod::Get, HookMethod::Post],
        parameters: Parameters::new(parameters).unwrap(),
        ..Trigger::new(TriggerId::derived(&["t"]), id, tenant, hashes, now)
    };
    (workflow, trigger)
}

fn parameter(place: ParameterPlace, name: &str, kind: ParameterType, required: bool) -> Parameter {
    Parameter {
        field: ParameterField::new(place, name, kind).unwrap(),
        required,
        description: None,
    }
}

#[test]
fn a_trigger_is_described_with_its_parameters_and_without_its_token() {
    let parameters = vec![
        parameter(
            ParameterPlace::Body,
            "order.id",
            ParameterType::Number,
            true,
        ),
        parameter(ParameterPlace::Body, "note", ParameterType::String, false),
        parameter(ParameterPlace::Query, "lang", ParameterType::String, true),
    ];
    let hooks = [hook(WebhookProfile::Native, parameters)];
    let document = document(&hooks, "https://edge.example", true);
    assert!(!document.to_string().contains("canary"));
    let (workflow, trigger) = &hooks[0];
    let operations = &document["paths"][format!("/hooks/{}#{}", workflow.id, trigger.id)];
    let post = &operations["post"];
    let expected = json!({
        "type": "object",
        "required": ["order"],
        "properties": {
            "order": {"type": "object", "required": ["id"], "properties": {"id": {"type": "number"}}},
            "note": {"type": "string"},
        },
    });
    assert_eq!(
        post["requestBody"]["content"]["application/json"]["schema"],
        expected
    );
    assert_eq!(post["security"], json!([{"token": []}]));
    let names = |operation: &Value| -> Vec<String> {
        let listed = operation["parameters"].as_array().unwrap().iter();
        listed
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(post), ["lang"]);
    assert_eq!(names(&operations["get"]), ["order.id", "note", "lang"]);
    assert!(operations["get"].get("requestBody").is_none());
}

#[test]
fn a_hook_id_is_a_parameter_of_the_path() {
    let hooks = [hook(WebhookProfile::Hap, Vec::new())];
    let document = document(&hooks, "https://edge.example", false);
    let path = format!("/workflow/hooks/{{hookId}}#{}", hooks[0].1.id);
    let post = &document["paths"][&path]["post"];
    assert_eq!(post["parameters"][0]["name"], "hookId");
    assert_eq!(post["security"], json!([{}]));
    let description = document["info"]["description"].as_str().unwrap();
    assert!(description.contains("more than fit"), "{description}");
}
