//! The endpoint as the real SDK sees it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_kms::Client;
use aws_sdk_kms::config::retry::RetryConfig;
use aws_sdk_kms::config::{BehaviorVersion, Region};
use aws_sdk_kms::error::ProvideErrorMetadata as _;
use aws_sdk_kms::operation::decrypt::builders::DecryptFluentBuilder;
use aws_sdk_kms::operation::encrypt::builders::EncryptFluentBuilder;
use aws_sdk_kms::primitives::Blob;

use super::*;
use crate::server::{Stop, any_port, serve};

const KEY: &str = "arn:aws:kms:eu-central-1:000000000000:key/SecretsKey";
const OTHER: &str = "arn:aws:kms:eu-central-1:000000000000:key/Key";

/// A client of an endpoint of its own, which ends with the test.
async fn client(file: Option<&Path>) -> Client {
    let listener = any_port().await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let root = Root::open(file).unwrap();
    let kms = Kms::new(root, vec![KEY.to_owned(), OTHER.to_owned()]);
    tokio::spawn(serve(listener, router(Arc::new(kms)), Stop::new()));
    let config = aws_sdk_kms::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(store::http_client(Duration::from_secs(3)))
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .endpoint_url(endpoint)
        .build();
    Client::from_conf(config)
}

fn encrypt(client: &Client, plaintext: &[u8]) -> EncryptFluentBuilder {
    client
        .encrypt()
        .key_id(KEY)
        .plaintext(Blob::new(plaintext))
        .encryption_context("org", "org_1")
        .encryption_context("name", "token")
}

async fn sealed(client: &Client, plaintext: &[u8]) -> Blob {
    let answer = encrypt(client, plaintext).send().await.unwrap();
    assert_eq!(answer.key_id(), Some(KEY));
    answer.ciphertext_blob.unwrap()
}

/// Without a context.
fn decrypt(client: &Client, sealed: Blob) -> DecryptFluentBuilder {
    client.decrypt().ciphertext_blob(sealed)
}

async fn opened(request: DecryptFluentBuilder) -> Result<Vec<u8>, String> {
    match request.send().await {
        Ok(answer) => Ok(answer.plaintext.unwrap().into_inner()),
        Err(error) => Err(error.code().unwrap_or("none").to_owned()),
    }
}

#[tokio::test]
async fn what_was_encrypted_opens_with_its_key_and_context_in_any_order() {
    let client = client(None).await;
    let one = sealed(&client, b"s3cret").await;
    assert_ne!(one, sealed(&client, b"s3cret").await);
    let decrypt = |key: Option<&str>| {
        decrypt(&client, one.clone())
            .set_key_id(key.map(str::to_owned))
            .encryption_context("name", "token")
            .encryption_context("org", "org_1")
    };
    for key in [None, Some(KEY), Some("SecretsKey")] {
        assert_eq!(opened(decrypt(key)).await.unwrap(), b"s3cret");
    }
    let refused = opened(decrypt(Some(OTHER))).await;
    assert_eq!(refused.unwrap_err(), "IncorrectKeyException");
}

#[tokio::test]
async fn another_context_key_or_a_damaged_ciphertext_opens_nothing() {
    let client = client(None).await;
    let sealed = sealed(&client, b"s3cret").await;
    let rightly = |sealed: &[u8]| {
        decrypt(&client, Blob::new(sealed))
            .encryption_context("org", "org_1")
            .encryption_context("name", "token")
    };
    let unreadable = Err("InvalidCiphertextException".to_owned());
    let mut damaged = sealed.clone().into_inner();
    *damaged.last_mut().unwrap() ^= 1;
    let mut renamed = sealed.clone().into_inner();
    renamed[2] ^= 1;
    for bytes in [&damaged[..], &renamed, &sealed.as_ref()[..70], b"nonsense"] {
        assert_eq!(opened(rightly(bytes)).await, unreadable);
    }
    let none = decrypt(&client, sealed.clone());
    assert_eq!(opened(none).await, unreadable);
    let more = rightly(sealed.as_ref()).encryption_context("environment", "live");
    assert_eq!(opened(more).await, unreadable);
    let other = decrypt(&client, sealed)
        .encryption_context("org", "org_2")
        .encryption_context("name", "token");
    assert_eq!(opened(other).await, unreadable);
}

#[tokio::test]
async fn the_refusals_are_those_of_kms() {
    let client = client(None).await;
    let code = async |request: EncryptFluentBuilder| {
        let refused = request.send().await.unwrap_err();
        refused.code().unwrap_or("none").to_owned()
    };
    let most = [b'x'; PLAINTEXT_LIMIT_BYTES];
    assert!(encrypt(&client, &most).send().await.is_ok());
    let long = encrypt(&client, &[b'x'; PLAINTEXT_LIMIT_BYTES + 1]);
    assert_eq!(code(long).await, "ValidationException");
    assert_eq!(code(encrypt(&client, b"")).await, "ValidationException");
    let unknown = encrypt(&client, b"x").key_id("NoKey");
    assert_eq!(code(unknown).await, "NotFoundException");
    let asymmetric = encrypt(&client, b"x").encryption_algorithm("RSAES_OAEP_SHA_256".into());
    assert_eq!(code(asymmetric).await, "InvalidKeyUsageException");
    let unsupported = client.list_keys().send().await.unwrap_err();
    assert_eq!(unsupported.code(), Some("UnknownOperationException"));
}

#[tokio::test]
async fn the_root_outlives_the_stack_in_a_file_of_its_owners() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kms.root");
    let sealed = sealed(&client(Some(&file)).await, b"s3cret").await;
    let mode = file.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = client(Some(&file)).await;
    let decrypt = |client: &Client| {
        decrypt(client, sealed.clone())
            .encryption_context("org", "org_1")
            .encryption_context("name", "token")
    };
    assert_eq!(opened(decrypt(&again)).await.unwrap(), b"s3cret");
    let stranger = client(None).await;
    let refused = opened(decrypt(&stranger)).await.unwrap_err();
    assert_eq!(refused, "InvalidCiphertextException");
}

#[test]
fn a_file_that_holds_no_root_is_said_so() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), b"short").unwrap();
    let error = Root::open(Some(file.path())).err().unwrap();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
}
