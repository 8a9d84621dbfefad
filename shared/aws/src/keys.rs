//! Every key of every table is built here, beside the access patterns they serve.
//!
//! **config**
//!
//! | what | pk | sk | read by |
//! |---|---|---|---|
//! | API key, by what is presented | `KEY#<hash>` | `KEY` | authenticate |
//! | a tenant's keys | `TENANT#<org>#<env>` | `KEY#<id>` | list, find, revoke |
//! | workflow | `WF#<id>` | `META` | every webhook, with its triggers, in one query |
//! | its triggers | `WF#<id>` | `TRG#<id>` | the same query; list |
//! | its versions | `WF#<id>` | `V#<number>` | worker, get |
//! | a tenant's workflows, and whose slug it is | `TENANT#<org>#<env>` | `SLUG#<slug>` | list |
//! | a tenant's deleted workflows | `TENANT#<org>#<env>` | `GONE#<id>` | org-wide history |
//! | which versions go by a document's name | `TENANT#<org>#<env>` | `DOC#<namespace>#<name>#<id>#<number>` | worker |
//! | a tenant's secrets, encrypted | `TENANT#<org>#<env>` | `SECRET#<name>` | list, worker |
//! | number of active workflows | `TENANT#<org>#<env>` | `COUNTS` | plan limits |
//!
//! **runs**
//!
//! | what | pk | sk | read by |
//! |---|---|---|---|
//! | execution, its state | `EXE#<id>` | `S` | claim, get |
//! | its request, where too large for the state | `EXE#<id>` | `<generation>#R` | worker, get, replay |
//! | its steps, in pages | `EXE#<id>` | `<generation>#P<number>` | get |
//! | its checkpoint, two slots in turn | `EXE#<id>` | `<generation>#C<slot>` | worker, get |
//! | how far the queue has come | `QUEUE#executions` | `SEEN` | sweep |
//! | token bucket | `BKT#<workflow>` | `B` | trigger, replay |
//!
//! **records**
//!
//! | what | pk | sk | read by |
//! |---|---|---|---|
//! | a row of a tenant's own table, or its tombstone | `TENANT#<org>#<env>#<table>` | `<key>` | worker |
//! | number of a tenant's rows | `TENANT#<org>#<env>` | `ROWS` | worker, in its transactions |
//!
//! Index `history`: `<workflow>#<shard>` by `<created, 13 digits>#<execution>`. Index `due`: shard by
//! `due_at`, in milliseconds.

use domain::{
    ApiKeyId, DocumentName, ExecutionId, RecordKey, RecordTable, SecretHash, SecretName, Shard,
    Slug, Tenant, Timestamp, TriggerId, WorkflowId,
};

use crate::Nonce;
use crate::attributes::{Item, text};

/// The keys of one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

pub(crate) const SLUG: &str = "SLUG#";
pub(crate) const GONE: &str = "GONE#";
pub(crate) const API_KEY: &str = "KEY#";
pub(crate) const SECRET: &str = "SECRET#";
pub(crate) const META: &str = "META";
pub(crate) const TRIGGER: &str = "TRG#";
/// Sorts after `META` and every `TRG#…`, before every `V#…`.
pub(crate) const AFTER_TRIGGERS: &str = "U";

impl Key {
    fn new(pk: String, sk: impl Into<String>) -> Self {
        Self { pk, sk: sk.into() }
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

    pub(crate) fn slug(tenant: Tenant, slug: &Slug) -> Self {
        Self::new(tenant_pk(tenant), format!("{SLUG}{slug}"))
    }

    pub(crate) fn gone(tenant: Tenant, id: WorkflowId) -> Self {
        Self::new(tenant_pk(tenant), format!("{GONE}{id}"))
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

    pub(crate) fn counts(tenant: Tenant) -> Self {
        Self::new(tenant_pk(tenant), "COUNTS")
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

    pub(crate) fn seen_message() -> Self {
        Self::new("QUEUE#executions".to_owned(), "SEEN")
    }

    pub(crate) fn record(tenant: Tenant, table: &RecordTable, key: &RecordKey) -> Self {
        Self::new(records_pk(tenant, table), key.as_str())
    }

    pub(crate) fn record_count(tenant: Tenant) -> Self {
        Self::new(tenant_pk(tenant), "ROWS")
    }

    pub(crate) fn bucket(workflow: WorkflowId) -> Self {
        Self::new(format!("BKT#{workflow}"), "B")
    }
}

/// Sort key of an execution's state item.
const STATE: &str = "S";

pub(crate) fn tenant_pk(tenant: Tenant) -> String {
    format!("TENANT#{tenant}")
}

pub(crate) fn document_prefix(name: &DocumentName) -> String {
    format!("DOC#{}#{}#", name.namespace, name.name)
}

pub(crate) fn records_pk(tenant: Tenant, table: &RecordTable) -> String {
    format!("{}#{table}", tenant_pk(tenant))
}

pub(crate) fn workflow_pk(id: WorkflowId) -> String {
    format!("WF#{id}")
}

pub(crate) fn execution_pk(id: ExecutionId) -> String {
    format!("EXE#{id}")
}

pub(crate) fn history_pk(workflow: WorkflowId, shard: Shard) -> String {
    format!("{workflow}#{shard}")
}

pub(crate) fn history_sk(created_at: Timestamp, id: ExecutionId) -> String {
    format!("{:013}#{id}", created_at.as_millis())
}
