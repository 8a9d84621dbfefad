//! The bytes of files: objects of the bucket, each below its tenant's prefix. It does not know which files there are.

use std::io;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use domain::limits::{FILE_UPLOAD_URL_SECS, FILE_URL_SECS};
use domain::{ContentType, FileKey, FileName, KeptDays, StoredFile, Tenant};
use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _};
use http_body_util::BodyExt as _;
use ring::digest;

use super::bucket::{Answered, Bucket, Call};
use super::signing::encoded;
use crate::StoreError;

/// For requests with little in them.
const SMALL_MS: u64 = 2_000;
/// For an upload of 4 MB.
const UPLOAD_MS: u64 = 8_000;
const TAGGING: &str = "x-amz-tagging";

/// The bytes of all tenants' files.
#[derive(Clone)]
pub struct FileObjects {
    bucket: Bucket,
}

/// The bytes of a file, as they come.
pub struct FileContent {
    /// Their number.
    pub bytes: u64,
    /// The bytes, which end early where the connection breaks.
    pub chunks: BoxStream<'static, io::Result<Bytes>>,
}

/// Where and how a file is uploaded without passing through a function.
pub struct UploadTarget {
    /// A URL that takes the file once, for 15 minutes.
    pub url: String,
    /// The headers to send with it, which are a part of the signature.
    pub headers: Vec<(&'static str, String)>,
}

impl FileObjects {
    pub(crate) fn new(bucket: Bucket) -> Self {
        Self { bucket }
    }

    /// Stores the bytes of a file, for the days of an unused one. Twice with the same bytes is as good as once.
    pub async fn put(
        &self,
        tenant: Tenant,
        file: &StoredFile,
        bytes: Bytes,
    ) -> Result<(), StoreError> {
        let tag = tagged(KeptDays::UNUSED);
        let headers = [
            ("content-disposition", "attachment"),
            ("content-type", file.content_type.as_str()),
            (TAGGING, tag.as_str()),
        ];
        let call = Call {
            operation: "store a file",
            method: "PUT",
            path: path(tenant, file.key),
            headers: &headers,
            body: bytes,
            attempt_ms: UPLOAD_MS,
        };
        match self.bucket.send(&call).await? {
            Answered::Done(_) => Ok(()),
            Answered::Missing => Err(StoreError::Unavailable {
                operation: call.operation,
                cause: "the bucket is not there, or refuses the function".to_owned(),
            }),
        }
    }

    /// Has the bucket keep the bytes for so many days from their upload; `false` where they were never uploaded.
    pub async fn keep(
        &self,
        tenant: Tenant,
        key: FileKey,
        days: KeptDays,
    ) -> Result<bool, StoreError> {
        let body = format!(
            r#"<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet><Tag><Key>kept</Key><Value>{}</Value></Tag></TagSet></Tagging>"#,
            days.tag()
        );
        let checksum = STANDARD.encode(digest::digest(&digest::SHA256, body.as_bytes()));
        let headers = [
            ("content-type", "application/xml"),
            ("x-amz-checksum-sha256", checksum.as_str()),
        ];
        let call = Call {
            operation: "keep a file",
            method: "PUT",
            path: format!("{}?tagging", path(tenant, key)),
            headers: &headers,
            body: body.into(),
            attempt_ms: SMALL_MS,
        };
        let answered = self.bucket.send(&call).await?;
        Ok(matches!(answered, Answered::Done(_)))
    }

    /// The bytes of a file; `None` where there are none.
    pub async fn open(
        &self,
        tenant: Tenant,
        key: FileKey,
    ) -> Result<Option<FileContent>, StoreError> {
        let call = Call {
            operation: "read a file",
            method: "GET",
            path: path(tenant, key),
            headers: &[],
            body: Bytes::new(),
            attempt_ms: SMALL_MS,
        };
        let Answered::Done(response) = self.bucket.send(&call).await? else {
            return Ok(None);
        };
        let length = response.headers().get("content-length");
        let bytes = length.and_then(|length| length.parse().ok());
        let bytes = bytes.ok_or_else(|| StoreError::Unavailable {
            operation: call.operation,
            cause: "S3 did not say how long it is".to_owned(),
        })?;
        let chunks = response.into_body().into_data_stream();
        Ok(Some(FileContent {
            bytes,
            chunks: chunks.map_err(io::Error::other).boxed(),
        }))
    }

    /// Removes the bytes of a file, if there are any.
    pub async fn delete(&self, tenant: Tenant, key: FileKey) -> Result<(), StoreError> {
        let call = Call {
            operation: "delete a file",
            method: "DELETE",
            path: path(tenant, key),
            headers: &[],
            body: Bytes::new(),
            attempt_ms: SMALL_MS,
        };
        self.bucket.send(&call).await.map(drop)
    }

    /// Where a file can be uploaded that was announced. Its length, type and tag are a part of the signature, and so is that
    /// it replaces nothing.
    pub fn upload_target(
        &self,
        tenant: Tenant,
        file: &StoredFile,
    ) -> Result<UploadTarget, StoreError> {
        let length = ("content-length", file.bytes.to_string());
        let headers = vec![
            ("content-type", file.content_type.to_string()),
            ("if-none-match", "*".to_owned()),
            (TAGGING, tagged(KeptDays::UNUSED)),
        ];
        let signed: Vec<_> = std::iter::once(&length)
            .chain(&headers)
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let expires_in = Duration::from_secs(u64::from(FILE_UPLOAD_URL_SECS));
        let path = path(tenant, file.key);
        let url = self.bucket.presigned("PUT", &path, &signed, expires_in)?;
        Ok(UploadTarget { url, headers })
    }

    /// A URL that reads a file, for five minutes: as a download, and never as something that a browser runs.
    pub fn url(
        &self,
        tenant: Tenant,
        key: FileKey,
        name: &FileName,
        kind: &ContentType,
    ) -> Result<String, StoreError> {
        let disposition = format!("attachment; filename*=UTF-8''{}", encoded(name.as_str()));
        let path = format!(
            "{}?response-content-disposition={}&response-content-type={}",
            path(tenant, key),
            encoded(&disposition),
            encoded(kind.as_served()),
        );
        let expires_in = Duration::from_secs(u64::from(FILE_URL_SECS));
        self.bucket.presigned("GET", &path, &[], expires_in)
    }
}

/// Made of ids alone, so it needs no encoding.
fn path(tenant: Tenant, key: FileKey) -> String {
    format!("{}/{}/{key}", tenant.org, tenant.environment.as_str())
}

fn tagged(days: KeptDays) -> String {
    format!("kept={}", days.tag())
}
