//! What a deployment permits, and how long and how large an exchange may get.
//!
//! Plain values. It does not know where they come from.

/// Whether something that is forbidden by default is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Requests may pass.
    Open,
    /// Requests are refused before anything is sent.
    Closed,
}

/// What a deployment permits to requests made for users.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Allows `127.0.0.0/8`, `::1` and the names under `localhost`, and no other special range. Plain `http` is allowed to
    /// them too, because it never leaves the machine.
    pub loopback: Access,
    /// Allows plain `http` to public addresses; otherwise only `https` reaches them.
    pub plain_http: Access,
    /// Time to resolve the name, connect and agree on TLS, in milliseconds.
    pub connect_ms: u64,
}

impl Default for Policy {
    /// Nothing is allowed, and connecting may take five seconds.
    fn default() -> Self {
        Self {
            loopback: Access::Closed,
            plain_http: Access::Closed,
            connect_ms: 5_000,
        }
    }
}

/// How long one exchange may take and how much it may bring back.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// From the call to the last byte of the answer, connecting included, in milliseconds.
    pub total_ms: u64,
    /// Largest body that is read, in bytes as they arrive: nothing is decompressed.
    pub response_bytes: usize,
    /// How a response is handled whose body does not end within the limits.
    pub excess: Excess,
}

/// How a response is handled whose body exceeds the size or time limit, or breaks off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess {
    /// The exchange is a [`crate::Failure`].
    Refuse,
    /// The response has the part that arrived. The rest is not read, and the connection is closed.
    Cut,
}

impl Default for Limits {
    /// Thirty seconds and 1 MB (1,048,576 bytes), and a larger body is a failure.
    fn default() -> Self {
        Self {
            total_ms: 30_000,
            response_bytes: 1024 * 1024,
            excess: Excess::Refuse,
        }
    }
}
