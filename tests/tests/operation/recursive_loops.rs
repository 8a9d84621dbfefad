//! Lambda's detection of recursive loops: a function that sends to the queue that invokes it is stopped after about 16
//! messages in a chain, unless the template allows that.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use local::TEMPLATES;
use serde_json::Value;

#[test]
fn every_function_that_sends_to_its_own_queue_may_do_so_recursively() {
    let template = local::template::document(TEMPLATES[1]).unwrap();
    let resources = template["Resources"].as_object().unwrap();
    let mut checked = Vec::new();
    for (_, mapping) in of_type(resources, "AWS::Lambda::EventSourceMapping") {
        let properties = &mapping["Properties"];
        let (queue, _) = attribute(&properties["EventSourceArn"]);
        let function = properties["FunctionName"]["Ref"].as_str().unwrap();
        let function = function.strip_suffix(".Alias").unwrap().to_owned();
        let properties = &resources[&function]["Properties"];
        let (role, _) = attribute(&properties["Role"]);
        if may_send(&resources[&role], &queue) {
            assert_eq!(properties["RecursiveLoop"], "Allow", "{function}");
            checked.push(function);
        }
    }
    checked.sort();
    assert_eq!(checked, ["DeliverFunction", "WorkerFunction"]);
}

fn of_type<'a>(
    resources: &'a serde_json::Map<String, Value>,
    kind: &'a str,
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    resources
        .iter()
        .filter(move |(_, resource)| resource["Type"] == kind)
}

/// The resource and the attribute of `!GetAtt Resource.Attribute`.
fn attribute(reference: &Value) -> (String, String) {
    let text = match &reference["Fn::GetAtt"] {
        Value::Array(parts) => {
            let parts: Vec<&str> = parts.iter().filter_map(Value::as_str).collect();
            parts.join(".")
        }
        other => other.as_str().unwrap().to_owned(),
    };
    let (resource, attribute) = text.split_once('.').unwrap();
    (resource.to_owned(), attribute.to_owned())
}

fn may_send(role: &Value, queue: &str) -> bool {
    let policies = role["Properties"]["Policies"].as_array().unwrap();
    let mut statements = policies
        .iter()
        .flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().unwrap());
    statements.any(|statement| {
        let names_the_queue = !statement["Resource"]["Fn::GetAtt"].is_null()
            && attribute(&statement["Resource"]).0 == queue;
        names_the_queue && statement["Action"].to_string().contains("sqs:SendMessage")
    })
}
