//! How the requests to a trigger prove who sent them, besides the token in the URL. It does not know how either proof is
//! verified.

use crate::signature::{SchemeKind, SchemeName};
use crate::{AppAuthorization, SealedSecrets, WebhookRequest, without_app_credentials};

/// What a trigger asks of its requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// A signature of the request.
    Signature(SignatureAuthentication),
    /// An `AppKey` with a `Sign`.
    App(AppAuthorization),
}

/// A signature scheme with the keys of one trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureAuthentication {
    /// The scheme, with its settings.
    pub scheme: SchemeName,
    /// The trigger's keys, encrypted.
    pub secrets: SealedSecrets,
}

impl Authentication {
    /// Its name, as the record of a verified request keeps it.
    pub fn kind(&self) -> SchemeKind {
        match self {
            Self::Signature(signature) => signature.scheme.kind(),
            Self::App(_) => SchemeKind::APP,
        }
    }

    /// The scheme of its signature, if there is one.
    pub fn scheme(&self) -> Option<&SchemeName> {
        match self {
            Self::Signature(signature) => Some(&signature.scheme),
            Self::App(_) => None,
        }
    }

    /// The request without the credentials in its body, as it may be stored. A signature proves one request alone, and is
    /// kept as evidence.
    #[must_use]
    pub fn without_proof(&self, request: WebhookRequest) -> WebhookRequest {
        match self {
            Self::Signature(_) => request,
            Self::App(_) => without_app_credentials(request),
        }
    }
}
