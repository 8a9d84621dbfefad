//! The files that an execution's event names: kept for as long as the execution, shown to its workflow, and sent by its calls.

mod body;
mod urls;

use domain::limits::MAX_EVENT_FILES;
use domain::{Execution, FileKey, NamedFiles, StoredFile, Timestamp, WebhookRequest, named_files};
use futures::future::try_join_all;
use serde_json::{Value, json};
use store::{FileUse, StoreError};

use crate::App;
use crate::prepare::PrepareError;

pub(crate) use body::body;
pub(crate) use urls::{reference, sign_references};

/// The files that one call sends, and those whose URLs it carries. Each is looked up.
const MAX_CALL_FILES: usize = 20;

/// The files of one execution.
#[derive(Default)]
pub(crate) struct EventFiles {
    named: NamedFiles,
    files: Vec<StoredFile>,
}

impl EventFiles {
    /// Uses the files that the event names. At the first claim each has to be there, or the execution fails; later, what its
    /// owner deleted meanwhile is missed only by the steps that need it.
    pub(crate) async fn resolve(
        app: &App,
        execution: &Execution,
        request: &WebhookRequest,
        is_first_claim: bool,
    ) -> Result<Self, PrepareError> {
        let named = named_files(request);
        let keys = named.keys();
        if keys.len() > MAX_EVENT_FILES {
            let reason = format!(
                "the variables name {} files; at most {MAX_EVENT_FILES} are allowed",
                keys.len()
            );
            return Err(PrepareError::Unusable(reason));
        }
        let until = kept_until(app, app.aws.now());
        let uses = keys
            .iter()
            .map(|(_, key)| keep(app, execution, *key, until));
        let uses = try_join_all(uses).await.map_err(PrepareError::Store)?;
        let mut files = Vec::new();
        for ((variable, key), used) in keys.into_iter().zip(uses) {
            let problem = match used {
                FileUse::Kept(file) => {
                    files.push(file);
                    continue;
                }
                FileUse::Unknown => "which is unknown or has expired",
                FileUse::NotUploaded => "which was announced and not uploaded",
            };
            if is_first_claim {
                let reason = format!("the variable `{variable}` names the file {key}, {problem}");
                return Err(PrepareError::Unusable(reason));
            }
            tracing::warn!(file = %key, "a file that the execution used is gone");
        }
        Ok(Self { named, files })
    }

    /// Puts what the workflow sees of a file in the place of its key.
    pub(crate) fn put_into(&self, event: &mut Value) {
        self.named.replace(event, |key| {
            let found = self.files.iter().find(|file| file.key == key);
            found.map_or(Value::Null, view)
        });
    }

    /// Keeps the files beyond a wait that ends at that time.
    pub(crate) async fn outlast(
        &self,
        app: &App,
        execution: &Execution,
        resume_at: Timestamp,
    ) -> Result<(), StoreError> {
        let until = kept_until(app, resume_at);
        let keys = self.files.iter().map(|file| file.key);
        try_join_all(keys.map(|key| keep(app, execution, key, until))).await?;
        Ok(())
    }
}

async fn keep(
    app: &App,
    execution: &Execution,
    key: FileKey,
    until: Timestamp,
) -> Result<FileUse, StoreError> {
    let (files, tenant) = (&app.aws.files, execution.tenant);
    let now = app.aws.now();
    files.keep(&app.file_objects, tenant, key, until, now).await
}

/// An execution that ends by that time is kept no longer than this: its owner ends it, or lets go of it, within minutes.
fn kept_until(app: &App, ends_by: Timestamp) -> Timestamp {
    ends_by.plus_days(app.aws.settings.retention_days + 1)
}

fn view(file: &StoredFile) -> Value {
    json!({
        "fileKey": file.key,
        "name": file.name.as_str(),
        "size": file.bytes,
        "contentType": file.content_type.as_str(),
        "url": reference(file.key),
    })
}
