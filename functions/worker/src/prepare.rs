//! What the engine needs before it can run an execution: the workflow's definition, its secrets, the files of its event, and
//! the run with the event that it continues from. It writes nothing but that files are used.

use std::sync::Arc;

use domain::{Execution, WebhookRequest};
use engine::{Definition, Event, Run, RunContext, Secrets};
use store::{Checkpoint, StoreError};

use crate::App;
use crate::definitions::DefinitionError;
use crate::files::EventFiles;

/// Why an execution cannot be run now.
pub(crate) enum PrepareError {
    /// It never can be: it ends as failed, for this reason.
    Unusable(String),
    /// A table or KMS does not answer, or holds a damaged record.
    Store(StoreError),
}

impl From<DefinitionError> for PrepareError {
    fn from(error: DefinitionError) -> Self {
        match error {
            DefinitionError::Unusable(reason) => {
                Self::Unusable(format!("the definition cannot be used: {reason}"))
            }
            DefinitionError::Store(error) => Self::Store(error),
        }
    }
}

/// What an execution needs from elsewhere.
pub(crate) struct Prepared {
    /// The definition of its workflow version.
    pub(crate) definition: Arc<Definition>,
    /// The secrets that the definition declares.
    pub(crate) secrets: Secrets,
    /// The files that its event names.
    pub(crate) files: EventFiles,
}

/// Finds all of it, the files last: an execution that cannot run uses none.
pub(crate) async fn prepare(
    app: &App,
    execution: &Execution,
    request: &WebhookRequest,
    is_first_claim: bool,
) -> Result<Prepared, PrepareError> {
    let (aws, tenant) = (&app.aws, execution.tenant);
    let version = (execution.workflow_id, execution.workflow_version);
    let definition = app
        .definitions
        .find(&aws.workflows, version, aws.now())
        .await?;
    let names = definition.secrets();
    let resolved = app.secret_resolver.resolve(aws, tenant, names, aws.now());
    let secrets = resolved.await.map_err(PrepareError::Store)?;
    Ok(Prepared {
        definition,
        secrets,
        files: EventFiles::resolve(app, execution, request, is_first_claim).await?,
    })
}

/// The run to continue, and the event to continue it with. A checkpoint of a newer version of this program cannot be
/// continued now.
pub(crate) fn begin(
    execution: &Execution,
    request: &WebhookRequest,
    checkpoint: Checkpoint,
    files: &EventFiles,
) -> Result<(Run, Event), PrepareError> {
    if let Some(state) = checkpoint.engine {
        if let Some(version) = Run::newer_version(&state) {
            return Err(PrepareError::Store(newer(version)));
        }
        let run = serde_json::from_value(state).map_err(|error| {
            PrepareError::Unusable(format!("the checkpoint cannot be read: {error}"))
        })?;
        // Pending actions may have ended by now; the claim has removed the mark that a wake left.
        return Ok((run, Event::Awoken));
    }
    let input = domain::event(request);
    let mut input = input.map_err(|error| PrepareError::Unusable(error.to_string()))?;
    files.put_into(&mut input);
    let started_at = execution.started_at.unwrap_or(execution.created_at);
    let context = RunContext {
        execution_id: execution.id.to_string(),
        workflow_id: execution.workflow_id.to_string(),
        workflow_version: execution.workflow_version,
        started_at_ms: started_at.as_millis(),
    };
    Ok((Run::start(context, input), Event::Start))
}

fn newer(version: u64) -> StoreError {
    StoreError::Unavailable {
        operation: "read a checkpoint",
        cause: format!("it is of version {version}, which is newer than this program"),
    }
}
