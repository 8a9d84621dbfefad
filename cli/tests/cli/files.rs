//! `apply`, `diff`, `export`, and workflows.

use snapbox::{assert_data_eq, str};

use crate::support::{Stack, User};

const ORDERS: &str = "kind: workflow
slug: orders
name: Orders
active: true
rateLimit: {capacity: 20, refillPerSecond: 5}
definitionFile: orders.workflow.yaml
triggers:
  - {}
  - authentication: {scheme: github}
    ipAllowList: [\"127.0.0.1\"]
";
const DOCUMENT: &str = "document: {dsl: 1.0.0, namespace: shop, name: orders, version: 1.0.0}
do:
  - greet: {set: {message: \"Käse\", rate: 1.50, big: 12345678901234567890}}
";
const SUBSCRIPTION: &str = "kind: subscription
url: http://127.0.0.1:9/events
events: [order.shipped, workflow.failed]
workflows: [orders]
headers: {X-Team: shop}
";

fn shop(user: &User) {
    user.write("shop/orders.yaml", ORDERS);
    user.write("shop/orders.workflow.yaml", DOCUMENT);
    user.write("shop/subscription.yaml", SUBSCRIPTION);
    user.write(
        "shop/types/shipped.json",
        r#"{"kind": "eventType", "name": "order.shipped", "schema": {"type": "object"}}"#,
    );
}

#[test]
fn files_are_applied_in_order_and_only_once() {
    let stack = Stack::own();
    let user = User::of(&stack);
    shop(&user);
    assert_data_eq!(
        user.run(&["diff", "-f", "shop"]).shown(),
        str![[r#"
CHANGE  KIND          NAME                       WHAT
create  eventType     order.shipped
create  workflow      orders
create  trigger       orders #1
create  trigger       orders #2
create  subscription  http://127.0.0.1:9/events
--- 10
5 to create, 0 to change, 0 to delete; 0 as the files say.

"#]]
    );
    assert_eq!(user.run(&["apply", "-f", "shop", "--dry-run"]).code, 0);
    assert_eq!(user.run(&["diff", "-f", "shop"]).code, 10);
    user.run(&["apply", "-f", "shop"]).ok();
    assert_data_eq!(
        user.run(&["apply", "-f", "shop"]).shown(),
        str![[r#"
--- 0
0 to create, 0 to change, 0 to delete; 5 as the files say.

"#]]
    );
    user.write(
        "shop/orders.yaml",
        ORDERS
            .replace("active: true", "active: false")
            .replace("  - {}\n", ""),
    );
    user.write(
        "shop/orders.workflow.yaml",
        DOCUMENT.replace("1.50", "1.75"),
    );
    assert_data_eq!(
        user.run(&["diff", "-f", "shop", "-o", "jsonl"]).shown(),
        str![[r#"
{"change":"change","kind":"workflow","name":"orders","what":"active: true → false, definition"}
--- 10
0 to create, 1 to change, 0 to delete; 3 as the files say.

"#]]
    );
    user.run(&["apply", "-f", "shop"]).ok();
    assert_eq!(user.run(&["diff", "-f", "shop"]).code, 0);
    let versions = user
        .run(&["workflow", "versions", "orders", "-o", "json"])
        .json();
    assert_eq!(versions.as_array().unwrap().len(), 2);
    // The trigger that no file has any more is the one without authentication: deleted with --prune, after a yes.
    assert_eq!(user.run(&["apply", "-f", "shop", "--prune"]).code, 2);
    assert_data_eq!(
        user.run(&["apply", "-f", "shop", "--prune", "--yes"])
            .shown(),
        str![[r#"
CHANGE  KIND      NAME                            WHAT
delete  trigger   trg_##########################  of orders; its URL ends
delete  workflow  demo-######                     its webhooks end
--- 0
0 to create, 0 to change, 2 to delete; 4 as the files say.
Applied.

"#]]
    );
    let triggers = user
        .run(&["trigger", "list", "orders", "-o", "json"])
        .json();
    assert_eq!(triggers[0]["authentication"]["scheme"], "github");
    assert_eq!(triggers.as_array().unwrap().len(), 1);
    assert!(!user.run(&["workflow", "list"]).stdout.contains("Demo"));
}

#[test]
fn what_is_exported_is_what_there_is() {
    let stack = Stack::own();
    let user = User::of(&stack);
    shop(&user);
    user.run(&["apply", "-f", "shop"]).ok();
    user.run(&["export", "--to", "copy"]).ok();
    assert_eq!(user.run(&["export", "--to", "copy"]).code, 2);
    assert_data_eq!(
        user.run(&["diff", "-f", "copy", "--prune"]).shown(),
        str![[r#"
--- 0
0 to create, 0 to change, 0 to delete; 7 as the files say.

"#]]
    );
    let orders = std::fs::read_to_string(user.path("copy/workflows/orders.yaml")).unwrap();
    assert_data_eq!(
        orders,
        str![[r#"
kind: workflow
slug: orders
name: Orders
active: true
rateLimit:
  capacity: 20
  refillPerSecond: 5.0
triggers:
  - enabled: true
    profile: native
    methods:
      - POST
    response:
      mode: immediately
  - enabled: true
    profile: native
    methods:
      - POST
    ipAllowList:
      - "127.0.0.1/32"
    authentication:
      scheme: github
    response:
      mode: immediately
definition:
  document:
    dsl: "1.0.0"
    namespace: shop
    name: orders
    version: "1.0.0"
  do:
    - greet:
        set:
          message: Käse
          rate: 1.5
          big: 12345678901234567890

"#]]
    );
    let other = Stack::own();
    let copier = User::of(&other);
    let copy = user.path("copy").display().to_string();
    // Values of headers are exported as they are shown, which no other stack takes for a value.
    let refused = copier.run(&["apply", "-f", &copy]);
    assert!(refused.stderr.contains("give the value"), "{refused:?}");
    for file in std::fs::read_dir(user.path("copy/subscriptions")).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("***", "shop")).unwrap();
    }
    let done = copier.run(&["apply", "-f", &copy]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(copier.run(&["diff", "-f", &copy]).code, 0);
}

#[test]
fn an_apply_that_is_refused_says_how_far_it_came_and_goes_on_later() {
    let stack = Stack::own();
    let user = User::of(&stack);
    shop(&user);
    user.write(
        "shop/subscription.yaml",
        SUBSCRIPTION.replace("http://127.0.0.1:9/events", "nowhere"),
    );
    assert_data_eq!(
        user.run(&["apply", "-f", "shop", "-q"]).shown(),
        str![[r#"
CHANGE  KIND          NAME           WHAT
create  eventType     order.shipped
create  workflow      orders
create  trigger       orders #1
create  trigger       orders #2
create  subscription  nowhere
--- 1
error: A URL begins with https:// or http://, and has no spaces. (INVALID_FIELD)
  in /url
  4 of 5 changes are made; the next, nowhere, was refused.
  What was made stays: correct this one, and run the same again.
  request ####################################

"#]]
    );
    user.write("shop/subscription.yaml", SUBSCRIPTION);
    let done = user.run(&["apply", "-f", "shop"]).ok();
    assert!(
        done.stderr
            .starts_with("1 to create, 0 to change, 0 to delete; 4 as"),
        "{}",
        done.stderr
    );
    user.write("shop/broken.yaml", "kind: [");
    assert_eq!(user.run(&["apply", "-f", "shop"]).code, 2);
    assert_eq!(user.run(&["apply", "-f", "nowhere"]).code, 2);
}

#[test]
fn workflows_are_listed_shown_switched_and_drawn() {
    let stack = Stack::own();
    let user = User::of(&stack);
    assert_data_eq!(
        user.run(&["workflow", "list"]).shown(),
        str![[r#"
ID                             SLUG         NAME  ACTIVE  VERSION  UPDATED
wf_##########################  demo-######  Demo  yes     1        ####################
--- 0

"#]]
    );
    assert_data_eq!(
        user.run(&["workflow", "show", "Demo"]).shown(),
        str![[r#"
ID                 wf_##########################
SLUG               demo-######
NAME               Demo
ACTIVE             yes
VERSION            1
CAPACITY           100
REFILL PER SECOND  1.6666666666666667
CREATED            ####################
UPDATED            ####################
--- 0

"#]]
    );
    assert_data_eq!(
        user.run(&["workflow", "graph", "Demo"]).shown(),
        str![[r#"
flowchart TD
  n0["start"]
  n1["tellEcho<br>call:http"]
  n2["decide<br>switch"]
  n3["welcomePush<br>set"]
  n4["welcomeEvent<br>set"]
  n5["end"]
  n0 --> n1
  n1 --> n2
  n2 -->|"pushed"| n3
  n2 -->|"anythingElse"| n4
  n3 --> n5
  n4 --> n5
--- 0

"#]]
    );
    let graph = user
        .run(&["workflow", "graph", &stack.workflow, "-o", "json"])
        .json();
    assert!(graph["nodes"].is_array());
    let off = user
        .run(&["workflow", "deactivate", "Demo", "-o", "json"])
        .json();
    assert_eq!(off["active"], false);
    let on = user
        .run(&["workflow", "activate", "Demo", "-o", "json"])
        .json();
    assert_eq!(on["active"], true);
    assert!(
        user.run(&["workflow", "versions", "Demo"])
            .ok()
            .stdout
            .starts_with("VERSION")
    );
    assert_eq!(user.run(&["workflow", "delete", "Demo"]).code, 2);
    user.run(&["workflow", "delete", "Demo", "--yes"]).ok();
    assert_data_eq!(
        user.run(&["workflow", "list"]).shown(),
        str![[r#"
--- 0
No workflows.

"#]]
    );
}

#[test]
fn a_document_is_validated_with_every_problem_and_its_line() {
    let user = User::of(Stack::shared());
    user.write("good.yaml", DOCUMENT);
    user.write("bad.yaml", "document: {dsl: 1.0.0, namespace: a, name: b, version: 1.0.0}\ndo:\n  - a: {sett: {}}\n  - b: {wait: {}, x: 1}\n");
    assert_data_eq!(
        user.run(&["workflow", "validate", "good.yaml"]).shown(),
        str![[r#"
--- 0
good.yaml can be run.

"#]]
    );
    assert_data_eq!(
        user.run(&["workflow", "validate", "bad.yaml"]).shown(),
        str![[r#"
LINE  COLUMN  WHERE         WHAT
3     5       /do/0/a       a task needs exactly one of call, do, emit, for, fork, listen, raise, run, set, switch, try, wait
3     9       /do/0/a/sett  unknown property
4     9       /do/1/b/wait  a duration needs at least one unit
4     19      /do/1/b/x     unknown property
--- 1
error: bad.yaml cannot be run: 4 problems.

"#]]
    );
    assert_eq!(user.feed(DOCUMENT, &["workflow", "validate", "-"]).code, 0);
    assert_eq!(user.run(&["workflow", "validate", "none.yaml"]).code, 2);
}
