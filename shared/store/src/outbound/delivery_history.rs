//! Reading deliveries: lists, newest first, and one with its attempts.

use std::collections::HashMap;

use domain::outbound::{Attempt, Delivery, DeliveryStatus, EventType};
use domain::{DeliveryId, EventId, Shard, SubscriptionId, Tenant, Timestamp};

use crate::dynamodb::attributes::{Row, text};
use crate::dynamodb::keys::{ATTEMPT, delivery_pk, history_pk};
use crate::executions::compression::{Basis, decompress};
use crate::executions::history_index::{Position, Stretch};
use crate::{RunsTable, StoreError, config_table};

/// Which deliveries, and how many.
#[derive(Clone, Debug)]
pub struct DeliveryQuery {
    pub tenant: Tenant,
    pub subscriptions: Vec<SubscriptionId>,
    pub states: DeliveryStates,
    pub event: Option<EventId>,
    pub event_type: Option<EventType>,
    /// Recorded at or after.
    pub since: Option<Timestamp>,
    /// Recorded before.
    pub until: Option<Timestamp>,
    /// The last one that the reader has.
    pub before: Option<Position<DeliveryId>>,
    pub limit: usize,
    pub now: Timestamp,
}

/// In which states they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryStates {
    Any,
    Only(DeliveryStatus),
    /// Whatever a recovery sends again.
    Failed,
}

/// Some deliveries, and where the next ones begin. It may be short, or empty, and yet have a next.
#[derive(Debug)]
pub struct DeliveryPage {
    pub deliveries: Vec<Delivery>,
    pub next: Option<Position<DeliveryId>>,
}

impl RunsTable {
    /// The index lags a little behind; the records that it names are read as they are now.
    pub async fn deliveries(&self, query: &DeliveryQuery) -> Result<DeliveryPage, StoreError> {
        let (positions, next) = self.positions(&stretch(query)).await?;
        let reads = positions
            .iter()
            .map(|position| self.delivery(position.id, query.now));
        let found = futures::future::try_join_all(reads).await?;
        let is_asked_for = |delivery: &Delivery| {
            delivery.tenant == query.tenant
                && query.states.include(delivery)
                && query.event.is_none_or(|event| delivery.event_id == event)
                && query
                    .event_type
                    .as_ref()
                    .is_none_or(|event_type| &delivery.event_type == event_type)
        };
        Ok(DeliveryPage {
            deliveries: found.into_iter().flatten().filter(is_asked_for).collect(),
            next,
        })
    }

    /// One with its attempts, from the first. `None` for one of another tenant, too.
    pub async fn delivery_detail(
        &self,
        tenant: Tenant,
        id: DeliveryId,
        now: Timestamp,
    ) -> Result<Option<(Delivery, Vec<Attempt>)>, StoreError> {
        let delivery = self.delivery(id, now).await?;
        let Some(delivery) = delivery.filter(|delivery| delivery.tenant == tenant) else {
            return Ok(None);
        };
        let pk = delivery_pk(id);
        let items = config_table::query_all(&self.client, &self.table, &pk, ATTEMPT).await?;
        let mut attempts = Vec::with_capacity(items.len());
        for item in &items {
            let row = Row::checked(item)?;
            let bad = |reason: String| row.bad("data", &reason);
            let packed = row.bytes("data").ok_or_else(|| bad("is missing".into()))?;
            let json = decompress(packed, Basis::Nothing).map_err(|e| bad(e.to_string()))?;
            attempts.push(serde_json::from_slice(&json).map_err(|e| bad(e.to_string()))?);
        }
        Ok(Some((delivery, attempts)))
    }
}

impl DeliveryStates {
    fn include(self, delivery: &Delivery) -> bool {
        match self {
            Self::Any => true,
            Self::Only(status) => delivery.status() == status,
            Self::Failed => delivery.has_failed(),
        }
    }
}

fn stretch(query: &DeliveryQuery) -> Stretch<DeliveryId> {
    let mut filters = Vec::new();
    let mut values = HashMap::new();
    // What is pending looks in the index like what was delivered: the records tell them apart.
    match query.states {
        DeliveryStates::Only(status @ (DeliveryStatus::Exhausted | DeliveryStatus::Cancelled)) => {
            filters.push("unsuccessful = :status");
            values.insert(":status".to_owned(), text(status));
        }
        DeliveryStates::Only(DeliveryStatus::Pending | DeliveryStatus::Delivered) => {
            filters.push("attribute_not_exists(unsuccessful)");
        }
        DeliveryStates::Failed => filters.push("attribute_exists(unsuccessful)"),
        DeliveryStates::Any => {}
    }
    Stretch {
        partitions: query
            .subscriptions
            .iter()
            .flat_map(|subscription| Shard::all().map(move |shard| history_pk(subscription, shard)))
            .collect(),
        since: query.since,
        until: query.until,
        before: query.before,
        limit: query.limit,
        filters,
        values,
    }
}
