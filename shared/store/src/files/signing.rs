//! Signature Version 4 of requests to S3, by the signer of AWS's SDK: in a header, or in a URL that somebody else uses. It does
//! not know what the requests are for.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningInstructions, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::identity::Identity;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What S3's canonical form of a query leaves as it is (RFC 3986 section 2.3).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Names and values.
pub(super) type Headers<'a> = [(&'a str, &'a str)];

/// Signs with the credentials of the function.
#[derive(Clone)]
pub(super) struct Signer {
    identity: Identity,
    region: String,
}

impl Signer {
    pub(super) fn new(credentials: Credentials, region: &str) -> Self {
        Self {
            identity: credentials.into(),
            region: region.to_owned(),
        }
    }

    /// The headers that a request needs besides its own.
    pub(super) fn headers(
        &self,
        method: &str,
        url: &str,
        headers: &Headers<'_>,
        body: &[u8],
    ) -> Result<Vec<(String, String)>, BoxError> {
        let mut settings = settings();
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let body = SignableBody::Bytes(body);
        let instructions = self.sign(method, url, headers, body, settings)?;
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Ok(instructions.headers().map(owned).collect())
    }

    /// The URL of a request that whoever has it can make, with these headers, for so long.
    pub(super) fn presigned(
        &self,
        method: &str,
        url: &str,
        headers: &Headers<'_>,
        expires_in: Duration,
    ) -> Result<String, BoxError> {
        let mut settings = settings();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(expires_in);
        let body = SignableBody::UnsignedPayload;
        let instructions = self.sign(method, url, headers, body, settings)?;
        let first = match url.contains('?') {
            true => '&',
            false => '?',
        };
        let pairs = instructions.params().iter();
        let pairs = pairs.map(|(name, value)| format!("{name}={}", encoded(value)));
        Ok(format!(
            "{url}{first}{}",
            pairs.collect::<Vec<_>>().join("&")
        ))
    }

    fn sign(
        &self,
        method: &str,
        url: &str,
        headers: &Headers<'_>,
        body: SignableBody<'_>,
        settings: SigningSettings,
    ) -> Result<SigningInstructions, BoxError> {
        // AWS compares with its own clock, so this is the system's, as it is in the SDK.
        let params = v4::SigningParams::builder()
            .identity(&self.identity)
            .region(&self.region)
            .name("s3")
            .time(SystemTime::now())
            .settings(settings)
            .build()?;
        let request = SignableRequest::new(method, url, headers.iter().copied(), body)?;
        let (instructions, _) = sign(request, &params.into())?.into_parts();
        Ok(instructions)
    }
}

/// S3 decodes a path once, and takes it as it is.
fn settings() -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings
}

/// A text as a value of a query.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer() -> Signer {
        let credentials = Credentials::new("key", "secret", Some("token".to_owned()), None, "test");
        Signer::new(credentials, "eu-central-1")
    }

    #[test]
    fn a_presigned_url_holds_the_headers_to_send_the_time_and_the_session() {
        let headers = [("content-length", "3"), ("x-amz-tagging", "kept=unused")];
        let url = "https://bucket.s3.eu-central-1.amazonaws.com/a/b";
        let signed = signer().presigned("PUT", url, &headers, Duration::from_secs(900));
        let signed = signed.unwrap();
        for part in [
            "X-Amz-Algorithm=AWS4-HMAC-SHA256",
            "X-Amz-Expires=900",
            "X-Amz-SignedHeaders=content-length%3Bhost%3Bx-amz-tagging",
            "X-Amz-Security-Token=token",
            "%2Feu-central-1%2Fs3%2Faws4_request",
            "X-Amz-Signature=",
        ] {
            assert!(signed.contains(part), "{part} is not in {signed}");
        }
        assert!(!signed.contains("secret"));
    }

    #[test]
    fn a_signed_request_says_what_its_body_hashes_to() {
        let url = "https://bucket.s3.eu-central-1.amazonaws.com/a?tagging";
        let added = signer().headers("PUT", url, &[], b"").unwrap();
        let of = |name: &str| {
            let found = added.iter().find(|(header, _)| header == name);
            found.map(|(_, value)| value.as_str())
        };
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(of("x-amz-content-sha256"), Some(empty));
        assert_eq!(of("x-amz-security-token"), Some("token"));
        assert!(of("authorization").unwrap().contains("/s3/aws4_request"));
    }
}
