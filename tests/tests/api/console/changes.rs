//! What visitors change through forms, without scripts.

mod deliveries;
mod executions;
mod settings;
mod workflows;

use tests::World;

use super::browser::Browser;

pub(super) async fn signed_in(world: &World) -> Browser<'_> {
    Browser::with_key(world, &world.key).await
}

/// Sends a form that is refused or answered with a page, and stays on it.
pub(super) async fn stay(browser: &mut Browser<'_>, path: &str, fields: &[(&str, &str)]) -> u16 {
    let token = browser.token();
    let mut fields = fields.to_vec();
    fields.push(("page_token", &token));
    browser.post(path, &fields).await.status
}
