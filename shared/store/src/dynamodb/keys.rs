//! Every key of every table is built here, beside the access patterns they serve.
//!
//! **config**
//!
//! | what | pk | sk | read by |
//! |---|---|---|---|
//! | API key, by its hash | `KEY#<hash>` | `KEY` | authenticate |
//! | a tenant's keys | `TENANT#<org>#<env>` | `KEY#<id>` | list, find, revoke |
//! | workflow | `WF#<id>` | `META` | every webhook, with its triggers, in one query |
//! | its triggers | `WF#<id>` | `TRG#<id>` | the same query; list |
//! | a trigger's sample | `TRG#<id>` | `SAMPLE` | get, test |
//! | its versions | `WF#<id>` | `V#<number>` | worker, get; listed by number |
//! | trigger of a hook id, by its hash | `HOOK#<hash>` | `HOOK` | webhooks whose URL has no workflow |
//! | a tenant's workflows, by slug | `TENANT#<org>#<env>` | `SLUG#<slug>` | list |
//! | a tenant's deleted workflows | `TENANT#<org>#<env>` | `DELETED_WF#<id>` | org-wide history |
//! | versions of workflows, by the name of their document | `TENANT#<org>#<env>` | `DOC#<namespace>#<name>#<id>#<number>` | worker |
//! | a tenant's secrets, encrypted | `TENANT#<org>#<env>` | `SECRET#<name>` | list, worker |
//! | a tenant's subscriptions | `TENANT#<org>#<env>` | `SUB#<id>` | list, worker where they changed, deliver |
//! | a tenant's deleted subscriptions | `TENANT#<org>#<env>` | `DELETED_SUB#<id>` | org-wide list of deliveries |
//! | number of changes to a tenant's subscriptions | `TENANT#<org>#<env>` | `SUBSCRIPTION_CHANGES` | worker |
//! | event types that a tenant declared | `TENANT#<org>#<env>` | `EVENT#<name>` | list, publish |
//! | an org: plan, limits, number of active workflows | `ORG#<org>` | `ORG` | activation, executions with limits |
//!
//! **runs**
//!
//! | what | pk | sk | read by |
//! |---|---|---|---|
//! | execution, its state | `EXE#<id>` | `S` | claim, get |
//! | its request, where too large for the state | `EXE#<id>` | `<generation>#R` | worker, get, replay |
//! | its steps, in pages | `EXE#<id>` | `<generation>#P<number>` | get |
//! | its checkpoint, two slots in turn | `EXE#<id>` | `<generation>#C<slot>` | worker, get |
//! | its answer to the sender that waits for it | `EXE#<id>` | `<generation>#A` | trigger |
//! | how far a queue has come | `QUEUE#<name>` | `PROGRESS` | sweep |
//! | event | `EVT#<id>` | `E` | deliver, get |
//! | delivery | `DLV#<id>` | `S` | deliver, get |
//! | its attempts | `DLV#<id>` | `A#<number>` | get |
//! | health of a subscription's endpoint | `SUB#<id>` | `FAILING` | deliver, get, list |
//! | file that a webhook can name | `FILE#<org>#<env>#<key>` | `F` | worker, get |
//! | what an org has uploaded on a day | `UPLOADS#<org>#<day>` | `U` | upload, in its transaction |
//! | window in which a trigger's next request becomes its sample | `TRG#<id>` | `CAPTURE` | trigger, get |
//! | token bucket, with the counts of its day and of changes of the configuration | `BKT#<workflow>` | `B` | trigger, replay |
//! | token bucket of the senders that wait for an answer | `BKT#<workflow>` | `W` | trigger |
//! | the last request that a trigger refused | `TRG#<id>` | `REFUSED` | get |
//! | what an org used on a day | `USAGE#<org>` | `<date>` | get |
//! | credits that an org has used in a month, in shards | `CREDITS#<org>#<month>#<shard>` | `USED` | what begins executions |
//!
//! **records**
//!
//! | what | pk | sk | read by |
//! |---|---|---|---|
//! | a row of a tenant's own table, or its tombstone | `TENANT#<org>#<env>#<table>` | `<key>` | worker |
//! | number of a tenant's rows, in 32 parts | `TENANT#<org>#<env>` | `ROWS#<part>` | worker, in its transactions |
//!
//! Index `history`: `<workflow>#<shard>` by `<created, 13 digits>#<execution>`, and `<subscription>#<shard>` by
//! `<created, 13 digits>#<delivery>`. Index `due`: shard by `due_at`, in milliseconds.

mod partitions;

use domain::outbound::DeclaredType;
use domain::{
    ApiKeyId, CreditShard, Day, DeliveryId, DocumentName, EventId, ExecutionId, FileDay, FileKey,
    Month, OrgId, RecordKey, RecordTable, SecretHash, SecretName, Slug, SubscriptionId, Tenant,
    TriggerId, WorkflowId,
};

use crate::dynamodb::attributes::{Item, Row, text};
use crate::{Nonce, StoreError};

pub(crate) use partitions::*;

/// The keys of one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

pub(crate) const SLUG: &str = "SLUG#";
pub(crate) const WORKFLOW_TOMBSTONE: &str = "DELETED_WF#";
pub(crate) const API_KEY: &str = "KEY#";
pub(crate) const SECRET: &str = "SECRET#";
pub(crate) const SUBSCRIPTION: &str = "SUB#";
pub(crate) const SUBSCRIPTION_TOMBSTONE: &str = "DELETED_SUB#";
pub(crate) const EVENT_TYPE: &str = "EVENT#";
pub(crate) const RECORD_COUNT: &str = "ROWS#";
pub(crate) const META: &str = "META";
pub(crate) const TRIGGER: &str = "TRG#";
/// Sorts after `META` and every `TRG#…`, before every `V#…`.
pub(crate) const AFTER_TRIGGERS: &str = "U";

impl Key {
    fn new(pk: String, sk: impl Into<String>) -> Self {
        Self { pk, sk: sk.into() }
    }

    /// The keys of an item that was read.
    pub(crate) fn of_item(item: &Item) -> Result<Self, StoreError> {
        let row = Row(item);
        Ok(Self::new(row.text("pk")?.to_owned(), row.text("sk")?))
    }

    /// The sort key, for the ends of a range.
    pub(crate) fn sort(&self) -> &str {
        &self.sk
    }

    pub(crate) fn item(&self) -> Item {
        Item::from([
            ("pk".to_owned(), text(&self.pk)),
            ("sk".to_owned(), text(&self.sk)),
        ])
    }

    pub(crate) fn presented_key(hash: &SecretHash) -> Self {
        Self::new(format!("KEY#{hash}"), "KEY")
    }

    pub(crate) fn listed_key(tenant: Tenant, id: ApiKeyId) -> Self {
        Self::new(tenant_pk(tenant), format!("{API_KEY}{id}"))
    }

    pub(crate) fn workflow(id: WorkflowId) -> Self {
        Self::new(workflow_pk(id), META)
    }

    pub(crate) fn version(id: WorkflowId, version: u64) -> Self {
        Self::new(workflow_pk(id), format!("V#{version:08}"))
    }

    pub(crate) fn trigger(workflow: WorkflowId, id: TriggerId) -> Self {
        Self::new(workflow_pk(workflow), format!("{TRIGGER}{id}"))
    }

    pub(crate) fn hook_id(hash: &SecretHash) -> Self {
        Self::new(format!("HOOK#{hash}"), "HOOK")
    }

    pub(crate) fn sample(trigger: TriggerId) -> Self {
        Self::new(format!("{TRIGGER}{trigger}"), "SAMPLE")
    }

    pub(crate) fn capture(trigger: TriggerId) -> Self {
        Self::new(format!("{TRIGGER}{trigger}"), "CAPTURE")
    }

    pub(crate) fn refused(trigger: TriggerId) -> Self {
        Self::new(format!("{TRIGGER}{trigger}"), "REFUSED")
    }

    pub(crate) fn usage(org: OrgId, day: Day) -> Self {
        Self::new(usage_pk(org), day.to_string())
    }

    pub(crate) fn slug(tenant: Tenant, slug: &Slug) -> Self {
        Self::new(tenant_pk(tenant), format!("{SLUG}{slug}"))
    }

    pub(crate) fn workflow_tombstone(tenant: Tenant, id: WorkflowId) -> Self {
        Self::new(tenant_pk(tenant), format!("{WORKFLOW_TOMBSTONE}{id}"))
    }

    pub(crate) fn document(
        tenant: Tenant,
        name: &DocumentName,
        id: WorkflowId,
        version: u64,
    ) -> Self {
        let prefix = document_prefix(name);
        Self::new(tenant_pk(tenant), format!("{prefix}{id}#{version:08}"))
    }

    pub(crate) fn secret(tenant: Tenant, name: &SecretName) -> Self {
        Self::new(tenant_pk(tenant), format!("{SECRET}{name}"))
    }

    pub(crate) fn subscription(tenant: Tenant, id: SubscriptionId) -> Self {
        Self::new(tenant_pk(tenant), format!("{SUBSCRIPTION}{id}"))
    }

    pub(crate) fn subscription_tombstone(tenant: Tenant, id: SubscriptionId) -> Self {
        Self::new(tenant_pk(tenant), format!("{SUBSCRIPTION_TOMBSTONE}{id}"))
    }

    pub(crate) fn subscription_changes(tenant: Tenant) -> Self {
        Self::new(tenant_pk(tenant), "SUBSCRIPTION_CHANGES")
    }

    pub(crate) fn event_type(tenant: Tenant, name: &DeclaredType) -> Self {
        Self::new(tenant_pk(tenant), format!("{EVENT_TYPE}{name}"))
    }

    pub(crate) fn event(id: EventId) -> Self {
        Self::new(format!("{EVENT}{id}"), "E")
    }

    pub(crate) fn delivery(id: DeliveryId) -> Self {
        Self::new(delivery_pk(id), "S")
    }

    pub(crate) fn attempt(id: DeliveryId, number: u32) -> Self {
        Self::new(delivery_pk(id), format!("{ATTEMPT}{number:06}"))
    }

    pub(crate) fn failing(subscription: SubscriptionId) -> Self {
        Self::new(format!("SUB#{subscription}"), "FAILING")
    }

    pub(crate) fn org(id: OrgId) -> Self {
        Self::new(format!("ORG#{id}"), "ORG")
    }

    pub(crate) fn state(id: ExecutionId) -> Self {
        Self::new(execution_pk(id), STATE)
    }

    pub(crate) fn request(id: ExecutionId, generation: &Nonce) -> Self {
        Self::new(execution_pk(id), format!("{generation}#R"))
    }

    pub(crate) fn page(id: ExecutionId, generation: &Nonce, page: u64) -> Self {
        Self::new(execution_pk(id), format!("{generation}#P{page:08}"))
    }

    pub(crate) fn checkpoint(id: ExecutionId, generation: &Nonce, slot: u64) -> Self {
        Self::new(execution_pk(id), format!("{generation}#C{slot}"))
    }

    pub(crate) fn answer(id: ExecutionId, generation: &Nonce) -> Self {
        Self::new(execution_pk(id), format!("{generation}#A"))
    }

    pub(crate) fn queue_progress(queue: &str) -> Self {
        Self::new(format!("QUEUE#{queue}"), "PROGRESS")
    }

    pub(crate) fn record(tenant: Tenant, table: &RecordTable, key: &RecordKey) -> Self {
        Self::new(records_pk(tenant, table), key.as_str())
    }

    pub(crate) fn record_count(tenant: Tenant, part: u64) -> Self {
        Self::new(tenant_pk(tenant), format!("{RECORD_COUNT}{part:02}"))
    }

    pub(crate) fn bucket(workflow: WorkflowId) -> Self {
        Self::new(format!("BKT#{workflow}"), "B")
    }

    pub(crate) fn file(tenant: Tenant, key: FileKey) -> Self {
        Self::new(format!("FILE#{tenant}#{key}"), "F")
    }

    pub(crate) fn uploads(org: OrgId, day: FileDay) -> Self {
        Self::new(format!("UPLOADS#{org}#{}", day.number()), "U")
    }

    /// Each shard is a partition of its own, because one partition takes only so many writes a second.
    pub(crate) fn credits(org: OrgId, month: Month, shard: CreditShard) -> Self {
        Self::new(format!("CREDITS#{org}#{month}#{shard}"), "USED")
    }

    pub(crate) fn wait_bucket(workflow: WorkflowId) -> Self {
        Self::new(format!("BKT#{workflow}"), "W")
    }
}

/// Sort key of an execution's state item.
const STATE: &str = "S";
