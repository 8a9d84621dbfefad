//! The built-in functions of the runtime (`aws.*`, `records.*`) and the names of their arguments. The worker implements
//! them.

use super::diagnostics::Diagnostics;
use super::fields::Fields;
use super::scope::Site;
use super::template::Template;
use serde_json::{Map, Value};

/// A built-in function, called with `call: <name>`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BuiltInFunction {
    pub(crate) name: &'static str,
    /// The kind of the step that history shows for a call of it.
    pub(crate) kind: &'static str,
    required: &'static [&'static str],
    optional: &'static [&'static str],
}

const BUILT_IN_FUNCTIONS: &[BuiltInFunction] = &[
    BuiltInFunction {
        name: "aws.lambda",
        kind: "call:aws.lambda",
        required: &["functionName"],
        optional: &["payload", "qualifier", "invocationType"],
    },
    BuiltInFunction {
        name: "aws.states",
        kind: "call:aws.states",
        required: &["stateMachineArn"],
        optional: &["input"],
    },
    BuiltInFunction {
        name: "aws.sqs",
        kind: "call:aws.sqs",
        required: &["queueUrl", "body"],
        optional: &[
            "delaySeconds",
            "messageGroupId",
            "messageDeduplicationId",
            "attributes",
        ],
    },
    BuiltInFunction {
        name: "aws.events",
        kind: "call:aws.events",
        required: &["entries"],
        optional: &[],
    },
    BuiltInFunction {
        name: "records.put",
        kind: "call:records.put",
        required: &["table", "key", "item"],
        optional: &["ifAbsent", "expectedVersion"],
    },
    BuiltInFunction {
        name: "records.get",
        kind: "call:records.get",
        required: &["table", "key"],
        optional: &[],
    },
    BuiltInFunction {
        name: "records.query",
        kind: "call:records.query",
        required: &["table"],
        optional: &["prefix", "limit", "cursor"],
    },
    BuiltInFunction {
        name: "records.delete",
        kind: "call:records.delete",
        required: &["table", "key"],
        optional: &["expectedVersion"],
    },
];

impl BuiltInFunction {
    /// The function of that name.
    pub(super) fn find(name: &str) -> Option<&'static Self> {
        BUILT_IN_FUNCTIONS
            .iter()
            .find(|function| function.name == name)
    }

    /// Checks the names of the arguments; the error is a sentence for the author.
    pub(crate) fn check(&self, arguments: &Map<String, Value>) -> Result<(), String> {
        if let Some(missing) = self
            .required
            .iter()
            .find(|name| !arguments.contains_key(**name))
        {
            return Err(format!("`{}` needs the argument `{missing}`", self.name));
        }
        let is_unknown = |name: &&String| {
            let mut known = self.required.iter().chain(self.optional);
            !known.any(|known| known == name)
        };
        match arguments.keys().find(is_unknown) {
            Some(unknown) => Err(format!("`{}` has no argument `{unknown}`", self.name)),
            None => Ok(()),
        }
    }
}

/// A call of a built-in function.
#[derive(Debug)]
pub(crate) struct BuiltInCall {
    pub(crate) function: &'static BuiltInFunction,
    /// Evaluates to an object.
    pub(crate) arguments: Template,
}

impl BuiltInCall {
    /// Reads the `with` of a task.
    pub(super) fn parse(
        function: &'static BuiltInFunction,
        task: &mut Fields<'_>,
        site: Site<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let pointer = task.at("with");
        let given = task.require("with", diagnostics)?;
        if let Value::Object(arguments) = given
            && let Err(reason) = function.check(arguments)
        {
            diagnostics.add(&pointer, reason);
        }
        let arguments = Template::parse(given, &pointer, site, diagnostics);
        if arguments
            .literal()
            .is_some_and(|literal| !literal.is_object())
        {
            diagnostics.add(&pointer, "must be an object of arguments");
        }
        Some(Self {
            function,
            arguments,
        })
    }
}
