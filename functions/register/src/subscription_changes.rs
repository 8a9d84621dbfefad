//! Create, find, list, change and delete subscriptions, for every profile. It does not know the requests and answers of
//! any profile.

use api::profiles::{copyai, refold};
use api::resources::subscription::{self, Draft};
use api::resources::workflow;
use api::{Problem, idempotency};
use domain::outbound::{MAX_SUBSCRIPTIONS, Profile, Subscription};
use domain::signature::new_standard_secret;
use domain::{Fingerprint, Sealed, SealedSecrets, Secret, SecretOwner, SubscriptionId};
use http_function::Failure;
use serde_json::Value;
use store::{InsertOutcome, SubscriptionRecord, UpdateOutcome};

use crate::RequestContext;
use crate::references::validate_references;
use crate::subscription_fields::{first_revision, resets_endpoint_health};
use crate::workflow_changes::CHANGE_ATTEMPTS;

/// A request to create a subscription.
pub(crate) struct CreateSubscription {
    pub(crate) draft: Draft,
    /// The client's own secret; `None` for a random one.
    pub(crate) secret: Option<Secret>,
    /// The fingerprint of the request, which tells a repeat from a different request with the same
    /// `Idempotency-Key`.
    pub(crate) fingerprint: Fingerprint,
    /// The text from which the id is derived, where the request has an `Idempotency-Key`.
    pub(crate) idempotency_scope: Option<String>,
}

/// The outcome of a request to create a subscription.
pub(crate) enum CreateOutcome {
    /// The subscription was created, with this secret.
    Created {
        subscription: Subscription,
        secret: Secret,
    },
    /// An earlier request with the same `Idempotency-Key` created the subscription.
    Repeated(Subscription),
}

/// Creates a subscription. Two requests at once may exceed the limit by one: the limit bounds the cost of an event, and
/// need not be exact.
pub(crate) async fn create(
    context: &RequestContext<'_>,
    request: CreateSubscription,
) -> Result<CreateOutcome, Failure> {
    let tenant = context.caller.tenant;
    let known = context.aws.subscriptions.list(tenant).await?;
    let id = match &request.idempotency_scope {
        Some(scope) => SubscriptionId::derived(&[scope]),
        None => SubscriptionId::random(context.now, context.aws.random.u128()),
    };
    if let Some(record) = known.iter().find(|record| record.subscription.id == id) {
        count_change(context).await?;
        return repeat(record, &request.fingerprint);
    }
    if known.len() >= MAX_SUBSCRIPTIONS {
        return Err(subscription::too_many().into());
    }
    if request.idempotency_scope.is_some() && was_deleted(context, id).await? {
        return Err(idempotency::reused().into());
    }
    let subscription = first_revision(context, id, request.draft);
    validate_references(context, &subscription, None).await?;
    let secret = request.secret.unwrap_or_else(|| new_secret(context));
    let record = SubscriptionRecord {
        secrets: SealedSecrets::new(seal(context, id, &secret).await?),
        subscription,
        fingerprint: request.fingerprint,
    };
    match context.aws.subscriptions.create(&record).await? {
        InsertOutcome::New(record) => Ok(CreateOutcome::Created {
            subscription: record.subscription,
            secret,
        }),
        InsertOutcome::Repeat(record) => Ok(CreateOutcome::Repeated(record.subscription)),
        InsertOutcome::KeyReused => Err(idempotency::reused().into()),
    }
}

/// Whether a deleted subscription has this id. An `Idempotency-Key` is remembered for as long as the deliveries to its
/// subscription are kept.
async fn was_deleted(context: &RequestContext<'_>, id: SubscriptionId) -> Result<bool, Failure> {
    let since = context.aws.deliveries.kept_since(context.now);
    let known = context
        .aws
        .subscriptions
        .ids_since(context.caller.tenant, since)
        .await?;
    Ok(known.contains(&id))
}

/// Creates a subscription of a profile without idempotency keys and secrets. Its deliveries are signed all the same;
/// the native API can rotate the secret.
pub(crate) async fn create_for_profile(
    context: &RequestContext<'_>,
    draft: Draft,
) -> Result<Subscription, Failure> {
    let request = CreateSubscription {
        draft,
        secret: None,
        fingerprint: Fingerprint::of(&Value::Null),
        idempotency_scope: None,
    };
    match create(context, request).await? {
        CreateOutcome::Created { subscription, .. } | CreateOutcome::Repeated(subscription) => {
            Ok(subscription)
        }
    }
}

fn repeat(
    record: &SubscriptionRecord,
    fingerprint: &Fingerprint,
) -> Result<CreateOutcome, Failure> {
    if record.fingerprint == *fingerprint {
        Ok(CreateOutcome::Repeated(record.subscription.clone()))
    } else {
        Err(idempotency::reused().into())
    }
}

/// A random secret.
pub(crate) fn new_secret(context: &RequestContext<'_>) -> Secret {
    Secret::from_caller(new_standard_secret(context.aws.random.bytes32()))
}

/// Encrypts a secret, to be decrypted for this subscription only.
pub(crate) async fn seal(
    context: &RequestContext<'_>,
    id: SubscriptionId,
    secret: &Secret,
) -> Result<Sealed, Failure> {
    let tenant = context.caller.tenant;
    let owner = SecretOwner::Subscription { tenant, id };
    Ok(context
        .app
        .cipher
        .encrypt(&owner, secret.reveal().as_bytes())
        .await?)
}

/// The subscription with this id, if the profile shows it: the native API shows all of the tenant's subscriptions,
/// another profile its own.
pub(crate) async fn find(
    context: &RequestContext<'_>,
    profile: Profile,
    id: &str,
) -> Result<SubscriptionRecord, Failure> {
    let missing = || match profile {
        Profile::Native => Problem::not_found(),
        Profile::Refold => refold::not_found(),
        Profile::CopyAi => copyai::not_found(),
    };
    let id = SubscriptionId::parse(id).map_err(|_| missing())?;
    let tenant = context.caller.tenant;
    let found = context.aws.subscriptions.find(tenant, id).await?;
    let found = found.filter(|record| is_visible_in(profile, &record.subscription));
    found.ok_or_else(|| missing().into())
}

/// All subscriptions that the profile shows, the oldest first.
pub(crate) async fn list(
    context: &RequestContext<'_>,
    profile: Profile,
) -> Result<Vec<Subscription>, Failure> {
    let records = context
        .aws
        .subscriptions
        .list(context.caller.tenant)
        .await?;
    let mut subscriptions: Vec<Subscription> = records
        .into_iter()
        .map(|record| record.subscription)
        .filter(|subscription| is_visible_in(profile, subscription))
        .collect();
    subscriptions.sort_unstable_by_key(|subscription| (subscription.created_at, subscription.id));
    Ok(subscriptions)
}

fn is_visible_in(profile: Profile, subscription: &Subscription) -> bool {
    profile == Profile::Native || profile == subscription.profile
}

/// Counts a change that a repeated request found done: the first one may have ended before it counted.
async fn count_change(context: &RequestContext<'_>) -> Result<(), Failure> {
    let watches = &context.aws.subscriptions.watches;
    Ok(watches.count_change(context.caller.tenant).await?)
}

/// Applies a change to the current subscription, and again where another request changed it meanwhile. A change that
/// changes nothing is not written.
pub(crate) async fn change(
    context: &RequestContext<'_>,
    profile: Profile,
    id: &str,
    apply: impl Fn(&SubscriptionRecord) -> Result<SubscriptionRecord, Problem>,
) -> Result<Subscription, Failure> {
    for _ in 0..CHANGE_ATTEMPTS {
        let old = find(context, profile, id).await?;
        let mut new = apply(&old)?;
        if new == old {
            count_change(context).await?;
            return Ok(old.subscription);
        }
        validate_references(context, &new.subscription, Some(&old.subscription)).await?;
        if resets_endpoint_health(&old.subscription, &new.subscription) {
            // Before the change is written: otherwise old failures could disable the subscription at its next failure.
            context
                .aws
                .endpoint_health
                .record_success(old.subscription.id, context.now)
                .await?;
        }
        new.subscription.updated_at = context.now;
        new.subscription.revision += 1;
        match context.aws.subscriptions.update(&old, &new).await? {
            UpdateOutcome::Updated => return Ok(new.subscription),
            UpdateOutcome::Conflict => {}
        }
    }
    Err(workflow::conflict().into())
}

/// Deletes a subscription and returns it. Tombstones of the tenant whose deliveries have expired are removed.
pub(crate) async fn delete(
    context: &RequestContext<'_>,
    profile: Profile,
    id: &str,
) -> Result<Subscription, Failure> {
    let found = find(context, profile, id).await?.subscription;
    let (tenant, now) = (found.tenant, context.now);
    let kept_since = context.aws.deliveries.kept_since(now);
    context
        .aws
        .subscriptions
        .remove_tombstones(tenant, kept_since)
        .await?;
    context
        .aws
        .subscriptions
        .delete(tenant, found.id, now)
        .await?;
    Ok(found)
}
