//! What a file costs: calls and units of an upload, and of the executions that use it. It does not know what the calls are.

use ::tests::events::request;
use ::tests::fault_proxy::{Fault, FaultProxy};
use ::tests::files::{form, form_type};
use ::tests::{World, crash, echoes_the_event};
use lambda_http::Body;
use serde_json::json;

use crate::Outcome;
use crate::calls::Cost;
use crate::table::Section;

const UPLOAD: &str = "/v1/openapi/files/upload";

pub(crate) async fn section() -> Outcome<Section> {
    let mut section = Section::new("per file", &["AWS calls", "write units", "read units"]);
    for (row, cost) in costs().await? {
        section.row(row, cost.figures());
    }
    Ok(section)
}

/// In warm containers. The worker's figures are those of a whole execution, without and with the file.
async fn costs() -> Outcome<Vec<(&'static str, Cost)>> {
    let world = World::new().await;
    let proxy = FaultProxy::new(&world, |_, _| Fault::Meter).await;
    let files = files::App::new(proxy.environment(&world, "files"));
    let worker = worker::App::new(proxy.environment(&world, "worker"));
    let mut uploads = Vec::new();
    for _ in 0..2 {
        proxy.bills();
        let authorization = format!("Bearer {}", world.key);
        let headers = [("authorization", authorization.as_str())];
        let mut upload = request("POST", UPLOAD, &headers, &json!(null));
        let kind = form_type().parse()?;
        upload.headers_mut().insert("content-type", kind);
        *upload.body_mut() = Body::Binary(form(&[("a", "a/b", b"x")]));
        let answer = files::handle(&files, upload).await;
        if answer.status().as_u16() != 200 {
            return Err(format!("not uploaded: {answer:?}").into());
        }
        uploads.push(Cost::of(&proxy.bills()));
    }
    let key = world.file("a", "a/b", b"x").await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let mut runs = Vec::new();
    for variables in [json!({}), json!({}), json!({"a": key}), json!({"a": key})] {
        let event = json!({ "variables": variables });
        world.post(&hook, &[], &event).await.expect(200);
        proxy.bills();
        crash::run_batch(&world, &worker).await;
        runs.push(Cost::of(&proxy.bills()));
    }
    Ok(vec![
        ("uploaded in a form", uploads[1]),
        ("an execution without it", runs[1]),
        ("the first execution that uses it", runs[2]),
        ("the next execution that uses it", runs[3]),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_costs_what_the_table_expects() -> Outcome<()> {
        let section = section().await?;
        let sections = [section];
        let expected = crate::expectations::surprises(&sections)?;
        let of_files: Vec<_> = expected
            .iter()
            .filter(|surprise| surprise.contains("per file"))
            .collect();
        assert!(of_files.is_empty(), "{of_files:#?}");
        Ok(())
    }
}
