//! One row of the table: a method and a path, who may use it, what it takes, and every answer that it gives.

use domain::Scope;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

use super::parameters::{self, Parameter};
use crate::page::Page;
use crate::status::Code;

/// Makes the schema of a type.
pub(super) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// Which API an operation belongs to: each has refusals of its own shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Native,
    Refly,
    Refold,
    CopyAi,
}

/// What a request's body is.
pub(super) struct RequestBody {
    pub(super) schema: SchemaOf,
    /// Fields without which the request is refused, beyond those of the schema.
    pub(super) required: &'static [&'static str],
    pub(super) is_required: bool,
    pub(super) content_type: &'static str,
    pub(super) example: Value,
}

/// An answer to a request that is served.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) description: &'static str,
    pub(super) content_type: &'static str,
    /// `None` where the answer has no body.
    pub(super) schema: Option<SchemaOf>,
    pub(super) has_location: bool,
}

/// A method and a path.
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) function: &'static str,
    /// `None` where every key will do, or none is needed.
    pub(super) scope: Option<Scope>,
    pub(super) is_public: bool,
    pub(super) shape: Shape,
    pub(super) id: &'static str,
    pub(super) tag: &'static str,
    pub(super) summary: &'static str,
    pub(super) description: Option<&'static str>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<RequestBody>,
    pub(super) answers: Vec<Answer>,
    pub(super) codes: Vec<Code>,
}

const JSON: &str = "application/json";

impl Operation {
    /// An operation of `register`; `read` is the scope of reading, and `admin` of the rest.
    pub(super) fn new(
        method: &'static str,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
    ) -> Self {
        let scope = match method {
            "GET" => Scope::Read,
            _ => Scope::Admin,
        };
        let mut codes = vec![
            Code::Unauthorized,
            Code::ForbiddenScope,
            Code::Internal,
            Code::Unavailable,
        ];
        if path.contains('{') {
            codes.push(Code::NotFound);
        }
        Self {
            method,
            path,
            function: "register",
            scope: Some(scope),
            is_public: false,
            shape: Shape::Native,
            id,
            tag: "",
            summary,
            description: None,
            parameters: Vec::new(),
            body: None,
            answers: Vec::new(),
            codes,
        }
    }

    pub(super) fn of_files(self) -> Self {
        Self {
            function: "files",
            ..self
        }
    }

    pub(super) fn of_history(self) -> Self {
        Self {
            function: "history",
            ..self
        }
    }

    /// For every key, whatever its scopes.
    pub(super) fn any_key(mut self) -> Self {
        self.scope = None;
        self.codes.retain(|code| *code != Code::ForbiddenScope);
        self
    }

    pub(super) fn scope(self, scope: Scope) -> Self {
        Self {
            scope: Some(scope),
            ..self
        }
    }

    /// Without a key, and without a call to AWS.
    pub(super) fn public(self) -> Self {
        Self {
            scope: None,
            is_public: true,
            codes: Vec::new(),
            ..self
        }
    }

    pub(super) fn shape(self, shape: Shape) -> Self {
        Self { shape, ..self }
    }

    pub(super) fn tag(self, tag: &'static str) -> Self {
        Self { tag, ..self }
    }

    pub(super) fn says(self, description: &'static str) -> Self {
        Self {
            description: Some(description),
            ..self
        }
    }

    /// Further reasons to refuse it.
    pub(super) fn refuses(mut self, codes: &[Code]) -> Self {
        self.codes.extend(codes);
        self
    }

    /// Parameters of the query; a wrong one, or one that is not listed, is refused.
    pub(super) fn query(mut self, parameters: impl IntoIterator<Item = Parameter>) -> Self {
        self.parameters.extend(parameters);
        self.refuses(&[Code::InvalidParameter])
    }

    /// A body that can be left out.
    pub(super) fn may_take<T: JsonSchema>(mut self, example: Value) -> Self {
        self.body = Some(RequestBody {
            schema: |generator| generator.subschema_for::<T>(),
            required: &[],
            is_required: false,
            content_type: JSON,
            example,
        });
        match self.shape {
            Shape::Native => self.refuses(&[
                Code::InvalidRequestBody,
                Code::InvalidField,
                Code::UnknownField,
                Code::BodyTooLarge,
            ]),
            Shape::Refly => self.refuses(&[Code::InvalidRequestBody, Code::BodyTooLarge]),
            Shape::Refold => self.refuses(&[
                Code::InvalidRequestBody,
                Code::InvalidField,
                Code::BodyTooLarge,
            ]),
            Shape::CopyAi => self.refuses(&[
                Code::InvalidRequestBody,
                Code::ValidationError,
                Code::BodyTooLarge,
            ]),
        }
    }

    /// A body without which the request is refused.
    pub(super) fn takes<T: JsonSchema>(
        self,
        required: &'static [&'static str],
        example: Value,
    ) -> Self {
        let mut operation = self.may_take::<T>(example);
        if let Some(body) = &mut operation.body {
            (body.required, body.is_required) = (required, true);
        }
        operation
    }

    /// A form without which the request is refused.
    pub(super) fn takes_form<T: JsonSchema>(
        self,
        required: &'static [&'static str],
        example: Value,
    ) -> Self {
        let mut operation = self.takes::<T>(required, example);
        if let Some(body) = &mut operation.body {
            body.content_type = "multipart/form-data";
        }
        operation
    }

    /// Honours `Idempotency-Key`.
    pub(super) fn idempotent(mut self) -> Self {
        self.parameters.push(parameters::idempotency_key());
        self.refuses(&[Code::InvalidIdempotencyKey, Code::IdempotencyKeyReused])
    }

    /// Honours `Idempotency-Key`, and begins something that could call back.
    pub(super) fn counts_hops(self) -> Self {
        self.refuses(&[Code::LoopDetected])
    }

    fn answers<T: JsonSchema>(mut self, status: u16, description: &'static str) -> Self {
        self.answers.push(Answer {
            status,
            description,
            content_type: JSON,
            schema: Some(|generator| generator.subschema_for::<T>()),
            has_location: matches!(status, 201 | 202),
        });
        self
    }

    /// 200 with a document.
    pub(super) fn shows<T: JsonSchema>(self, description: &'static str) -> Self {
        self.answers::<T>(200, description)
    }

    /// 200 with one page of a list.
    pub(super) fn lists<T: JsonSchema>(mut self) -> Self {
        self.parameters.extend(parameters::paging(100, 20));
        self.refuses(&[Code::InvalidParameter, Code::InvalidCursor])
            .shows::<Page<T>>("One page of the list.")
    }

    /// 201 with a new resource.
    pub(super) fn creates<T: JsonSchema>(self) -> Self {
        self.answers::<T>(201, "It was created, or had been under the same key.")
    }

    /// 202 with what will be done.
    pub(super) fn accepts<T: JsonSchema>(self) -> Self {
        self.answers::<T>(202, "It was recorded, and will be done.")
    }

    /// 204.
    pub(super) fn deletes(mut self) -> Self {
        self.answers.push(Answer {
            status: 204,
            description: "It is gone.",
            content_type: JSON,
            schema: None,
            has_location: false,
        });
        self
    }

    /// 200 with bytes instead of a document, where the request asks for them.
    pub(super) fn or_bytes(mut self) -> Self {
        self.answers.push(Answer {
            status: 200,
            description: "The body alone, byte for byte.",
            content_type: "application/octet-stream",
            schema: None,
            has_location: false,
        });
        self
    }
}
