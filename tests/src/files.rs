//! Files as clients upload them.

use serde_json::{Value, json};

use crate::{Answer, World};

const BOUNDARY: &str = "tests-boundary";
const UPLOAD: &str = "/v1/openapi/files/upload";

/// Name, content type and bytes.
pub type Sent<'a> = (&'a str, &'a str, &'a [u8]);

/// The content type of [`form`].
pub fn form_type() -> String {
    format!("multipart/form-data; boundary={BOUNDARY}")
}

/// Files as a form, each in a part `files`.
pub fn form(files: &[Sent<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, kind, bytes) in files {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n"
        );
        body.extend(head.into_bytes());
        body.extend(*bytes);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
    body
}

impl World {
    /// Uploads files with that key.
    pub async fn upload_as(&self, key: &str, files: &[Sent<'_>]) -> Answer {
        let (authorization, kind) = (format!("Bearer {key}"), form_type());
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", kind.as_str()),
        ];
        self.send("POST", UPLOAD, &headers, form(files)).await
    }

    /// Uploads one file with the admin's key, and returns its key.
    pub async fn file(&self, name: &str, kind: &str, bytes: &[u8]) -> String {
        let answer = self.upload_as(&self.key, &[(name, kind, bytes)]).await;
        let answer = answer.expect(200);
        let key = &answer["data"]["files"][0]["fileKey"];
        key.as_str().expect("a key").to_owned()
    }

    /// Announces a file; the answer says where to upload it.
    pub async fn announce(&self, name: &str, kind: &str, size: usize) -> Value {
        let body = json!({"name": name, "size": size, "contentType": kind});
        self.call("POST", "/v1/files", Some(body)).await.expect(201)
    }

    /// The tags of a file's object, of the admin's tenant; `None` where there is no object.
    pub async fn file_tags(&self, key: &str) -> Option<String> {
        let path = format!("{}/test/{key}", self.tenant.org);
        let bucket = &self.stack.template().buckets[0];
        self.stack.backends().s3().tags(bucket, &path).await
    }
}
