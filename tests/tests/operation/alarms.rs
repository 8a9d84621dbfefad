//! Alarms and the dashboard use metrics that exist: each is one that the functions print, or one that AWS publishes
//! for a resource of the template. docs/operating.md has an entry for each alarm. An alarm on a metric that does not
//! exist never goes off.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::templates::both;

const OPERATING: &str = include_str!("../../../docs/operating.md");
/// More people are not woken for than this.
const MAX_PAGES: usize = 8;
/// A dashboard with more metrics than this costs three dollars a month.
const MAX_DASHBOARD_METRICS: usize = 50;

/// Namespace, metric, and the dimensions under which AWS publishes it, each with the type of the
/// resource that it names; `None` for what is no resource. From the services' lists of metrics.
const PUBLISHED: [Published; 4] = [
    (
        "AWS/SQS",
        &[
            "ApproximateAgeOfOldestMessage",
            "ApproximateNumberOfMessagesDelayed",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesVisible",
        ],
        &[&[("QueueName", Some("AWS::SQS::Queue"))]],
    ),
    (
        "AWS/Lambda",
        &["ConcurrentExecutions", "Duration", "Errors", "Throttles"],
        &[&[("FunctionName", Some("AWS::Serverless::Function"))]],
    ),
    (
        "AWS/ApiGateway",
        &["4xx", "5xx", "Count", "Latency"],
        &[&[("ApiId", Some("AWS::ApiGatewayV2::Api"))]],
    ),
    (
        "AWS/DynamoDB",
        &["ReadThrottleEvents", "SystemErrors", "WriteThrottleEvents"],
        &[
            &[TABLE],
            &[TABLE, ("GlobalSecondaryIndexName", None)],
            &[TABLE, ("Operation", None)],
        ],
    ),
];

type Published = (
    &'static str,
    &'static [&'static str],
    &'static [&'static [Dimension]],
);
type Dimension = (&'static str, Option<&'static str>);

const TABLE: Dimension = ("TableName", Some("AWS::DynamoDB::Table"));

/// A metric that an alarm or the dashboard uses, with its dimensions.
struct Watched {
    by: String,
    namespace: String,
    name: String,
    dimensions: BTreeMap<String, Value>,
}

fn resources<'a>(template: &'a Value, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let all = template["Resources"].as_object().unwrap();
    all.iter()
        .filter(move |(_, resource)| resource["Type"] == kind)
        .map(|(id, resource)| (id.as_str(), &resource["Properties"]))
}

fn alarms(template: &Value) -> Vec<Watched> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let dimension = |pair: &Value| (text(&pair["Name"]), pair["Value"].clone());
    resources(template, "AWS::CloudWatch::Alarm")
        .map(|(id, alarm)| Watched {
            by: id.to_owned(),
            namespace: text(&alarm["Namespace"]),
            name: text(&alarm["MetricName"]),
            dimensions: alarm["Dimensions"]
                .as_array()
                .unwrap()
                .iter()
                .map(dimension)
                .collect(),
        })
        .collect()
}

/// The body of the dashboard, in which `${Name}` stands for itself.
fn dashboard(template: &Value) -> Value {
    let (_, properties) = resources(template, "AWS::CloudWatch::Dashboard")
        .next()
        .unwrap();
    serde_json::from_str(properties["DashboardBody"]["Fn::Sub"].as_str().unwrap()).unwrap()
}

fn widgets(template: &Value) -> Vec<Watched> {
    let body = dashboard(template);
    let mut drawn = Vec::new();
    for widget in body["widgets"].as_array().unwrap() {
        let properties = &widget["properties"];
        assert_eq!(properties["region"], "${AWS::Region}", "{properties}");
        for row in properties["metrics"].as_array().unwrap() {
            let by = format!("{}: {row}", properties["title"]);
            let texts: Vec<String> = row
                .as_array()
                .unwrap()
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect();
            let [namespace, name, dimensions @ ..] = texts.as_slice() else {
                assert!(row[0]["expression"].is_string(), "{by}");
                continue;
            };
            let pairs = dimensions
                .chunks(2)
                .map(|pair| (pair[0].clone(), long_form(&pair[1])));
            drawn.push(Watched {
                by,
                namespace: namespace.clone(),
                name: name.clone(),
                dimensions: pairs.collect(),
            });
        }
    }
    drawn
}

/// `${Name}` and `${Name.Attribute}` as the functions that they are short for.
fn long_form(text: &str) -> Value {
    let Some(name) = text
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'))
    else {
        return text.into();
    };
    match name.split_once('.') {
        Some((resource, attribute)) => json!({"Fn::GetAtt": [resource, attribute]}),
        None => json!({"Ref": name}),
    }
}

/// The logical id that a dimension's value names.
fn named(value: &Value) -> Option<&str> {
    value["Ref"]
        .as_str()
        .or_else(|| value["Fn::GetAtt"][0].as_str())
}

impl Watched {
    fn is_ours(&self) -> bool {
        let stack = BTreeMap::from([("Stack".to_owned(), json!({"Ref": "AWS::StackName"}))]);
        self.namespace == "Sluice"
            && store::metric_names().any(|name| name == self.name)
            && self.dimensions == stack
    }

    fn is_published(&self, template: &Value) -> bool {
        let has = |(name, kind): &Dimension| match (self.dimensions.get(*name), kind) {
            (Some(value), Some(kind)) => {
                named(value).is_some_and(|id| template["Resources"][id]["Type"] == *kind)
            }
            (Some(value), None) => value.is_string(),
            (None, _) => false,
        };
        PUBLISHED.iter().any(|(namespace, names, sets)| {
            self.namespace == *namespace
                && names.contains(&self.name.as_str())
                && sets
                    .iter()
                    .any(|set| set.len() == self.dimensions.len() && set.iter().all(has))
        })
    }
}

#[test]
fn every_metric_of_an_alarm_or_the_dashboard_exists() {
    let template = both();
    let watched: Vec<Watched> = alarms(&template)
        .into_iter()
        .chain(widgets(&template))
        .collect();
    assert!(watched.len() > 60, "{} metrics", watched.len());
    for metric in &watched {
        let is_there = metric.is_ours() || metric.is_published(&template);
        assert!(
            is_there,
            "{} asks for a metric that is not there",
            metric.by
        );
    }
    for index in watched
        .iter()
        .filter_map(|metric| metric.dimensions.get("GlobalSecondaryIndexName"))
    {
        let mut indexes =
            template["Resources"]["RunsTable"]["Properties"]["GlobalSecondaryIndexes"]
                .as_array()
                .unwrap()
                .iter();
        assert!(
            indexes.any(|known| known["IndexName"] == *index),
            "the index {index}"
        );
    }
}

#[test]
fn every_metric_of_sluice_is_on_the_dashboard_or_in_an_alarm() {
    let template = both();
    let watched: Vec<Watched> = alarms(&template)
        .into_iter()
        .chain(widgets(&template))
        .collect();
    for name in store::metric_names() {
        assert!(
            watched
                .iter()
                .any(|metric| metric.is_ours() && metric.name == name),
            "{name}"
        );
    }
}

#[test]
fn every_function_is_on_the_dashboard_and_its_errors_have_an_alarm() {
    let template = both();
    let alarms = alarms(&template);
    let drawn = widgets(&template);
    for (function, _) in resources(&template, "AWS::Serverless::Function") {
        let of = |watched: &&Watched, name: &str| {
            watched.name == name
                && watched.dimensions.get("FunctionName").and_then(named) == Some(function)
        };
        assert!(
            alarms.iter().any(|alarm| of(&alarm, "Errors")),
            "errors of {function}"
        );
        assert!(
            drawn.iter().any(|widget| of(&widget, "Errors")),
            "errors of {function}"
        );
    }
}

/// Every alarm, composite ones included: its logical id, the resource, and whether somebody is woken for it.
fn announced(template: &Value) -> Vec<(&str, &Value, bool)> {
    let all = template["Resources"].as_object().unwrap().iter();
    all.filter(|(_, resource)| {
        let kind = resource["Type"].as_str().unwrap();
        ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"].contains(&kind)
    })
    .map(|(id, resource)| {
        let description = resource["Properties"]["AlarmDescription"]["Fn::Sub"].as_str();
        let description = description.unwrap();
        assert!(
            description.ends_with(&format!("See {id} in ${{RunbookUrl}}.")),
            "{description}"
        );
        let (severity, _) = description.split_once(": ").unwrap();
        assert!(["page", "ticket"].contains(&severity), "{description}");
        (id.as_str(), resource, severity == "page")
    })
    .collect()
}

/// The composite alarms that an alarm is a part of.
fn composites_of<'a>(template: &'a Value, alarm: &str) -> Vec<&'a str> {
    let part = format!("ALARM(\"${{{alarm}}}\")");
    resources(template, "AWS::CloudWatch::CompositeAlarm")
        .filter(|(_, composite)| {
            let rule = composite["AlarmRule"]["Fn::Sub"].as_str().unwrap();
            rule.contains(&part)
        })
        .map(|(id, _)| id)
        .collect()
}

#[test]
fn every_alarm_has_an_entry_in_docs_operating_and_a_name_of_its_own() {
    let template = both();
    let headings: Vec<&str> = OPERATING
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .flat_map(|heading| heading.split(", "))
        .collect();
    let mut names = BTreeSet::new();
    for (id, alarm, _) in announced(&template) {
        assert!(
            headings.contains(&id),
            "docs/operating.md has no entry for {id}"
        );
        let name = alarm["Properties"]["AlarmName"].to_string();
        assert!(names.insert(name), "another alarm has the name of {id}");
    }
    let entries = headings
        .iter()
        .filter(|heading| heading.ends_with("Alarm") || heading.ends_with("Page"))
        .count();
    assert_eq!(entries, names.len(), "an entry for an alarm that is gone");
}

/// Whoever is woken, or reads the ticket in the morning, begins with one question.
#[test]
fn every_entry_of_an_alarm_says_what_to_look_at_first_what_it_means_and_when_it_is_over() {
    let entries = OPERATING.split("\n## ").skip(1);
    let mut count = 0;
    for entry in entries {
        let heading = entry.lines().next().unwrap();
        if !heading.ends_with("Alarm") && !heading.ends_with("Page") {
            continue;
        }
        count += 1;
        for part in ["- **Means**", "- **First minute**"] {
            assert_eq!(entry.matches(part).count(), 1, "{heading}: {part}");
        }
        let is_over = heading.ends_with("Page") || entry.contains("- **Over**");
        assert!(is_over, "{heading}: when it is over");
    }
    assert!(count > 20, "{count} entries");
}

#[test]
fn a_page_wakes_somebody_once_a_ticket_nobody_and_there_are_at_most_eight_pages() {
    let template = both();
    let [pages, tickets] = ["Pages", "Tickets"].map(|topic| json!([{ "Ref": topic }]));
    let in_minimal_form = json!({"Fn::If": ["IsFull", {"Ref": "AWS::NoValue"}, pages]});
    let mut count = 0;
    for (id, alarm, is_page) in announced(&template) {
        let actions = &alarm["Properties"]["AlarmActions"];
        assert_eq!(*actions, alarm["Properties"]["OKActions"], "{id}");
        match composites_of(&template, id)[..] {
            [] => {
                assert_eq!(
                    *actions,
                    if is_page { &pages } else { &tickets }.clone(),
                    "{id}"
                );
                count += usize::from(is_page);
            }
            [_] => {
                let is_minimal = alarm["Condition"] == "HasAlarms";
                let expected = if is_minimal {
                    &in_minimal_form
                } else {
                    &Value::Null
                };
                assert!(is_page && actions == expected, "{id} acts through its page");
            }
            ref several => panic!("{id} is a part of {several:?}"),
        }
    }
    assert!((2..=MAX_PAGES).contains(&count), "{count} pages");
}

#[test]
fn the_minimal_form_has_four_alarms_and_none_on_a_metric_of_ours() {
    let template = both();
    let minimal: Vec<_> = announced(&template)
        .into_iter()
        .filter(|(_, alarm, _)| alarm["Condition"] != "IsFull")
        .collect();
    for (id, alarm, is_page) in &minimal {
        assert_eq!(alarm["Condition"], "HasAlarms", "{id}");
        assert_ne!(alarm["Properties"]["Namespace"], "Sluice", "{id}");
        assert!(is_page, "{id}");
    }
    assert_eq!(minimal.len(), 4);
}

#[test]
fn the_dashboard_is_narrow_enough_to_be_free() {
    let metrics = widgets(&both()).len();
    assert!(metrics < MAX_DASHBOARD_METRICS, "{metrics} metrics");
}

#[test]
fn every_table_and_queue_is_on_the_dashboard() {
    let template = both();
    let drawn = widgets(&template);
    for kind in ["AWS::DynamoDB::Table", "AWS::SQS::Queue"] {
        for (resource, _) in resources(&template, kind) {
            let of = |widget: &Watched| {
                widget
                    .dimensions
                    .values()
                    .any(|value| named(value) == Some(resource))
            };
            assert!(drawn.iter().any(of), "{resource}");
        }
    }
}

/// Each log message for which docs/operating.md searches is one that the code logs.
#[test]
fn every_log_message_in_docs_operating_is_logged_by_the_code() {
    let mut code = String::new();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for folder in [
        "functions",
        "shared/http_function",
        "shared/sqs_batch",
        "shared/store",
    ] {
        read_sources(&root.join(folder), &mut code);
    }
    let messages = OPERATING.split("$.message = \"").skip(1);
    let messages: Vec<&str> = messages.filter_map(|rest| rest.split('"').next()).collect();
    assert!(messages.len() > 8, "{messages:?}");
    for message in messages {
        assert!(
            code.contains(&format!("\"{message}\"")),
            "the code does not log {message:?}"
        );
    }
}

fn read_sources(folder: &std::path::Path, code: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_sources(&path, code);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            code.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}
