//! What a template may not say.

use super::*;

#[test]
fn whatever_is_not_read_is_refused_with_its_path() {
    let cases = [
        (
            "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !If [a, b, c]}}}",
            "/Resources/Q/Properties/QueueName",
            "condition a",
        ),
        (
            "Resources: {A: {Type: X, Properties: {Some/Key: {'Fn::ImportValue': x}}}}",
            "/Resources/A/Properties/Some~1Key",
            "Fn::ImportValue",
        ),
        (
            "Resources: {Q: {Type: AWS::SQS::Queue, Condition: C}}",
            "/Resources/Q/Condition",
            "condition C",
        ),
        (
            "Conditions: {C: {'Fn::Contains': [a]}}\nResources: {Q: {Type: AWS::SQS::Queue, Condition: C}}",
            "/Conditions/C",
            "Fn::Equals",
        ),
        (
            "Conditions: {C: !Not [!Condition C]}\nResources: {Q: {Type: AWS::SQS::Queue, Condition: C}}",
            "/Conditions/C",
            "itself",
        ),
        (
            "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: soon}}}",
            "/Resources/Q/Properties/VisibilityTimeout",
            "number",
        ),
        (
            "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Nobody}}}",
            "/Resources/Q/Properties/QueueName",
            "Nobody",
        ),
        (
            "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Q}}}",
            "/Resources/Q/Properties/QueueName",
            "itself",
        ),
        (
            "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}}",
            "/Resources/Q/Properties/FifoQueue",
            "standard",
        ),
        (
            "Parameters: {P: {Type: String}}\nResources: {Q: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !Ref P}}}",
            "/Resources/Q/Properties/DelaySeconds",
            "Default",
        ),
        (
            "Resources: {R: {Type: AWS::ApiGatewayV2::Route, Properties: {RouteKey: GET /, Target: integrations/x}}}",
            "/Resources/R/Properties/Target",
            "integration",
        ),
        (
            "Resources: {S: {Type: AWS::Scheduler::Schedule, Properties: {ScheduleExpression: cron(0 1 * * ? *), Target: {Arn: a}}}}",
            "/Resources/S/Properties/ScheduleExpression",
            "rate",
        ),
        (
            "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {RedrivePolicy: {deadLetterTargetArn: 'a:b', maxReceiveCount: 1}}}}",
            "/Resources",
            "queue b",
        ),
        (
            "Resources: {S: {Type: AWS::Scheduler::Schedule, Properties: {ScheduleExpression: rate(1 hour), Target: {Arn: 'a:f'}}}}",
            "/Resources",
            "function f",
        ),
        (
            "Resources: {F: {Type: AWS::Serverless::Function, Properties: {Events: {Api: {Type: HttpApi}}}}}",
            "/Resources/F/Properties/Events",
            "resources of their own",
        ),
        (
            "Resources: {F: {Type: AWS::Serverless::Function}, Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref F.Alias}}}",
            "/Resources/Q/Properties/QueueName",
            "F has no AutoPublishAlias",
        ),
        (
            "Mappings: {M: {a: {b: c}}}\nResources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !FindInMap [M, a, c]}}}",
            "/Resources/Q/Properties/QueueName",
            "M, a, c",
        ),
        ("Resources: {}", "/Resources", "none"),
        ("[]", "/", "mapping"),
    ];
    for (text, path, reason) in cases {
        let error = read(text).unwrap_err();
        assert!(
            error.path == path && error.reason.contains(reason),
            "{text}\n  gave {error}"
        );
    }
}
