//! Why a request was not sent, or has no response.
//!
//! Every message is a sentence for the workflow's owner. None contains a path, a query, a header's value or a resolved
//! address, because those can be secrets of the user or of the network that Sluice runs in.

use thiserror::Error;

/// Why a URL is not called.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refused {
    /// It is not a URL by the WHATWG URL standard, or cannot be sent.
    #[error("the URL cannot be parsed ({0}); write it as https://host/path")]
    Malformed(String),
    /// Longer than [`crate::URL_BYTES`].
    #[error("the URL is longer than {limit_bytes} bytes; send large values in the body")]
    TooLong {
        /// The longest URL that is accepted.
        limit_bytes: usize,
    },
    /// Neither `https` nor, where the deployment allows it, `http`.
    #[error("the scheme {0} is not supported; use https")]
    Scheme(String),
    /// Plain `http` where the deployment does not allow it.
    #[error("plain http is not allowed here; use https")]
    PlainHttp,
    /// A user name or password in front of the host.
    #[error("the URL contains credentials; send them in an Authorization header instead")]
    Credentials,
    /// No server can listen on port 0.
    #[error("port 0 cannot be called; name the port of the server or leave it out")]
    Port,
    /// A name that means this machine (RFC 6761 section 6.3).
    #[error("{host} means this machine itself; use a public host name")]
    LocalName {
        /// The parsed host.
        host: String,
    },
    /// The host is, or resolves to, an address that is not public.
    #[error("{host} leads to a {kind} address; only public addresses can be called")]
    Address {
        /// The parsed host.
        host: String,
        /// The kind of range, such as `private` or `link-local`.
        kind: &'static str,
    },
}

/// The phase of an exchange in which its time ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Looking up the name, connecting, or agreeing on TLS.
    Connect,
    /// Sending the request and waiting for the head of the response.
    Answer,
    /// Reading the body of the response.
    Body,
}

impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Connect => "it was reached",
            Self::Answer => "it answered",
            Self::Body => "its answer was complete",
        })
    }
}

/// Which part of the response was too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Status line and headers: more than [`crate::HEADER_BYTES`].
    Header,
    /// More than [`crate::Limits::response_bytes`].
    Body,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Header => "header",
            Self::Body => "body",
        })
    }
}

/// Why there is no response.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Failure {
    /// The URL, or an address that its host resolves to, is not called. Nothing was sent.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The method is not one that a workflow may send. Nothing was sent.
    #[error("the method {0} cannot be sent; use GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS")]
    Method(String),
    /// A header that cannot be sent, or that Sluice sets itself. Nothing was sent.
    #[error("the header {name} {reason}")]
    Header {
        /// Its name, never its value.
        name: String,
        /// The rest of the sentence.
        reason: &'static str,
    },
    /// The name has no address, or the lookup failed. Nothing was sent.
    #[error("{host} could not be resolved: {reason}")]
    Dns {
        /// The name that was looked up.
        host: String,
        /// The error of the lookup.
        reason: String,
    },
    /// Too many lookups are under way, so the name was not looked up; this is no failure of the name. Nothing was sent.
    #[error("{host} was not looked up, because too many lookups of other names are under way")]
    NoRoom {
        /// The name that was not looked up.
        host: String,
    },
    /// No connection to any of the host's addresses. Nothing was sent.
    #[error("{host} could not be connected to: {reason}")]
    Connect {
        /// The host that was tried.
        host: String,
        /// The operating system's error.
        reason: String,
    },
    /// The server's certificate is not trusted, or it does not speak TLS. Nothing was sent.
    #[error("{host} could not be trusted over TLS: {reason}")]
    Tls {
        /// The host that was tried.
        host: String,
        /// The TLS library's error.
        reason: String,
    },
    /// A time limit was reached. From [`Phase::Answer`] on, the server may have acted on the request.
    #[error("{host} took more than {limit_ms} ms before {phase}")]
    Timeout {
        /// The host that was called.
        host: String,
        /// Which limit, in milliseconds.
        limit_ms: u64,
        /// The phase that the exchange was in.
        phase: Phase,
    },
    /// The response was dropped because it was too large. The server has acted on the request.
    #[error("{host} answered with a {part} larger than {limit_bytes} bytes")]
    TooLarge {
        /// The host that was called.
        host: String,
        /// Header or body.
        part: Part,
        /// The limit that was exceeded.
        limit_bytes: usize,
    },
    /// The response was dropped because it had more headers than [`crate::RESPONSE_HEADER_COUNT`]. The server has acted on
    /// the request.
    #[error("{host} answered with more than {limit} headers")]
    TooManyHeaders {
        /// The host that was called.
        host: String,
        /// The limit that was exceeded.
        limit: usize,
    },
    /// The headers of the response were not read to their end, because they are far beyond a limit. The server has acted on
    /// the request.
    #[error(
        "{host} answered with headers far beyond the limit of {limit_bytes} bytes or of {limit} headers"
    )]
    EndlessHeaders {
        /// The host that was called.
        host: String,
        /// The most bytes of headers.
        limit_bytes: usize,
        /// The most headers.
        limit: usize,
    },
    /// The connection ended before the response did. The server may have acted on the request.
    #[error("{host} closed the connection before its answer was complete")]
    Interrupted {
        /// The host that was called.
        host: String,
    },
    /// The response is not HTTP/1.1. The server may have acted on the request.
    #[error("{host} answered with something that is not HTTP/1.1: {reason}")]
    NotHttp {
        /// The host that was called.
        host: String,
        /// The HTTP library's error.
        reason: String,
    },
}
