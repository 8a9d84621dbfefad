//! "Security": app authorization and the IP whitelist.

use serde_json::json;
use tests::World;

use super::{Hook, JSON, refused, success};
use crate::report::Report;

pub(super) async fn rows(report: &mut Report, world: &World) {
    let open = Hook::new(world, json!({})).await;
    let anyone = open.post(world, &json!({})).await;
    let example = "by default anyone who has the URL can send requests";
    report.answer(example, &success(), &anyone);
    app_authorization(report, world).await;
    whitelist(report, world).await;
}

async fn app_authorization(report: &mut Report, world: &World) {
    let settings = json!({"authentication": {"scheme": "app"}});
    let hook = Hook::new(world, settings).await;
    let shown = |name: &str| {
        hook.made["authentication"][name]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let (key, sign) = (shown("appKey"), shown("sign"));
    let expected = refused(403, "Invalid signature");
    let without = hook.post(world, &json!({})).await;
    let example = "Use App Authorization: without AppKey and Sign";
    report.answer(example, &expected, &without);
    let wrong = json!({"AppKey": key, "Sign": key});
    let example = "Use App Authorization: a wrong Sign";
    report.answer(example, &expected, &hook.post(world, &wrong).await);
    let right = json!({"AppKey": key, "Sign": sign});
    let example = "Use App Authorization: AppKey and Sign in the body";
    report.answer(example, &success(), &hook.post(world, &right).await);
    let headers = [JSON, ("HAP-Appkey", &key), ("HAP-Sign", &sign)];
    let by_header = world.send("POST", &hook.path, &headers, "{}").await;
    let example = "Use App Authorization: AppKey and Sign in headers";
    report.answer(example, &success(), &by_header);
}

async fn whitelist(report: &mut Report, world: &World) {
    let elsewhere = Hook::new(world, json!({"ipAllowList": ["203.0.113.0/24"]})).await;
    let refused_there = elsewhere.post(world, &json!({})).await;
    let expected = refused(403, "Address not allowed");
    let example = "App IP whitelist: another address";
    report.answer(example, &expected, &refused_there);
    let here = Hook::new(world, json!({"ipAllowList": ["127.0.0.0/8"]})).await;
    let taken = here.post(world, &json!({})).await;
    report.answer("App IP whitelist: an address in it", &success(), &taken);
}
