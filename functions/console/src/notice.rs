//! What the page after a redirection says was done. Its key travels in a cookie that lasts until it was shown; a text from
//! a cookie is never shown.

use api::Inbound;

use crate::session::cookie;

const NAME: &str = "sluice-notice";
/// A page that never comes shows nothing later.
const NOTICE_SECS: u32 = 60;

/// Key and sentence of every notice.
const NOTICES: [(&str, &str); 26] = [
    ("cancelled", "The execution was cancelled."),
    (
        "replayed",
        "This execution replays the request of its parent.",
    ),
    ("tested", "The test was started."),
    (
        "activated",
        "The workflow is active: its webhooks begin executions.",
    ),
    (
        "deactivated",
        "The workflow is inactive: its webhooks are refused.",
    ),
    ("saved", "The changes were saved."),
    ("created", "It was created."),
    ("deleted", "It was deleted."),
    ("enabled", "It is enabled."),
    ("disabled", "It is disabled."),
    ("retried", "The delivery will be attempted again now."),
    (
        "test-sent",
        "The test event was sent; this delivery shows the result.",
    ),
    (
        "capturing",
        "The next request to the webhook becomes the sample.",
    ),
    ("capture-closed", "No request is captured any more."),
    ("sampled", "The captured request is the trigger's sample."),
    (
        "sample-deleted",
        "The sample was deleted; the parameters stay.",
    ),
    ("revoked", "The key was revoked."),
    ("signed-out", "You are signed out."),
    ("session-ended", "The session has ended; sign in again."),
    (
        "link-ended",
        "The link was used before, or has ended; sign in with a key, or start cargo dev again.",
    ),
    ("unchanged", "Nothing was changed."),
    ("recovered", "The deliveries were restarted."),
    ("replays", "The executions were replayed."),
    ("published", "The event was published."),
    (
        "token-rotated",
        "The token was rotated: the webhook has a new URL.",
    ),
    (
        "secret-saved",
        "The secret was saved; workflows use it from their next execution on.",
    ),
];

/// The header that shows a notice on the next page.
pub(crate) fn set_cookie(key: &str) -> String {
    format!("{NAME}={key}; Path=/console; Max-Age={NOTICE_SECS}; HttpOnly; SameSite=Lax")
}

/// The header that forgets it.
pub(crate) fn clear_cookie() -> String {
    format!("{NAME}=; Path=/console; Max-Age=0; HttpOnly; SameSite=Lax")
}

/// The sentence that the page is to say.
pub(crate) fn of(inbound: &Inbound) -> Option<&'static str> {
    let key = cookie(inbound, NAME)?;
    let found = NOTICES.iter().find(|(known, _)| *known == key);
    found.map(|(_, sentence)| *sentence)
}
