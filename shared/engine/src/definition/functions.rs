//! The functions that the runtime offers by name, and the names of their arguments. What they do, others know.

use super::fields::{Fields, Findings};
use super::template::{Place, Scope, Templated};
use serde_json::{Map, Value};

/// A function that is called with `call: <name>`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    /// How history names a call of it.
    pub(crate) kind: &'static str,
    required: &'static [&'static str],
    optional: &'static [&'static str],
}

const FUNCTIONS: &[Function] = &[
    Function {
        name: "aws.lambda",
        kind: "call:aws.lambda",
        required: &["functionName"],
        optional: &["payload", "qualifier", "invocationType"],
    },
    Function {
        name: "aws.states",
        kind: "call:aws.states",
        required: &["stateMachineArn"],
        optional: &["input"],
    },
    Function {
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
    Function {
        name: "aws.events",
        kind: "call:aws.events",
        required: &["entries"],
        optional: &[],
    },
    Function {
        name: "records.put",
        kind: "call:records.put",
        required: &["table", "key", "item"],
        optional: &["ifAbsent", "expectedVersion"],
    },
    Function {
        name: "records.get",
        kind: "call:records.get",
        required: &["table", "key"],
        optional: &[],
    },
    Function {
        name: "records.query",
        kind: "call:records.query",
        required: &["table"],
        optional: &["prefix", "limit", "cursor"],
    },
    Function {
        name: "records.delete",
        kind: "call:records.delete",
        required: &["table", "key"],
        optional: &["expectedVersion"],
    },
];

impl Function {
    /// The function of that name.
    pub(super) fn find(name: &str) -> Option<&'static Self> {
        FUNCTIONS.iter().find(|function| function.name == name)
    }

    /// A sentence, when these are not the arguments that it takes.
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

/// A task that calls such a function.
#[derive(Debug)]
pub(crate) struct OfferedCall {
    pub(crate) function: &'static Function,
    /// An object once it is evaluated.
    pub(crate) arguments: Templated,
}

impl OfferedCall {
    /// Reads the `with` of a task.
    pub(super) fn parse(
        function: &'static Function,
        task: &mut Fields<'_>,
        at: (&Scope, Place),
        findings: &mut Findings,
    ) -> Option<Self> {
        let pointer = task.at("with");
        let given = task.require("with", findings)?;
        if let Value::Object(arguments) = given
            && let Err(reason) = function.check(arguments)
        {
            findings.add(&pointer, reason);
        }
        let arguments = Templated::parse(given, &pointer, &at.0.names(at.1), findings);
        if arguments
            .literal()
            .is_some_and(|literal| !literal.is_object())
        {
            findings.add(&pointer, "must be an object of arguments");
        }
        Some(Self {
            function,
            arguments,
        })
    }
}
