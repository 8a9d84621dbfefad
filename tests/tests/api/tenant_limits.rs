//! Limits of a tenant: what is created at the limit works, and one more is refused.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use domain::limits::{
    MAX_API_KEYS, MAX_SECRETS, MAX_TRIGGERS, MAX_WORKFLOW_VERSIONS, MAX_WORKFLOWS,
};
use domain::{
    Fingerprint, Org, RateLimit, Sealed, SecretName, Slug, Timestamp, Workflow, WorkflowId,
};
use serde_json::{Value, json};
use tests::{Answer, World, echoes_the_event};

fn workflow(world: &World, number: usize) -> Workflow {
    let at = Timestamp::from_millis(0);
    Workflow {
        id: WorkflowId::derived(&["limit", &number.to_string()]),
        tenant: world.tenant,
        name: "Test".into(),
        slug: Slug::parse(&format!("test-{number}")).unwrap(),
        active: false,
        version: 1,
        rate_limit: RateLimit::default(),
        has_org_limits: false,
        created_at: at,
        updated_at: at,
        deleted: false,
        revision: 1,
    }
}

async fn create_workflow(world: &World, headers: &[(&str, &str)]) -> Answer {
    let body = json!({"name": "One more", "definition": echoes_the_event()});
    create(world, "/v1/workflows", headers, &body).await
}

async fn create(world: &World, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let mut all = vec![("x-api-key", world.key.as_str())];
    all.extend(headers);
    world.send("POST", path, &all, body.to_string()).await
}

#[tokio::test]
async fn a_tenant_has_at_most_1000_workflows() {
    let world = World::new().await;
    let aws = world.stack.environment("register").unwrap();
    let org = Org::unlimited(world.tenant.org);
    let fingerprint = Fingerprint::of(&Value::Null);
    let definition = echoes_the_event();
    for number in 1..MAX_WORKFLOWS {
        let workflow = workflow(&world, number);
        let created = aws
            .workflows
            .create(&org, &workflow, &definition, &fingerprint);
        created.await.unwrap();
    }
    let key = [("idempotency-key", "the last one")];
    create_workflow(&world, &key).await.expect(201);
    let refused = create_workflow(&world, &[]).await;
    refused.expect_problem(409, "LIMIT_REACHED");
    // A repeat creates nothing.
    create_workflow(&world, &key).await.expect(201);
}

#[tokio::test]
async fn a_workflow_has_at_most_1000_versions() {
    let world = World::new().await;
    let aws = world.stack.environment("register").unwrap();
    let workflow = Workflow {
        version: MAX_WORKFLOW_VERSIONS - 1,
        ..workflow(&world, 1)
    };
    let fingerprint = Fingerprint::of(&Value::Null);
    let definition = echoes_the_event();
    let org = Org::unlimited(world.tenant.org);
    let created = aws
        .workflows
        .create(&org, &workflow, &definition, &fingerprint);
    created.await.unwrap();
    let path = format!("/v1/workflows/{}", workflow.id);
    let with_title = |title: &str| json!({"definition": {"document": {"title": title}}});
    let last = world.call("PATCH", &path, Some(with_title("a"))).await;
    assert_eq!(last.expect(200)["version"], MAX_WORKFLOW_VERSIONS);
    let refused = world.call("PATCH", &path, Some(with_title("b"))).await;
    refused.expect_problem(409, "LIMIT_REACHED");
    // The other fields can be changed.
    let renamed = world.call("PATCH", &path, Some(json!({"name": "b"}))).await;
    renamed.expect(200);
}

#[tokio::test]
async fn a_workflow_has_at_most_50_triggers() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let path = format!("/v1/workflows/{}/triggers", hook.workflow);
    for _ in 2..MAX_TRIGGERS {
        create(&world, &path, &[], &json!({})).await.expect(201);
    }
    let key = [("idempotency-key", "the last one")];
    create(&world, &path, &key, &json!({})).await.expect(201);
    let refused = create(&world, &path, &[], &json!({})).await;
    refused.expect_problem(409, "LIMIT_REACHED");
    create(&world, &path, &key, &json!({})).await.expect(201);
}

#[tokio::test]
async fn a_tenant_has_at_most_100_api_keys() {
    let world = World::new().await;
    let body = json!({"name": "reader", "scopes": ["read"]});
    for _ in 2..MAX_API_KEYS {
        create(&world, "/v1/api-keys", &[], &body).await.expect(201);
    }
    let key = [("idempotency-key", "the last one")];
    create(&world, "/v1/api-keys", &key, &body)
        .await
        .expect(201);
    let refused = create(&world, "/v1/api-keys", &[], &body).await;
    refused.expect_problem(409, "LIMIT_REACHED");
    create(&world, "/v1/api-keys", &key, &body)
        .await
        .expect(201);
}

#[tokio::test]
async fn a_tenant_has_at_most_500_secrets() {
    let world = World::new().await;
    let aws = world.stack.environment("register").unwrap();
    let now = Timestamp::from_millis(0);
    for number in 1..MAX_SECRETS {
        let name = SecretName::parse(&format!("secret{number}")).unwrap();
        let sealed = Sealed::from_stored(vec![0]);
        let stored = aws.secrets.put(world.tenant, &name, &sealed, now);
        stored.await.unwrap();
    }
    let put = |path: &'static str| world.call("PUT", path, Some(json!({"value": "v"})));
    put("/v1/secrets/last").await.expect(201);
    let refused = put("/v1/secrets/more").await;
    refused.expect_problem(409, "LIMIT_REACHED");
    // A secret that exists can be replaced.
    put("/v1/secrets/last").await.expect(200);
}
