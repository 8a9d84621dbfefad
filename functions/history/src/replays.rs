//! `POST /v1/replays`: replays every execution that matches a filter, the newest first, page by page.

use std::collections::HashMap;

use api::resources::execution::Version;
use api::resources::replays::{self, ReplayAll, ReplaySummary};
use api::{Problem, answer, hops, idempotency};
use domain::{Cursor, Execution, ExecutionId, Workflow, WorkflowId};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use http_function::Failure;
use lambda_http::{Body, Response};
use store::{AcceptOutcome, InitialStatus, NewExecution, StoreError, TokenOutcome};

use crate::RequestContext;
use crate::execution_list::{cursor_of, find_executions, workflows};
use crate::replay::{child, record, take_token, version};

/// Executions that are replayed at once.
const CONCURRENT_REPLAYS: usize = 8;
/// Executions that are read at a time.
const PAGE_ITEMS: usize = 100;
/// When a request may go on whose debit met other debits at each attempt.
const CONTENDED_RETRY_MS: i64 = 1_000;
/// A request that has taken this long replays no further ones, so that it ends before API Gateway's time-out of 30 s.
const BUDGET_MS: i64 = 10_000;

/// One request on its way through the list.
struct Replays<'a> {
    context: &'a RequestContext<'a>,
    request: ReplayAll,
    /// How many workflows called each other to get here.
    hops: u8,
    /// What the ids of its executions are derived from, beside the execution that each replays.
    scope: String,
    /// The workflows that it came across; `None` for a deleted one.
    workflows: HashMap<WorkflowId, Option<Workflow>>,
    summary: ReplaySummary,
    /// The position of the last execution that needs no further request.
    after: Option<Cursor<ExecutionId>>,
}

/// What became of one execution.
enum ReplayOutcome {
    Replayed,
    Repeated,
    Skipped,
    BucketEmpty { retry_after_ms: i64 },
    NoCredits,
}

/// Replays page by page, up to the limit, until a bucket is empty or until the time is up; the cursor of the answer leads
/// to the rest. Without credit it is refused; what was replayed before stays. The ids of the replays are derived, so a repeated request replays nothing twice.
pub(crate) async fn replay_all(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let hops = hops::checked_hops(context.inbound)?;
    let request = replays::replay_all(context.inbound)?;
    let tenant = context.caller.tenant;
    let scope = match idempotency::key(context.inbound)? {
        Some(key) => key.scoped(tenant, "replays"),
        None => format!("{tenant}|replays"),
    };
    let mut replays = Replays {
        context,
        hops,
        scope,
        workflows: HashMap::new(),
        summary: ReplaySummary::default(),
        after: request.filter.paging.after,
        request,
    };
    replays.run().await?;
    let view = replays::view(&replays.summary, replays.request.dry_run, replays.after);
    Ok(answer::ok(&view))
}

impl Replays<'_> {
    /// Afterwards, `after` is where the next request goes on; `None` at the end of the list.
    async fn run(&mut self) -> Result<(), Failure> {
        let limit = self.request.filter.paging.limit;
        let of_filter = workflows(self.context, self.request.filter.workflow).await?;
        loop {
            let paging = &mut self.request.filter.paging;
            (paging.after, paging.limit) = (self.after, PAGE_ITEMS);
            let page = find_executions(self.context, &self.request.filter, &of_filter).await?;
            let mut matching = page.executions;
            matching.retain(|execution| self.is_original(execution));
            let count = matching.len().min(limit - self.summary.matched);
            let (taken, rest) = matching.split_at(count);
            if !self.replay_page(taken).await? {
                return Ok(());
            }
            if rest.is_empty() {
                self.after = page.next;
            }
            if self.after.is_none() || self.summary.matched >= limit || self.is_late() {
                return Ok(());
            }
        }
    }

    /// Not what another execution runs, which runs again with that one, nor what this request or its repeat made.
    fn is_original(&self, execution: &Execution) -> bool {
        let is_made_here = |parent: ExecutionId| {
            let versions = [Version::Current, Version::Original];
            versions
                .map(|version| self.id(parent, version))
                .contains(&execution.id)
        };
        execution.runner().is_none() && !execution.parent_id.is_some_and(is_made_here)
    }

    fn id(&self, parent: ExecutionId, version: Version) -> ExecutionId {
        ExecutionId::derived(&["replay", &self.scope, version.as_str(), &parent.to_string()])
    }

    fn is_late(&self) -> bool {
        let context = self.context;
        context.aws.now().millis_since(context.now) >= BUDGET_MS
    }

    /// Replays executions in their order, or only counts them. `false` where it stopped before the last one.
    async fn replay_page(&mut self, executions: &[Execution]) -> Result<bool, Failure> {
        if self.request.dry_run {
            self.summary.matched += executions.len();
            self.after = executions.last().map(cursor_of).or(self.after);
            return Ok(true);
        }
        for some in executions.chunks(CONCURRENT_REPLAYS) {
            if self.is_late() {
                return Ok(false);
            }
            self.load_workflows(some).await?;
            let replaying: Vec<_> = some.iter().map(|each| self.replay_one(each)).collect();
            let outcomes: Vec<ReplayOutcome> = stream::iter(replaying)
                .buffered(CONCURRENT_REPLAYS)
                .try_collect()
                .await?;
            for (execution, outcome) in some.iter().zip(outcomes) {
                if matches!(outcome, ReplayOutcome::NoCredits) {
                    return Err(Problem::no_credits().into());
                }
                if !self.count(execution, &outcome) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Counts an outcome; `false` where a bucket is empty. Then the next request begins with this execution. Later ones
    /// that were replayed beside it are found to be replayed.
    fn count(&mut self, execution: &Execution, outcome: &ReplayOutcome) -> bool {
        let summary = &mut self.summary;
        match outcome {
            ReplayOutcome::Replayed => summary.replayed += 1,
            ReplayOutcome::Repeated => summary.repeated += 1,
            ReplayOutcome::Skipped => summary.skipped += 1,
            ReplayOutcome::NoCredits => return false,
            ReplayOutcome::BucketEmpty { retry_after_ms } => {
                summary.retry_after_ms = Some(*retry_after_ms);
                self.after = self.after.or_else(|| Some(just_before(execution)));
                return false;
            }
        }
        summary.matched += 1;
        self.after = Some(cursor_of(execution));
        true
    }

    async fn load_workflows(&mut self, executions: &[Execution]) -> Result<(), StoreError> {
        for execution in executions {
            let id = execution.workflow_id;
            if !self.workflows.contains_key(&id) {
                let tenant = self.context.caller.tenant;
                let found = self.context.aws.workflows.find(tenant, id).await?;
                self.workflows.insert(id, found);
            }
        }
        Ok(())
    }

    /// Reads before it takes a token, so that a repeat writes nothing.
    async fn replay_one(&self, parent: &Execution) -> Result<ReplayOutcome, StoreError> {
        let context = self.context;
        let workflow = self.workflows.get(&parent.workflow_id);
        let Some(workflow) = workflow.and_then(Option::as_ref).filter(|it| it.active) else {
            return Ok(ReplayOutcome::Skipped);
        };
        let id = self.id(parent.id, self.request.version);
        let executions = &context.aws.executions;
        let (earlier, request) = futures::try_join!(
            executions.find(parent.tenant, id, context.now),
            executions.request(parent.tenant, parent.id, context.now),
        )?;
        let Some(request) = request else {
            return Ok(ReplayOutcome::Skipped);
        };
        if earlier.is_some() {
            return Ok(ReplayOutcome::Repeated);
        }
        let request = request.after_hops(self.hops);
        let new = NewExecution {
            workflow_version: version(self.request.version, parent, workflow),
            credits: context
                .aws
                .orgs
                .credit_account(workflow, context.now)
                .await?,
            ..child(context, Some(id), parent, &request, InitialStatus::Queued)
        };
        let receipt = match take_token(context, workflow).await? {
            TokenOutcome::Taken(receipt) => receipt,
            TokenOutcome::Empty { retry_after_ms } | TokenOutcome::DaySpent { retry_after_ms } => {
                return Ok(ReplayOutcome::BucketEmpty { retry_after_ms });
            }
        };
        Ok(match record(context, &new, receipt).await? {
            AcceptOutcome::New(_) => ReplayOutcome::Replayed,
            AcceptOutcome::Duplicate { .. } => ReplayOutcome::Repeated,
            AcceptOutcome::NoCredits => ReplayOutcome::NoCredits,
            AcceptOutcome::Contended => ReplayOutcome::BucketEmpty {
                retry_after_ms: CONTENDED_RETRY_MS,
            },
        })
    }
}

/// A position after which a list begins with this execution.
fn just_before(execution: &Execution) -> Cursor<ExecutionId> {
    Cursor {
        created_at: execution.created_at.plus_millis(1),
        id: execution.id,
    }
}
