//! The body of a request: bytes, and streams between them whose lengths are known. It is never in memory whole, and is sent
//! with a `Content-Length`. It does not know where streams come from.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

/// What a request sends.
#[derive(Default)]
pub struct Body {
    segments: VecDeque<Segment>,
    left: u64,
}

enum Segment {
    Bytes(Bytes),
    Stream {
        left: u64,
        chunks: BoxStream<'static, io::Result<Bytes>>,
    },
}

impl Body {
    /// Adds bytes at the end.
    pub fn push(&mut self, bytes: impl Into<Bytes>) {
        let bytes = bytes.into();
        self.left += bytes.len() as u64;
        self.segments.push_back(Segment::Bytes(bytes));
    }

    /// Adds a stream at the end, which has to give exactly `length` bytes: otherwise the request breaks off.
    pub fn push_stream(&mut self, length: u64, chunks: BoxStream<'static, io::Result<Bytes>>) {
        self.left += length;
        let left = length;
        self.segments.push_back(Segment::Stream { left, chunks });
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        let mut body = Self::default();
        if !bytes.is_empty() {
            body.push(bytes);
        }
        body
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let body = self.get_mut();
        loop {
            let bytes = match body.segments.front_mut() {
                None => return Poll::Ready(None),
                Some(Segment::Bytes(bytes)) => {
                    let bytes = std::mem::take(bytes);
                    body.segments.pop_front();
                    bytes
                }
                Some(Segment::Stream { left, chunks }) => match chunks.poll_next_unpin(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Some(Ok(bytes))) if bytes.len() as u64 <= *left => {
                        *left -= bytes.len() as u64;
                        bytes
                    }
                    Poll::Ready(None) if *left == 0 => {
                        body.segments.pop_front();
                        continue;
                    }
                    Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                    Poll::Ready(Some(Ok(_)) | None) => {
                        let error = io::Error::other("a stream has another length than it said");
                        return Poll::Ready(Some(Err(error)));
                    }
                },
            };
            if !bytes.is_empty() {
                body.left -= bytes.len() as u64;
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream;
    use http_body_util::BodyExt as _;

    fn chunks(parts: &[&'static str]) -> BoxStream<'static, io::Result<Bytes>> {
        let parts: Vec<_> = parts
            .iter()
            .map(|part| Ok(Bytes::from_static(part.as_bytes())))
            .collect();
        stream::iter(parts).boxed()
    }

    #[tokio::test]
    async fn bytes_and_streams_follow_each_other_and_their_length_is_known() {
        let mut body = Body::from(b"a".to_vec());
        body.push_stream(5, chunks(&["he", "", "llo"]));
        body.push("z");
        body.push_stream(0, chunks(&[]));
        assert_eq!(body.size_hint().exact(), Some(7));
        assert_eq!(&*body.collect().await.unwrap().to_bytes(), b"ahelloz");
        let empty = Body::from(Vec::new());
        assert!(empty.is_end_stream());
        assert_eq!(&*empty.collect().await.unwrap().to_bytes(), b"");
    }

    #[tokio::test]
    async fn a_stream_that_breaks_or_has_another_length_breaks_the_body() {
        let broken = stream::iter([Err(io::ErrorKind::ConnectionReset.into())]).boxed();
        for (length, chunks) in [
            (5, chunks(&["hell"])),
            (5, chunks(&["hello", "!"])),
            (5, chunks(&["hello!"])),
            (5, broken),
        ] {
            let mut body = Body::default();
            body.push_stream(length, chunks);
            assert!(body.collect().await.is_err());
        }
    }
}
