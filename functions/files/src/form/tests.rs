//! Forms as senders make them, and as nobody should.

use super::*;

const BOUNDARY: &str = "X-BOUNDARY";

async fn read_as(
    content_type: &str,
    body: impl Into<Vec<u8>>,
) -> Result<Vec<Part>, (String, String)> {
    let mut inbound = Inbound::read(lambda_http::Request::default());
    inbound.headers = vec![("content-type".to_owned(), content_type.to_owned())];
    inbound.body = body.into();
    read(&inbound).await.map_err(|problem| {
        (
            problem.code().as_str().to_owned(),
            problem.detail().to_owned(),
        )
    })
}

async fn read_form(body: impl Into<Vec<u8>>) -> Result<Vec<Part>, (String, String)> {
    read_as(&format!("multipart/form-data; boundary={BOUNDARY}"), body).await
}

/// A part of a form with these headers.
fn part(headers: &str, bytes: &[u8]) -> Vec<u8> {
    let mut part = format!("--{BOUNDARY}\r\n{headers}\r\n\r\n").into_bytes();
    part.extend(bytes);
    part.extend(b"\r\n");
    part
}

fn file_part(name: &str, bytes: &[u8]) -> Vec<u8> {
    let disposition =
        format!("Content-Disposition: form-data; name=\"files\"; filename=\"{name}\"");
    part(&disposition, bytes)
}

fn form(parts: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut body: Vec<u8> = parts.into_iter().flatten().collect();
    body.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
    body
}

fn code<T: std::fmt::Debug>(read: Result<T, (String, String)>) -> String {
    read.unwrap_err().0
}

#[tokio::test]
async fn files_are_read_in_their_order_with_names_and_types() {
    let typed = "Content-Disposition: form-data; name=\"files\"; filename=\"C:\\\\tmp\\\\a.pdf\"\r\nContent-Type: application/pdf";
    let other = part("Content-Disposition: form-data; name=\"note\"", b"hello");
    let body = form([part(typed, b"%PDF"), other, file_part("empty", b"")]);
    let files = read_form(body).await.unwrap();
    let seen: Vec<_> = files
        .iter()
        .map(|file| (file.name.as_str(), file.content_type.as_str(), &*file.bytes))
        .collect();
    let bytes = "application/octet-stream";
    assert_eq!(
        seen,
        [
            ("a.pdf", "application/pdf", &b"%PDF"[..]),
            ("empty", bytes, &b""[..])
        ]
    );
}

#[tokio::test]
async fn a_type_that_is_none_is_taken_for_bytes() {
    let headers =
        "Content-Disposition: form-data; name=\"files\"; filename=\"a\"\r\nContent-Type: nonsense";
    let files = read_form(form([part(headers, b"x")])).await.unwrap();
    assert_eq!(files[0].content_type, ContentType::bytes());
}

#[tokio::test]
async fn as_many_files_as_may_be_are_read_and_one_more_is_refused() {
    let most = form(vec![file_part("a", b"x"); MAX_UPLOAD_FILES]);
    assert_eq!(read_form(most).await.unwrap().len(), MAX_UPLOAD_FILES);
    let more = form(vec![file_part("a", b"x"); MAX_UPLOAD_FILES + 1]);
    assert_eq!(code(read_form(more).await), "INVALID_REQUEST_BODY");
    let field = part("Content-Disposition: form-data; name=\"note\"", b"x");
    let most = MAX_UPLOAD_PARTS - 1;
    let parts = [vec![file_part("a", b"x")], vec![field.clone(); most]].concat();
    assert_eq!(read_form(form(parts)).await.unwrap().len(), 1);
    let parts = [vec![file_part("a", b"x")], vec![field.clone(); most + 1]].concat();
    assert_eq!(code(read_form(form(parts)).await), "INVALID_REQUEST_BODY");
    let (code, detail) = read_form(form(vec![field; 10_000])).await.unwrap_err();
    assert_eq!(code, "INVALID_REQUEST_BODY");
    assert!(detail.contains("at most 10 files"), "{detail}");
}

#[tokio::test]
async fn four_megabytes_pass_and_a_byte_more_is_told_another_way() {
    let most = vec![b'x'; MAX_UPLOAD_BYTES];
    let files = read_form(form([file_part("a", &most)])).await.unwrap();
    assert_eq!(files[0].bytes.len(), MAX_UPLOAD_BYTES);
    for body in [
        form([file_part("a", &most), file_part("b", b"x")]),
        form([file_part("a", &most), file_part("b", &most)]),
    ] {
        let (code, detail) = read_form(body).await.unwrap_err();
        assert_eq!(code, "BODY_TOO_LARGE");
        assert!(detail.contains("POST /v1/files"), "{detail}");
    }
}

#[tokio::test]
async fn a_megabyte_of_headers_is_refused() {
    let line = |bytes: usize| format!("X-Padding: {}", "x".repeat(bytes));
    let disposition = "Content-Disposition: form-data; name=\"files\"; filename=\"a\"";
    let padded = |bytes| form([part(&format!("{disposition}\r\n{}", line(bytes)), b"x")]);
    assert_eq!(read_form(padded(60_000)).await.unwrap().len(), 1);
    assert_eq!(
        code(read_form(padded(1_000_000)).await),
        "INVALID_REQUEST_BODY"
    );
    let lines = vec![line(100); 10_000].join("\r\n");
    let many = form([part(&format!("{disposition}\r\n{lines}"), b"x")]);
    assert_eq!(code(read_form(many).await), "INVALID_REQUEST_BODY");
}

#[tokio::test]
async fn what_is_cut_short_or_not_a_form_is_refused() {
    let whole = form([file_part("a", b"hello")]);
    for cut in [
        4,
        10,
        BOUNDARY.len() + 4,
        BOUNDARY.len() + 12,
        whole.len() - 4,
    ] {
        let body = whole[..whole.len() - cut].to_vec();
        assert_eq!(code(read_form(body).await), "INVALID_REQUEST_BODY", "{cut}");
    }
    for body in [
        &b""[..],
        b"hello",
        b"{\"files\": []}",
        b"--X-BOUNDARY--\r\n",
        b"--X-BOUNDARY",
    ] {
        let text = String::from_utf8_lossy(body);
        assert_eq!(
            code(read_form(body).await),
            "INVALID_REQUEST_BODY",
            "{text}"
        );
    }
    for kind in [
        "",
        "application/json",
        "multipart/form-data",
        "multipart/mixed; boundary=X-BOUNDARY",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=other",
    ] {
        let read = read_as(kind, whole.clone()).await;
        assert_eq!(code(read), "INVALID_REQUEST_BODY", "{kind}");
    }
}

#[tokio::test]
async fn a_part_without_an_end_is_refused_however_near_it_comes_to_one() {
    let near = format!("\r\n--{}", &BOUNDARY[..BOUNDARY.len() - 1]);
    for filling in ["x", "\r\n", "--", &near] {
        let mut body = file_part("a", b"");
        body.extend(filling.repeat(MAX_UPLOAD_BYTES / filling.len()).bytes());
        assert_eq!(
            code(read_form(body).await),
            "INVALID_REQUEST_BODY",
            "{filling:?}"
        );
    }
}

#[tokio::test]
async fn a_text_in_the_place_of_a_file_and_a_name_that_is_none_are_refused() {
    let text = part("Content-Disposition: form-data; name=\"files\"", b"of_1");
    assert_eq!(code(read_form(form([text])).await), "INVALID_REQUEST_BODY");
    let other = part(
        "Content-Disposition: form-data; name=\"file\"; filename=\"a\"",
        b"x",
    );
    assert_eq!(code(read_form(form([other])).await), "INVALID_REQUEST_BODY");
    for name in [
        "",
        "..",
        "/",
        "a/..",
        "a\u{7}b",
        "a\u{202e}b",
        &"x".repeat(256),
    ] {
        let body = form([file_part(name, b"x")]);
        assert_eq!(
            code(read_form(body).await),
            "INVALID_REQUEST_BODY",
            "{name:?}"
        );
    }
}

#[tokio::test]
async fn the_length_that_a_part_claims_means_nothing() {
    let headers = "Content-Disposition: form-data; name=\"files\"; filename=\"a\"\r\nContent-Length: 999999999999";
    let files = read_form(form([part(headers, b"hello")])).await.unwrap();
    assert_eq!(&*files[0].bytes, b"hello");
}
