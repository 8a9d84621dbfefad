//! What KMS answers when it refuses, by the names of its API reference. Does not know HTTP.

/// A refusal.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) kind: FaultKind,
    /// A sentence for the sender of the request.
    pub(super) message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FaultKind {
    IncorrectKey,
    Internal,
    InvalidCiphertext,
    InvalidKeyUsage,
    NotFound,
    Serialization,
    UnknownOperation,
    Validation,
}

impl Fault {
    pub(super) fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(FaultKind::Validation, message)
    }

    /// Damaged, of another key, or with another context: KMS answers these alike, without a detail.
    pub(super) fn unreadable() -> Self {
        Self::new(FaultKind::InvalidCiphertext, "")
    }
}

impl FaultKind {
    /// As `__type` carries it.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::IncorrectKey => "IncorrectKeyException",
            Self::Internal => "KMSInternalException",
            Self::InvalidCiphertext => "InvalidCiphertextException",
            Self::InvalidKeyUsage => "InvalidKeyUsageException",
            Self::NotFound => "NotFoundException",
            Self::Serialization => "SerializationException",
            Self::UnknownOperation => "UnknownOperationException",
            Self::Validation => "ValidationException",
        }
    }
}
