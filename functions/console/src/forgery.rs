//! Whether a form was sent from a page of the console: by the `Origin` that the browser says, and by a token that only a
//! page of the same session has.

use api::Inbound;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::session::Session;

/// What the token is a digest of; another purpose of the session's key would have another text.
const PURPOSE: &[u8] = b"form of the console";

/// The token in each form of a session.
pub(crate) fn token(session: &Session) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(session.key.as_bytes()) else {
        // A key of any length will do.
        return String::new();
    };
    mac.update(PURPOSE);
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

/// Whether the token is that of the session; compared in constant time.
pub(crate) fn is_token(session: &Session, presented: &str) -> bool {
    let expected = token(session);
    !expected.is_empty() && expected.as_bytes().ct_eq(presented.as_bytes()).into()
}

/// Whether the browser sent the request from a page of this host. A browser says so with every form that is posted.
pub(crate) fn is_from_here(inbound: &Inbound) -> bool {
    let host = inbound.header("host").unwrap_or_default();
    let scheme = inbound.header("x-forwarded-proto").unwrap_or("https");
    !host.is_empty() && inbound.header("origin") == Some(&format!("{scheme}://{host}"))
}
