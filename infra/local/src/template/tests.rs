//! What a template yields.

mod refusals;
mod router;

use serde_json::json;

use super::*;

fn scope() -> DeploymentScope {
    DeploymentScope {
        region: "eu-central-1".to_owned(),
        account_id: "000000000000".to_owned(),
        stack_name: "sluice".to_owned(),
        sqs_endpoint: "http://127.0.0.1:9324".to_owned(),
    }
}

fn read(text: &str) -> Result<Template, TemplateError> {
    Template::parse(&[text], &scope())
}

const WHOLE: &str = r#"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Level: { Type: String, Default: info }
  WorkerTimeout: { Type: Number, Default: 60 }
Globals:
  Function:
    Timeout: 10
    Environment: { Variables: { LEVEL: !Ref Level, SHARED: all } }
Resources:
  Api: { Type: AWS::ApiGatewayV2::Api, Properties: { ProtocolType: HTTP } }
  TriggerIntegration:
    Type: AWS::ApiGatewayV2::Integration
    Properties: { ApiId: !Ref Api, IntegrationUri: !Ref Trigger.Alias }
  HookRoute:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      RouteKey: POST /hooks/{workflowId}
      Target: !Join ['/', [integrations, !Ref TriggerIntegration]]
  DefaultRoute:
    Type: AWS::ApiGatewayV2::Route
    Properties: { RouteKey: $default, Target: !Sub 'integrations/${TriggerIntegration}' }
  Trigger:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/trigger/
      FunctionName: !Sub '${AWS::StackName}-trigger'
      AutoPublishAlias: live
      Policies: [{ Statement: [{ Resource: !GetAtt Key.Arn }] }]
      Environment:
        Variables:
          SHARED: own
          RUNS_TABLE: !Ref Runs
          QUEUE_URL: !Ref Queue
          NOTE: !Sub ['${a}-${AWS::Region}-${!raw}', { a: !Ref Level }]
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: !Ref WorkerTimeout
  Messages:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !GetAtt Queue.Arn
      FunctionName: !Ref Worker
      BatchSize: 7
      FunctionResponseTypes: [ReportBatchItemFailures]
      ScalingConfig: { MaximumConcurrency: 3 }
  Minute:
    Type: AWS::Scheduler::Schedule
    Properties: { ScheduleExpression: rate(1 minute), Target: { Arn: !GetAtt Worker.Arn, Input: '{"a":1}' } }
  Off:
    Type: AWS::Lambda::EventSourceMapping
    Properties: { Enabled: false, EventSourceArn: !GetAtt Queue.Arn, FunctionName: !Ref Worker }
  Key: { Type: AWS::KMS::Key }
  Runs:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Join ['-', [!Ref AWS::StackName, runs]]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }]
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }]
      TimeToLiveSpecification: { Enabled: true, AttributeName: expires_at }
      SSESpecification: { KMSMasterKeyId: !GetAtt Key.Arn }
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 360
      RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5 }
  Dead: { Type: AWS::SQS::Queue, Properties: { MessageRetentionPeriod: 1209600 } }
"#;

#[test]
fn functions_have_their_own_environment_over_the_global_one() {
    let template = read(WHOLE).unwrap();
    let trigger = template.function("sluice-trigger").unwrap();
    assert_eq!(trigger.package, "trigger");
    assert_eq!(trigger.timeout_seconds, 10);
    assert!(!trigger.allows_recursion);
    let expected = [
        ("LEVEL", "info"),
        ("NOTE", "info-eu-central-1-${raw}"),
        (
            "QUEUE_URL",
            "http://127.0.0.1:9324/000000000000/sluice-Queue",
        ),
        ("RUNS_TABLE", "sluice-runs"),
        ("SHARED", "own"),
    ];
    assert_eq!(
        trigger.environment,
        expected
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    );
    let worker = template.function("sluice-Worker").unwrap();
    assert_eq!(
        (worker.package.as_str(), worker.timeout_seconds),
        ("sluice-Worker", 60)
    );
}

#[test]
fn routes_name_the_function_that_answers() {
    let template = read(WHOLE).unwrap();
    let routes: Vec<_> = template
        .routes
        .iter()
        .map(|route| (&*route.method, &*route.path, &*route.function))
        .collect();
    assert!(routes.contains(&("POST", "/hooks/{workflowId}", "sluice-trigger")));
    assert!(routes.contains(&("ANY", "$default", "sluice-trigger")));
    assert_eq!(routes.len(), 2);
}

#[test]
fn mappings_and_schedules_come_with_their_settings() {
    let template = read(WHOLE).unwrap();
    assert_eq!(
        template.mappings,
        [Mapping {
            queue: "sluice-Queue".to_owned(),
            function: "sluice-Worker".to_owned(),
            batch_size: 7,
            batching_window_seconds: 0,
            maximum_concurrency: 3,
            reports_item_failures: true,
        }]
    );
    assert_eq!(
        template.schedules,
        [Schedule {
            function: "sluice-Worker".to_owned(),
            every_seconds: 60,
            input: json!({"a": 1})
        }]
    );
}

#[test]
fn a_function_is_invoked_by_its_name_its_arn_or_its_alias() {
    let text = r#"
Parameters: { Name: { Type: String, Default: live } }
Mappings: { Aliases: { live: { Of: current } } }
Globals: { Function: { AutoPublishAlias: !FindInMap [Aliases, !Ref Name, Of] } }
Resources:
  Worker: { Type: AWS::Serverless::Function }
  Queue: { Type: AWS::SQS::Queue }
  Messages:
    Type: AWS::Lambda::EventSourceMapping
    Properties: { EventSourceArn: !GetAtt Queue.Arn, FunctionName: FUNCTION }
  Minute:
    Type: AWS::Scheduler::Schedule
    Properties: { ScheduleExpression: rate(1 minute), Target: { Arn: FUNCTION } }
"#;
    for function in [
        "!Ref Worker",
        "!GetAtt Worker.Arn",
        "!Ref Worker.Alias",
        "!Sub '${Worker.Alias}'",
        "!Sub '${Worker.Arn}:current'",
    ] {
        let template = read(&text.replace("FUNCTION", function)).unwrap();
        assert_eq!(template.mappings[0].function, "sluice-Worker", "{function}");
        assert_eq!(
            template.schedules[0].function, "sluice-Worker",
            "{function}"
        );
    }
}

#[test]
fn tables_queues_and_keys_come_with_aws_defaults() {
    let template = read(WHOLE).unwrap();
    let runs = &template.tables[0];
    assert_eq!(
        (runs.name.as_str(), runs.ttl_attribute.as_deref()),
        ("sluice-runs", Some("expires_at"))
    );
    assert_eq!(runs.definition["KeySchema"][0]["AttributeName"], "pk");
    let queue = template
        .queues
        .iter()
        .find(|queue| queue.name == "sluice-Queue")
        .unwrap();
    assert_eq!(
        (queue.visibility_timeout_seconds, queue.retention_seconds),
        (360, 345_600)
    );
    let redrive = Redrive {
        dead_letter_queue: "sluice-Dead".to_owned(),
        max_receive_count: 5,
    };
    assert_eq!(queue.redrive, Some(redrive));
    assert_eq!(
        template.keys,
        ["arn:aws:kms:eu-central-1:000000000000:key/Key"]
    );
}

#[test]
fn a_list_is_joined_and_a_resource_of_another_type_may_have_a_condition() {
    let text = r#"
Parameters:
  None: { Type: CommaDelimitedList, Default: "" }
  Some: { Type: CommaDelimitedList, Default: "a, b" }
Conditions:
  Any: !Not [!Equals [!Join ["", !Ref Some], ""]]
Resources:
  Policy: { Type: AWS::IAM::Policy, Condition: Any, Properties: { Resource: !Ref Some } }
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Environment:
        Variables:
          NONE: !Join [",", !Ref None]
          SOME: !Join [",", [!Join [",", !Ref Some], c]]
"#;
    let template = read(text).unwrap();
    let environment = &template.function("sluice-Worker").unwrap().environment;
    assert_eq!(environment["NONE"], "");
    assert_eq!(environment["SOME"], "a,b,c");
}

#[test]
fn a_resource_or_property_is_there_where_its_condition_holds() {
    let text = r#"
Parameters:
  Kind: { Type: String, Default: short }
Conditions:
  Short: !Equals [!Ref Kind, short]
  Long: !Not [!Condition Short]
  Both: !And [!Condition Short, !Condition Long]
  Either: !Or [!Condition Short, !Condition Long]
Resources:
  There: { Type: AWS::SQS::Queue, Condition: Either, Properties: { VisibilityTimeout: !If [Short, 1, 2] } }
  NotThere: { Type: AWS::SQS::Queue, Condition: Both }
  Default: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: !If [Long, 1, !Ref "AWS::NoValue"] } }
"#;
    let template = read(text).unwrap();
    let queues = template.queues.iter();
    let queues: Vec<_> = queues
        .map(|queue| (queue.name.as_str(), queue.visibility_timeout_seconds))
        .collect();
    assert_eq!(queues, [("sluice-There", 1), ("sluice-Default", 30)]);
}

#[test]
fn the_outputs_of_one_template_are_parameters_of_the_next() {
    let data = r#"
Resources:
  Queue: { Type: AWS::SQS::Queue }
Outputs:
  Queue: { Value: !GetAtt Queue.QueueName }
  Level: { Value: debug }
"#;
    let application = r#"
Parameters:
  Queue: { Type: String }
  Level: { Type: String, Default: info }
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties: { Environment: { Variables: { QUEUE: !Ref Queue, LEVEL: !Sub "${Level}" } } }
"#;
    let template = Template::parse(&[data, application], &scope()).unwrap();
    assert_eq!(template.queues.len(), 1);
    let environment = &template.function("sluice-Worker").unwrap().environment;
    assert_eq!(environment["QUEUE"], "sluice-Queue");
    assert_eq!(environment["LEVEL"], "debug");
    let alone = Template::parse(&[application], &scope()).unwrap_err();
    assert!(alone.reason.contains("Queue has no Default"), "{alone}");
}

#[test]
fn the_template_that_is_deployed_is_read_whole() {
    let template = Template::parse(&crate::TEMPLATES, &scope()).unwrap();
    let packages: Vec<_> = template
        .functions
        .iter()
        .map(|function| &*function.package)
        .collect();
    for package in [
        "trigger", "register", "history", "console", "files", "worker",
    ] {
        assert!(packages.contains(&package), "{package}");
    }
    assert!(template.routes.len() > 20 && !template.mappings.is_empty());
    assert_eq!(template.tables.len(), 3);
    assert_eq!(template.buckets, ["sluice-filesbucket"]);
}
