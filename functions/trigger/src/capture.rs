//! Tries to make a request the sample of its trigger, while the trigger's owner waits for one. It does not know which
//! requests are allowed to.

use domain::{
    CAPTURE_OPENS_AFTER_MS, CAPTURE_WINDOW_SECS, CaptureId, CaptureWindow, Timestamp, Trigger,
    WebhookRequest,
};
use store::{BoundedCache, StoreError};

use crate::App;
use crate::authorize::without_proof;
use crate::configurations::TRUSTED_MS;
use crate::record::storable;

/// Windows that a warm container remembers to be full.
const REMEMBERED: usize = 1_000;

// When a window opens, no container trusts a configuration without it any more.
const _: () = assert!(TRUSTED_MS <= CAPTURE_OPENS_AFTER_MS);

/// The windows of which a container knows that they have got their request, or were closed: it asks for each once.
pub(crate) struct FullWindows(BoundedCache<CaptureId, ()>);

impl Default for FullWindows {
    fn default() -> Self {
        let open_ms = CAPTURE_WINDOW_SECS * 1_000;
        Self(BoundedCache::with_time_to_live(REMEMBERED, open_ms))
    }
}

/// Whether the window gets this request. One that comes too late triggers.
pub(crate) async fn try_capture(
    app: &App,
    trigger: &Trigger,
    window: &CaptureWindow,
    request: &WebhookRequest,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if app.full_windows.0.get(&window.id, now).is_some() {
        return Ok(false);
    }
    let sample = storable(trigger, without_proof(trigger, request.clone()));
    let nonce = app.aws.random.nonce();
    let captures = &app.aws.captures;
    let is_captured = captures.capture(trigger, window, &sample, &nonce).await?;
    app.full_windows.0.insert(window.id, (), now);
    Ok(is_captured)
}
