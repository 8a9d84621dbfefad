//! Subscriptions to events.

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::outbound::Subscription;
use domain::{Fingerprint, SealedSecrets, SubscriptionId, Tenant};

use crate::config::subscription_item::{read, write};
use crate::dynamodb::attributes::number;
use crate::dynamodb::conditional_write::{ConditionalWrite, conditional};
use crate::dynamodb::keys::{Key, SUBSCRIPTION, tenant_pk};
use crate::dynamodb::table::Table;
use crate::{InsertOutcome, StoreError, SubscriptionWatches, UpdateOutcome};

/// The subscriptions of all tenants.
#[derive(Clone)]
pub struct Subscriptions {
    pub(crate) table: Table,
    /// What they watch of executions.
    pub watches: SubscriptionWatches,
}

/// A subscription, and the secrets that its deliveries are signed with.
#[derive(Clone, Debug, PartialEq)]
pub struct SubscriptionRecord {
    /// What the API shows of it.
    pub subscription: Subscription,
    /// Encrypted.
    pub secrets: SealedSecrets,
    /// The fingerprint of the request that created it, which tells a repeated request from a different one.
    pub fingerprint: Fingerprint,
}

/// A tenant's subscriptions, as far as their records can be read.
#[derive(Debug, Default)]
pub struct Subscribers {
    /// In the order of their ids.
    pub readable: Vec<SubscriptionRecord>,
    /// Why one of them cannot be read.
    pub unreadable: Option<StoreError>,
}

impl Subscribers {
    /// The error of a record that cannot be read. To be asked once the events of the others are published: the event
    /// stays due for the unreadable one.
    pub fn check_all_readable(self) -> Result<(), StoreError> {
        self.unreadable.map_or(Ok(()), Err)
    }
}

impl Subscriptions {
    pub(crate) fn new(table: Table) -> Self {
        Self {
            watches: SubscriptionWatches::new(table.clone()),
            table,
        }
    }

    /// Creates a subscription. May write where there is none with this id. A repetition with the same `Idempotency-Key`
    /// finds its own record; the secret of the first request stays the valid one. The change is counted in every case: the
    /// first request may have ended before it counted.
    pub async fn create(
        &self,
        record: &SubscriptionRecord,
    ) -> Result<InsertOutcome<SubscriptionRecord>, StoreError> {
        let put = self
            .table
            .put(write(record))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let written = conditional("create a subscription", put.send().await)?;
        self.watches
            .count_change(record.subscription.tenant)
            .await?;
        let found = match written {
            ConditionalWrite::Written(_) => return Ok(InsertOutcome::New(record.clone())),
            ConditionalWrite::ConditionFailed(found) => found.unwrap_or_default(),
        };
        let known = read(&found)?;
        Ok(if known.fingerprint != record.fingerprint {
            InsertOutcome::KeyReused
        } else if known.secrets == record.secrets {
            // The first attempt of this write, whose answer was lost.
            InsertOutcome::New(known)
        } else {
            InsertOutcome::Repeat(known)
        })
    }

    /// All subscriptions of a tenant, consistently, in the order of their ids.
    pub async fn list(&self, tenant: Tenant) -> Result<Vec<SubscriptionRecord>, StoreError> {
        let Subscribers {
            readable,
            unreadable,
        } = self.subscribers(tenant).await?;
        unreadable.map_or(Ok(readable), Err)
    }

    /// The same for publishing events: a record that cannot be read holds up only its own deliveries.
    pub async fn subscribers(&self, tenant: Tenant) -> Result<Subscribers, StoreError> {
        let pk = tenant_pk(tenant);
        let items = self.table.read_prefix(&pk, SUBSCRIPTION).await?;
        let mut subscribers = Subscribers::default();
        for item in &items {
            match read(item) {
                Ok(record) => subscribers.readable.push(record),
                Err(error) => subscribers.unreadable = Some(error),
            }
        }
        Ok(subscribers)
    }

    /// `None` for a subscription of another tenant, too.
    pub async fn find(
        &self,
        tenant: Tenant,
        id: SubscriptionId,
    ) -> Result<Option<SubscriptionRecord>, StoreError> {
        let item = self.table.read(&Key::subscription(tenant, id)).await?;
        item.as_ref().map(read).transpose()
    }

    /// Changes a subscription. May write while its revision is the one that was read; of two racing changes one wins, and
    /// the other gets `Conflict`, as does one whose subscription was deleted meanwhile. The repetition of a write whose
    /// answer was lost finds what it wrote.
    pub async fn update(
        &self,
        old: &SubscriptionRecord,
        new: &SubscriptionRecord,
    ) -> Result<UpdateOutcome, StoreError> {
        let put = self
            .table
            .put(write(new))
            .condition_expression("revision = :seen")
            .expression_attribute_values(":seen", number(old.subscription.revision))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let write = conditional("change a subscription", put.send().await)?;
        let found = write.found().map(read).transpose()?;
        let is_changed = write.is_written() || found.as_ref() == Some(new);
        if is_changed && watches_differ(&old.subscription, &new.subscription) {
            self.watches.count_change(new.subscription.tenant).await?;
        }
        Ok(UpdateOutcome::of(is_changed))
    }
}

fn watches_differ(old: &Subscription, new: &Subscription) -> bool {
    (&old.events, &old.workflow_ids, &old.slug) != (&new.events, &new.workflow_ids, &new.slug)
}
