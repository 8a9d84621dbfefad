//! Subscriptions, deliveries and events.

use snapbox::{assert_data_eq, str};

use crate::support::{Stack, User, eventually};

#[test]
fn an_event_is_published_delivered_and_recovered() {
    let stack = Stack::own();
    let user = User::of(&stack);
    user.write(
        "types/shipped.yaml",
        "kind: eventType\nname: order.shipped\n",
    );
    user.run(&["apply", "-f", "types"]).ok();
    let created = user
        .run(&[
            "subscription",
            "create",
            "--to",
            &stack.webhook,
            "--event",
            "order.shipped",
            "-o",
            "json",
        ])
        .ok();
    let subscription = created.field("id");
    assert!(created.field("secret").starts_with("whsec_"));
    let listed = user.run(&["subscription", "list", "-o", "json"]).ok();
    assert!(!listed.stdout.contains("whsec_"));
    assert_data_eq!(
        user.run(&[
            "event",
            "publish",
            "order.shipped",
            "--data",
            r#"{"order": 7}"#
        ])
        .shown(),
        str![[r#"
ID    evt_##########################
TYPE  order.shipped
TIME  ####################
DATA  {"order":7}
--- 0

"#]]
    );
    let delivery = eventually("the delivery", || {
        let listed = user
            .run(&[
                "delivery",
                "list",
                "--status",
                "delivered",
                "--event-type",
                "order.shipped",
                "-o",
                "json",
            ])
            .ok()
            .json();
        listed[0]["id"].as_str().map(str::to_owned)
    });
    let shown = user.run(&["delivery", "show", &delivery]).ok();
    assert!(
        shown.stdout.contains("delivered") && shown.stdout.contains("200"),
        "{}",
        shown.stdout
    );
    user.run(&["delivery", "retry", &delivery]).ok();
    assert_data_eq!(
        user.run(&["subscription", "test", &subscription]).shown(),
        str![[r#"
EVENT     evt_##########################
DELIVERY  dlv_##########################
--- 0

"#]]
    );
    assert_data_eq!(
        user.run(&["subscription", "recover", &subscription, "--since", "1h"])
            .shown(),
        str![[r#"
RECOVERED  0
--- 0

"#]]
    );
    user.run(&["subscription", "show", &subscription]).ok();
    assert_eq!(
        user.run(&["subscription", "delete", &subscription, "--yes"])
            .code,
        0
    );
    assert_eq!(user.run(&["subscription", "show", &subscription]).code, 3);
    assert_data_eq!(
        user.run(&["subscription", "list"]).shown(),
        str![[r#"
--- 0
No subscriptions.

"#]]
    );
}

#[test]
fn an_event_that_is_not_what_its_type_says_is_refused() {
    let user = User::of(Stack::shared());
    user.write(
        "types/paid.yaml",
        "kind: eventType\nname: invoice.paid\nschema: {type: object, required: [amount]}\n",
    );
    user.run(&["apply", "-f", "types"]).ok();
    let done = user.run(&["event", "publish", "invoice.paid", "-d", "{}"]);
    assert_eq!(done.code, 1, "{done:?}");
    user.write("data.yaml", "amount: 12\n");
    user.run(&["event", "publish", "invoice.paid", "-d", "@data.yaml"])
        .ok();
    assert_eq!(
        user.run(&["event", "publish", "invoice.paid", "-d", "{"])
            .code,
        2
    );
}
