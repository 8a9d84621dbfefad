//! Which servers are trusted over TLS: tests with a certificate authority of their own, which the public interface does not
//! accept.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::{Access, Egress, Failure, Limits, Policy, Request, Resolver, dial};

const NAME: &str = "receiver.example";

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn certificate_for(name: &str) -> CertificateParams {
    CertificateParams::new([name.to_owned()]).unwrap()
}

/// Starts a server with that certificate, which answers every request. Returns its port.
async fn serve(certificate: CertificateParams, authority: &Authority) -> u16 {
    let key = KeyPair::generate().unwrap();
    let certificate = certificate.signed_by(&key, authority).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ServerConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut request = [0; 4096];
            if stream
                .read(&mut request)
                .await
                .is_ok_and(|length| length > 0)
            {
                let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsealed";
                stream.write_all(answer).await.ok();
            }
        }
    });
    port
}

/// The result of a request to `NAME`, which resolves to loopback, by a client that trusts `roots`.
async fn ask(port: u16, roots: RootCertStore) -> Result<Vec<u8>, Failure> {
    let policy = Policy {
        loopback: Access::Open,
        ..Policy::default()
    };
    let resolver = Resolver::new(|_| Box::pin(async { Ok(vec!["127.0.0.1".parse().unwrap()]) }));
    let egress = Egress::with_roots(policy, resolver, roots);
    let request = Request {
        method: "GET".to_owned(),
        url: format!("https://{NAME}:{port}/"),
        headers: Vec::new(),
        body: Vec::new(),
        hops: 1,
        traceparent: None,
        idempotency_key: None,
    };
    let answer = egress.send(request, Limits::default()).await;
    answer.map(|answer| answer.body)
}

fn trusting(authority: &Authority) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).unwrap();
    roots
}

#[tokio::test]
async fn a_server_with_a_trusted_certificate_is_called() {
    let authority = authority();
    let port = serve(certificate_for(NAME), &authority).await;
    let answer = ask(port, trusting(&authority)).await;
    assert_eq!(answer.as_deref(), Ok(&b"sealed"[..]));
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_not_trusted() {
    let port = serve(certificate_for(NAME), &authority()).await;
    let answer = ask(port, dial::public_roots()).await;
    assert!(matches!(answer, Err(Failure::Tls { .. })), "{answer:?}");
}

#[tokio::test]
async fn a_certificate_for_another_name_is_not_trusted() {
    let authority = authority();
    let port = serve(certificate_for("other.example"), &authority).await;
    let answer = ask(port, trusting(&authority)).await;
    assert!(matches!(answer, Err(Failure::Tls { .. })), "{answer:?}");
}

#[tokio::test]
async fn a_certificate_that_has_expired_is_not_trusted() {
    let authority = authority();
    let mut expired = certificate_for(NAME);
    expired.not_after = date_time_ymd(2020, 1, 1);
    let port = serve(expired, &authority).await;
    let answer = ask(port, trusting(&authority)).await;
    assert!(matches!(answer, Err(Failure::Tls { .. })), "{answer:?}");
}

#[test]
fn the_public_roots_are_compiled_in() {
    assert!(dial::public_roots().len() > 100);
}
