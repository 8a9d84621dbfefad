//! What every API over subscriptions does: finding one, recording and changing it.
//! It does not know how any of them looks.

use api::profiles::{copyai, refold};
use api::resources::subscription::{self, Draft};
use api::resources::workflow;
use api::{Problem, idempotency};
use domain::outbound::{DisabledBecause, MAX_SUBSCRIPTIONS, Profile, Subscription};
use domain::signature::new_standard_secret;
use domain::{Fingerprint, Sealed, SealedSecrets, Secret, SecretOwner, SubscriptionId, Timestamp};
use serde_json::Value;
use store::{InsertOutcome, SubscriptionRecord, UpdateOutcome};

use crate::Call;
use crate::failure::Failure;
use crate::judging::judge;
use crate::workflows::CHANGE_ATTEMPTS;

/// A subscription that a client wants.
pub(crate) struct Wanted {
    pub(crate) draft: Draft,
    pub(crate) secret: Option<Secret>,
    pub(crate) fingerprint: Fingerprint,
    /// What its id is derived from, where a repeat has to find it.
    pub(crate) scope: Option<String>,
}

/// What became of it.
pub(crate) enum Made {
    New(Subscription, Secret),
    Repeat(Subscription),
}

/// Two that are made at once may go one beyond the limit: it bounds what an event costs, and need not be exact.
pub(crate) async fn create(call: &Call<'_>, wanted: Wanted) -> Result<Made, Failure> {
    let tenant = call.caller.tenant;
    let known = call.aws.subscriptions.list(tenant).await?;
    let id = match &wanted.scope {
        Some(scope) => SubscriptionId::derived(&[scope]),
        None => SubscriptionId::random(call.now, call.aws.random.u128()),
    };
    if let Some(record) = known.iter().find(|record| record.subscription.id == id) {
        return repeat(record, &wanted.fingerprint);
    }
    if known.len() >= MAX_SUBSCRIPTIONS {
        return Err(subscription::too_many().into());
    }
    if wanted.scope.is_some() && was_deleted(call, id).await? {
        return Err(idempotency::reused().into());
    }
    let made = first_revision(call, id, wanted.draft);
    judge(call, &made, None).await?;
    let secret = wanted.secret.unwrap_or_else(|| new_secret(call));
    let record = SubscriptionRecord {
        secrets: SealedSecrets::new(seal(call, id, &secret).await?),
        subscription: made,
        fingerprint: wanted.fingerprint,
    };
    match call.aws.subscriptions.create(&record).await? {
        InsertOutcome::New(record) => Ok(Made::New(record.subscription, secret)),
        InsertOutcome::Repeat(record) => Ok(Made::Repeat(record.subscription)),
        InsertOutcome::KeyReused | InsertOutcome::SlugTaken => Err(idempotency::reused().into()),
    }
}

/// A key is remembered for as long as deliveries to what was made with it are.
async fn was_deleted(call: &Call<'_>, id: SubscriptionId) -> Result<bool, Failure> {
    let since = call.aws.deliveries.kept_since(call.now);
    let known = call
        .aws
        .subscriptions
        .ids_since(call.caller.tenant, since)
        .await?;
    Ok(known.contains(&id))
}

/// One of a profile, whose clients neither repeat a request nor ask for the secret: it is made all the same, for the native
/// API to rotate.
pub(crate) async fn create_unnamed(call: &Call<'_>, draft: Draft) -> Result<Subscription, Failure> {
    let wanted = Wanted {
        draft,
        secret: None,
        fingerprint: Fingerprint::of(&Value::Null),
        scope: None,
    };
    match create(call, wanted).await? {
        Made::New(made, _) | Made::Repeat(made) => Ok(made),
    }
}

fn repeat(record: &SubscriptionRecord, fingerprint: &Fingerprint) -> Result<Made, Failure> {
    if record.fingerprint == *fingerprint {
        Ok(Made::Repeat(record.subscription.clone()))
    } else {
        Err(idempotency::reused().into())
    }
}

fn first_revision(call: &Call<'_>, id: SubscriptionId, draft: Draft) -> Subscription {
    Subscription {
        id,
        tenant: call.caller.tenant,
        form: draft.form,
        url: draft.url,
        events: draft.events,
        workflow_ids: draft.workflow_ids,
        slug: draft.slug,
        format: draft.format,
        method: draft.method,
        headers: draft.headers,
        disabled: disabled(None, draft.enabled, call.now),
        created_at: call.now,
        updated_at: call.now,
        revision: 1,
    }
}

pub(crate) fn new_secret(call: &Call<'_>) -> Secret {
    Secret::from_caller(new_standard_secret(call.aws.random.bytes32()))
}

pub(crate) async fn seal(
    call: &Call<'_>,
    id: SubscriptionId,
    secret: &Secret,
) -> Result<Sealed, Failure> {
    let tenant = call.caller.tenant;
    let owner = SecretOwner::Subscription { tenant, id };
    Ok(call
        .vault
        .encrypt(&owner, secret.reveal().as_bytes())
        .await?)
}

/// One that this API shows: the native one shows all of them, a profile its own.
pub(crate) async fn find(
    call: &Call<'_>,
    seen_by: Profile,
    id: &str,
) -> Result<SubscriptionRecord, Failure> {
    let missing = || match seen_by {
        Profile::Native => Problem::not_found(),
        Profile::Refold => refold::not_found(),
        Profile::CopyAi => copyai::not_found(),
    };
    let id = SubscriptionId::parse(id).map_err(|_| missing())?;
    let tenant = call.caller.tenant;
    let found = call.aws.subscriptions.find(tenant, id).await?;
    let found = found.filter(|record| is_seen_by(seen_by, &record.subscription));
    found.ok_or_else(|| missing().into())
}

/// All that this API shows, the oldest first.
pub(crate) async fn all(call: &Call<'_>, seen_by: Profile) -> Result<Vec<Subscription>, Failure> {
    let records = call.aws.subscriptions.list(call.caller.tenant).await?;
    let mut all: Vec<Subscription> = records
        .into_iter()
        .map(|record| record.subscription)
        .filter(|subscription| is_seen_by(seen_by, subscription))
        .collect();
    all.sort_unstable_by_key(|subscription| (subscription.created_at, subscription.id));
    Ok(all)
}

fn is_seen_by(seen_by: Profile, subscription: &Subscription) -> bool {
    seen_by == Profile::Native || seen_by == subscription.form
}

/// Applies a change to the subscription as it is now, and again if somebody else was faster. What changes nothing is not
/// written.
pub(crate) async fn change(
    call: &Call<'_>,
    seen_by: Profile,
    id: &str,
    changed: impl Fn(&SubscriptionRecord) -> Result<SubscriptionRecord, Problem>,
) -> Result<Subscription, Failure> {
    for _ in 0..CHANGE_ATTEMPTS {
        let old = find(call, seen_by, id).await?;
        let mut new = changed(&old)?;
        if new == old {
            return Ok(old.subscription);
        }
        judge(call, &new.subscription, Some(&old.subscription)).await?;
        if begins_anew(&old.subscription, &new.subscription) {
            // First, so that what failed before cannot disable it again at the next failure.
            call.aws
                .endpoint_health
                .record_success(old.subscription.id, call.now)
                .await?;
        }
        new.subscription.updated_at = call.now;
        new.subscription.revision += 1;
        match call.aws.subscriptions.update(&old, &new).await? {
            UpdateOutcome::Updated => return Ok(new.subscription),
            UpdateOutcome::Conflict | UpdateOutcome::SlugTaken => {}
        }
    }
    Err(workflow::conflict().into())
}

/// Whether its receiver has yet to be tried: one that is enabled again, or is somewhere else now.
fn begins_anew(old: &Subscription, new: &Subscription) -> bool {
    let is_enabled_again = new.is_enabled() && !old.is_enabled();
    is_enabled_again || new.url != old.url
}

/// Answers what was there. Whatever of the tenant was deleted too long ago to matter is forgotten.
pub(crate) async fn delete(
    call: &Call<'_>,
    seen_by: Profile,
    id: &str,
) -> Result<Subscription, Failure> {
    let found = find(call, seen_by, id).await?.subscription;
    let (tenant, now) = (found.tenant, call.now);
    let kept_since = call.aws.deliveries.kept_since(now);
    call.aws
        .subscriptions
        .remove_tombstones(tenant, kept_since)
        .await?;
    call.aws.subscriptions.delete(tenant, found.id, now).await?;
    Ok(found)
}

/// A subscription as a client wants it to become.
pub(crate) fn redrafted(
    old: &SubscriptionRecord,
    draft: Draft,
    now: Timestamp,
) -> SubscriptionRecord {
    SubscriptionRecord {
        subscription: Subscription {
            url: draft.url,
            events: draft.events,
            workflow_ids: draft.workflow_ids,
            slug: draft.slug,
            format: draft.format,
            method: draft.method,
            headers: draft.headers,
            ..switched(&old.subscription, draft.enabled, now)
        },
        ..old.clone()
    }
}

pub(crate) fn switched(old: &Subscription, enabled: bool, now: Timestamp) -> Subscription {
    Subscription {
        disabled: disabled(old.disabled, enabled, now),
        ..old.clone()
    }
}

/// Why and since when it is disabled, of one that is disabled already.
fn disabled(
    before: Option<(DisabledBecause, Timestamp)>,
    enabled: bool,
    now: Timestamp,
) -> Option<(DisabledBecause, Timestamp)> {
    match (enabled, before) {
        (true, _) => None,
        (false, Some(before)) => Some(before),
        (false, None) => Some((DisabledBecause::Asked, now)),
    }
}
