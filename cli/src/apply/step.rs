//! Changes, in the order in which they are made. Does not know why they are made, nor how.

use serde_json::{Map, Value, json};

/// What is done with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Create,
    Change,
    Delete,
}

/// One change.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) action: Action,
    pub(crate) work: Work,
    /// Of the resource, for people.
    pub(crate) name: String,
    pub(crate) what: String,
}

/// What to ask of the API.
#[derive(Debug)]
pub(crate) enum Work {
    PutEventType {
        name: String,
        body: Map<String, Value>,
    },
    DeleteEventType {
        name: String,
    },
    CreateWorkflow {
        slug: String,
        body: Map<String, Value>,
    },
    ChangeWorkflow {
        id: String,
        body: Map<String, Value>,
    },
    DeleteWorkflow {
        id: String,
    },
    CreateTrigger {
        slug: String,
        body: Map<String, Value>,
    },
    ChangeTrigger {
        workflow: String,
        id: String,
        body: Map<String, Value>,
    },
    DeleteTrigger {
        workflow: String,
        id: String,
    },
    CreateSubscription {
        body: Map<String, Value>,
        workflows: Option<Vec<String>>,
    },
    ChangeSubscription {
        id: String,
        body: Map<String, Value>,
        workflows: Option<Vec<String>>,
    },
    DeleteSubscription {
        id: String,
    },
}

/// All changes in order, and how many resources are as their files say.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    pub(crate) same: usize,
}

impl Action {
    /// For people and programs.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Change => "change",
            Self::Delete => "delete",
        }
    }
}

impl Step {
    /// A row of the table.
    pub(crate) fn row(&self) -> Value {
        json!({ "change": self.action.as_str(), "kind": self.work.kind(), "name": self.name, "what": self.what })
    }
}

impl Work {
    fn kind(&self) -> &'static str {
        match self {
            Self::PutEventType { .. } | Self::DeleteEventType { .. } => "eventType",
            Self::CreateWorkflow { .. }
            | Self::ChangeWorkflow { .. }
            | Self::DeleteWorkflow { .. } => "workflow",
            Self::CreateTrigger { .. }
            | Self::ChangeTrigger { .. }
            | Self::DeleteTrigger { .. } => "trigger",
            Self::CreateSubscription { .. }
            | Self::ChangeSubscription { .. }
            | Self::DeleteSubscription { .. } => "subscription",
        }
    }
}

impl Plan {
    /// How many changes are of a kind.
    pub(crate) fn count(&self, action: Action) -> usize {
        self.steps
            .iter()
            .filter(|step| step.action == action)
            .count()
    }

    /// Whether triggers are made whose secrets nobody has seen.
    pub(crate) fn makes_secrets(&self) -> bool {
        self.steps.iter().any(|step| match &step.work {
            Work::CreateTrigger { body, .. } => {
                body.get("authentication").is_some_and(Value::is_object)
            }
            _ => false,
        })
    }

    /// Adds a change.
    pub(super) fn add(&mut self, action: Action, name: &str, what: impl Into<String>, work: Work) {
        self.steps.push(Step {
            action,
            work,
            name: name.to_owned(),
            what: what.into(),
        });
    }
}
