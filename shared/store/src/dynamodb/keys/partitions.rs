//! Partition keys, and prefixes of keys. Which items are in a partition says the table in `keys.rs`.

use domain::{
    DeliveryId, DocumentName, ExecutionId, OrgId, RecordTable, Shard, Tenant, WorkflowId,
};

pub(crate) fn tenant_pk(tenant: Tenant) -> String {
    format!("TENANT#{tenant}")
}

pub(crate) fn document_prefix(name: &DocumentName) -> String {
    format!("DOC#{}#{}#", name.namespace, name.name)
}

pub(crate) fn records_pk(tenant: Tenant, table: &RecordTable) -> String {
    format!("{}#{table}", tenant_pk(tenant))
}

pub(crate) fn usage_pk(org: OrgId) -> String {
    format!("USAGE#{org}")
}

pub(crate) fn workflow_pk(id: WorkflowId) -> String {
    format!("WF#{id}")
}

/// Prefixes of the keys of records that can be due.
pub(crate) const EXECUTION: &str = "EXE#";
pub(crate) const EVENT: &str = "EVT#";
pub(crate) const DELIVERY: &str = "DLV#";
pub(crate) const ATTEMPT: &str = "A#";

pub(crate) fn delivery_pk(id: DeliveryId) -> String {
    format!("{DELIVERY}{id}")
}

pub(crate) fn execution_pk(id: ExecutionId) -> String {
    format!("{EXECUTION}{id}")
}

/// Partition of a workflow's executions, or of a subscription's deliveries, in the index `history`.
pub(crate) fn history_pk(of: impl std::fmt::Display, shard: Shard) -> String {
    format!("{of}#{shard}")
}
