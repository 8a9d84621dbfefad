//! The console's own files, compiled in. Each has the digest of its content in its address, so that browsers keep it.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lambda_http::{Body, Response};
use sha2::{Digest as _, Sha256};

use crate::response;

/// Bytes of the digest in an address.
const DIGEST_BYTES: usize = 9;

/// A file, and its address.
pub(crate) struct Asset {
    pub(crate) path: String,
    content: &'static str,
    content_type: &'static str,
}

const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

static ASSETS: LazyLock<[Asset; 6]> = LazyLock::new(|| {
    [
        asset("console.css", include_str!("../assets/console.css"), STYLE),
        asset(
            "icon.svg",
            include_str!("../assets/icon.svg"),
            "image/svg+xml",
        ),
        asset("time.js", include_str!("../assets/time.js"), SCRIPT),
        asset("copy.js", include_str!("../assets/copy.js"), SCRIPT),
        asset("live.js", include_str!("../assets/live.js"), SCRIPT),
        asset("keys.js", include_str!("../assets/keys.js"), SCRIPT),
    ]
});

fn asset(name: &str, content: &'static str, content_type: &'static str) -> Asset {
    let digest = Sha256::digest(content);
    let digest = URL_SAFE_NO_PAD.encode(digest.get(..DIGEST_BYTES).unwrap_or_default());
    Asset {
        path: format!("/console/assets/{digest}/{name}"),
        content,
        content_type,
    }
}

/// The style sheet's address.
pub(crate) fn style() -> &'static str {
    &ASSETS[0].path
}

/// The icon's address.
pub(crate) fn icon() -> &'static str {
    &ASSETS[1].path
}

/// The addresses of the modules.
pub(crate) fn modules() -> impl Iterator<Item = &'static str> {
    let modules = ASSETS.iter().filter(|asset| asset.content_type == SCRIPT);
    modules.map(|asset| asset.path.as_str())
}

/// The file at an address.
pub(crate) fn find(path: &str) -> Option<Response<Body>> {
    let found = ASSETS.iter().find(|asset| asset.path == path)?;
    Some(response::asset(found.content, found.content_type))
}
