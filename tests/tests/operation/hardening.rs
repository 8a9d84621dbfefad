//! What the template protects on AWS, where no test runs: data that stays, queues and topics without strangers, and limits
//! that an operator can set.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeSet;

use domain::KeptDays;
use serde_json::{Map, Value, json};

use crate::templates::both;

/// What Lambda allows for a function's environment, in bytes of names and values.
const ENVIRONMENT_BYTES: usize = 4_096;

fn of_type(template: &Value, kind: &str) -> Map<String, Value> {
    let resources = template["Resources"].as_object().unwrap();
    let named = resources.iter().filter(|(_, one)| one["Type"] == kind);
    named.map(|(id, one)| (id.clone(), one.clone())).collect()
}

/// The resources that a policy names, by `Ref`.
fn refs(list: &Value) -> impl Iterator<Item = String> {
    let list = list.as_array().unwrap().iter();
    list.map(|one| one["Ref"].as_str().unwrap().to_owned())
}

/// The resource of `!GetAtt Resource.Attribute`.
fn resource_of(reference: &Value) -> Option<String> {
    let target = &reference["Fn::GetAtt"];
    let first = target.as_str().and_then(|text| text.split('.').next());
    let first = first.or_else(|| target[0].as_str());
    first.map(str::to_owned)
}

#[test]
fn tables_files_and_keys_stay_when_their_stack_goes_unless_they_were_just_created() {
    let template = both();
    let tables = of_type(&template, "AWS::DynamoDB::Table");
    let keys = of_type(&template, "AWS::KMS::Key");
    let buckets = of_type(&template, "AWS::S3::Bucket");
    assert_eq!((tables.len(), buckets.len(), keys.len()), (3, 1, 2));
    for (id, resource) in tables.iter().chain(&buckets).chain(&keys) {
        assert_eq!(resource["DeletionPolicy"], "RetainExceptOnCreate", "{id}");
        assert_eq!(resource["UpdateReplacePolicy"], "Retain", "{id}");
    }
    for (id, table) in &tables {
        let protected = &table["Properties"]["DeletionProtectionEnabled"];
        assert_eq!(protected, &json!({"Ref": "DeletionProtection"}), "{id}");
    }
    let parameter = &template["Parameters"]["DeletionProtection"];
    assert_eq!(parameter["Default"], "true");
}

#[test]
fn the_bucket_is_private_and_has_a_rule_for_every_time_that_a_file_is_kept() {
    let template = both();
    let buckets = of_type(&template, "AWS::S3::Bucket");
    let properties = &buckets["FilesBucket"]["Properties"];
    let access = properties["PublicAccessBlockConfiguration"].as_object();
    let access: Vec<_> = access.unwrap().values().collect();
    assert!(access.len() == 4 && access.iter().all(|is_on| *is_on == true));
    let rules = properties["LifecycleConfiguration"]["Rules"].as_array();
    let rules = rules.unwrap().iter().filter_map(|rule| {
        let tag = rule["TagFilters"][0]["Value"].as_str()?;
        Some((tag.to_owned(), rule["ExpirationInDays"].as_u64()?))
    });
    let steps = [KeptDays::UNUSED].into_iter().chain(KeptDays::USED);
    let steps: BTreeSet<_> = steps
        .map(|step| (step.tag(), u64::from(step.days())))
        .collect();
    assert_eq!(rules.collect::<BTreeSet<_>>(), steps);
}

#[test]
fn a_dead_letter_queue_takes_messages_of_its_own_queue_only() {
    let template = both();
    let queues = of_type(&template, "AWS::SQS::Queue");
    let mut fed = BTreeSet::new();
    for (id, queue) in &queues {
        let dead = &queue["Properties"]["RedrivePolicy"]["deadLetterTargetArn"];
        let Some(dead) = resource_of(dead) else {
            continue;
        };
        let allowed = &queues[&dead]["Properties"]["RedriveAllowPolicy"];
        assert_eq!(allowed["redrivePermission"], "byQueue", "{dead}");
        let sources = allowed["sourceQueueArns"].as_array().unwrap();
        let name = queue["Properties"]["QueueName"]["Fn::Sub"]
            .as_str()
            .unwrap();
        let source = sources[0]["Fn::Sub"].as_str().unwrap();
        assert_eq!(sources.len(), 1, "{dead}");
        assert!(source.ends_with(&format!(":{name}")), "{id}: {source}");
        fed.insert(dead);
    }
    assert_eq!(fed.len() * 2, queues.len(), "{fed:?}");
}

#[test]
fn queues_and_topics_refuse_what_comes_without_tls() {
    let template = both();
    for (kind, policy, list, action) in [
        (
            "AWS::SQS::Queue",
            "AWS::SQS::QueuePolicy",
            "Queues",
            "sqs:*",
        ),
        (
            "AWS::SNS::Topic",
            "AWS::SNS::TopicPolicy",
            "Topics",
            "sns:Publish",
        ),
    ] {
        let mut covered = BTreeSet::new();
        for (id, policy) in of_type(&template, policy) {
            let properties = &policy["Properties"];
            let statements = properties["PolicyDocument"]["Statement"]
                .as_array()
                .unwrap();
            let refuses = statements.iter().any(|statement| {
                statement["Effect"] == "Deny"
                    && statement["Principal"] == "*"
                    && statement["Action"] == action
                    && statement["Condition"] == json!({"Bool": {"aws:SecureTransport": "false"}})
            });
            assert!(refuses, "{id}");
            covered.extend(refs(&properties[list]));
        }
        let all: BTreeSet<String> = of_type(&template, kind).keys().cloned().collect();
        assert_eq!(covered, all, "{kind}");
    }
}

#[test]
fn the_api_is_throttled_by_parameters_and_no_function_reserves_concurrency() {
    let template = both();
    for (id, stage) in of_type(&template, "AWS::ApiGatewayV2::Stage") {
        let settings = &stage["Properties"]["DefaultRouteSettings"];
        let [rate, burst] = ["ApiRequestsPerSecond", "ApiBurstRequests"].map(|name| {
            assert!(template["Parameters"][name]["Default"].is_number());
            json!({"Ref": name})
        });
        assert_eq!(settings["ThrottlingRateLimit"], rate, "{id}");
        assert_eq!(settings["ThrottlingBurstLimit"], burst, "{id}");
    }
    // A new account has ten concurrent executions in all, and keeps those that are reserved from everybody else.
    for (id, function) in of_type(&template, "AWS::Serverless::Function") {
        let reserved = &function["Properties"]["ReservedConcurrentExecutions"];
        assert_eq!(reserved, &Value::Null, "{id}");
    }
    for (id, mapping) in of_type(&template, "AWS::Lambda::EventSourceMapping") {
        let most = &mapping["Properties"]["ScalingConfig"]["MaximumConcurrency"];
        assert!(most["Ref"].is_string(), "{id}: {most}");
    }
}

#[test]
fn the_longest_lists_of_callable_arns_leave_room_in_the_environment_of_a_function() {
    let template = both();
    let parameters = template["Parameters"].as_object().unwrap();
    let lists = parameters
        .iter()
        .filter(|(name, _)| name.starts_with("Callable"));
    let lists = lists.map(|(name, list)| {
        name.len() + usize::try_from(list["MaxLength"].as_u64().unwrap()).unwrap()
    });
    let longest: usize = lists.sum();
    assert!(
        longest > 0 && longest + 1_400 < ENVIRONMENT_BYTES,
        "{longest}"
    );
}
