//! The local S3, reached as the functions reach it, and by URLs.

use std::collections::BTreeMap;

use domain::{ContentType, Environment, FileKey, FileName, OrgId, StoredFile, Tenant, Timestamp};
use store::{AwsContext, FileObjects};

use super::*;
use crate::clock::ManualClock;
use crate::{Connections, Stack};

struct Bucket {
    stack: Stack,
    objects: FileObjects,
    tenant: Tenant,
    http: reqwest::Client,
}

async fn bucket(connections: Connections) -> Bucket {
    let clock = ManualClock::at(1_790_000_000_000);
    let stack = Stack::for_tests(&clock, connections).await.unwrap();
    let variables: BTreeMap<String, String> = stack.variables("files");
    let aws = AwsContext::for_local_services(
        |name| variables.get(name).cloned(),
        clock.clock(),
        stack.transport(),
    );
    Bucket {
        objects: aws.unwrap().file_objects(),
        stack,
        tenant: Tenant {
            org: OrgId::derived(&["o"]),
            environment: Environment::Test,
        },
        http: reqwest::Client::builder().no_proxy().build().unwrap(),
    }
}

fn file(name: &str, bytes: u64, kind: &str) -> StoredFile {
    StoredFile::new(
        FileKey::derived(&[name]),
        FileName::parse(name).unwrap(),
        bytes,
        ContentType::parse(kind).unwrap(),
        Timestamp::from_millis(1_790_000_000_000),
    )
}

impl Bucket {
    async fn tags(&self, file: &StoredFile) -> Option<String> {
        let key = format!("{}/test/{}", self.tenant.org, file.key);
        let bucket = &self.stack.template().buckets[0];
        self.stack.backends().s3().tags(bucket, &key).await
    }

    fn url(&self, file: &StoredFile) -> String {
        let url = self
            .objects
            .url(self.tenant, file.key, &file.name, &file.content_type);
        url.unwrap()
    }

    /// Uploads by the URL that is given out, with these bytes, and these headers instead of the right ones.
    async fn upload(&self, file: &StoredFile, bytes: &str, other: &[(&str, &str)]) -> u16 {
        let target = self.objects.upload_target(self.tenant, file).unwrap();
        let mut request = self.http.put(&target.url).body(bytes.to_owned());
        for (name, value) in &target.headers {
            let other = other.iter().find(|(changed, _)| changed == name);
            request = request.header(*name, other.map_or(value.as_str(), |(_, value)| value));
        }
        request.send().await.unwrap().status().as_u16()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_put_kept_read_and_deleted_over_either_connection() {
    for connections in [Connections::InProcess, Connections::Sockets] {
        let bucket = bucket(connections).await;
        let file = file("a.txt", 5, "text/plain");
        let (objects, tenant) = (&bucket.objects, bucket.tenant);
        let unused = objects.keep(tenant, file.key, domain::KeptDays::UNUSED);
        assert!(!unused.await.unwrap(), "there is none");
        assert!(objects.open(tenant, file.key).await.unwrap().is_none());
        let bytes = Bytes::from_static(b"hello");
        objects.put(tenant, &file, bytes.clone()).await.unwrap();
        objects.put(tenant, &file, bytes).await.unwrap();
        assert_eq!(bucket.tags(&file).await.unwrap(), "kept=unused");
        let [used, ..] = domain::KeptDays::USED;
        assert!(objects.keep(tenant, file.key, used).await.unwrap());
        assert_eq!(bucket.tags(&file).await.unwrap(), "kept=64-days");
        let content = objects.open(tenant, file.key).await.unwrap().unwrap();
        assert_eq!(content.bytes, 5);
        let chunks: Vec<_> = futures::TryStreamExt::try_collect(content.chunks)
            .await
            .unwrap();
        assert_eq!(chunks.concat(), b"hello");
        objects.delete(tenant, file.key).await.unwrap();
        objects.delete(tenant, file.key).await.unwrap();
        assert_eq!(bucket.tags(&file).await, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_reads_one_file_as_a_download_and_never_as_a_page() {
    let bucket = bucket(Connections::InProcess).await;
    let page = file("Größe \"1\".html", 13, "text/html");
    let bytes = Bytes::from_static(b"<b>hello</b>\n");
    bucket
        .objects
        .put(bucket.tenant, &page, bytes)
        .await
        .unwrap();
    let url = bucket.url(&page);
    let response = bucket.http.get(&url).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    assert_eq!(
        response.headers()["content-type"],
        "application/octet-stream"
    );
    assert_eq!(
        response.headers()["content-disposition"],
        "attachment; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%221%22.html"
    );
    assert_eq!(response.text().await.unwrap(), "<b>hello</b>\n");
    let inline = url.replace("attachment", "inline");
    let other = url.replace(&page.key.to_string(), &FileKey::derived(&["b"]).to_string());
    for forged in [inline, other, url.split('?').next().unwrap().to_owned()] {
        let status = bucket.http.get(&forged).send().await.unwrap().status();
        assert_eq!(status.as_u16(), 403, "{forged}");
    }
    let put = bucket.http.put(&url).body("x").send().await.unwrap();
    assert_eq!(put.status().as_u16(), 403, "a URL to read is none to write");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_has_the_length_type_and_tag_that_were_announced_and_replaces_nothing() {
    let bucket = bucket(Connections::InProcess).await;
    let file = file("a.txt", 5, "text/plain");
    assert_eq!(bucket.upload(&file, "hello, world", &[]).await, 403);
    assert_eq!(bucket.upload(&file, "hell", &[]).await, 403);
    for other in [
        ("content-type", "text/html"),
        ("x-amz-tagging", "kept=1024-days"),
        ("if-none-match", "\"other\""),
    ] {
        let status = bucket.upload(&file, "hello", &[other]).await;
        assert_eq!(status, 403, "{other:?}");
    }
    assert_eq!(bucket.tags(&file).await, None);
    assert_eq!(bucket.upload(&file, "hello", &[]).await, 200);
    assert_eq!(bucket.tags(&file).await.unwrap(), "kept=unused");
    assert_eq!(bucket.upload(&file, "HELLO", &[]).await, 412);
}
