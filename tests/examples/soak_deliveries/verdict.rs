//! Compares the stored records with the published events and the requests that receivers got. Each violation is a sentence.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use domain::outbound::MAX_ATTEMPTS;
use domain::signature::{SchemeName, verify};
use domain::{EventId, SubscriptionId, Timestamp, WebhookRequest};
use tests::receiver::Received;

use crate::audience::{Audience, Behind, Failing, Subscriber};
use crate::containers::Tally;
use crate::stored::{Delivery, Stored};

/// How many violations are printed; the others are counted.
const SHOWN: usize = 20;
/// How often a message is received before the queue moves it to the dead-letter queue.
const RECEIVE_LIMIT: u32 = 5;

pub(crate) struct Evidence<'a> {
    /// By number.
    pub(crate) published: &'a [EventId],
    pub(crate) audience: &'a Audience,
    pub(crate) tally: Tally,
    pub(crate) stored: Stored,
    pub(crate) dead_letters: u64,
    pub(crate) still_enabled: usize,
}

pub(crate) struct Verdict {
    violations: Vec<String>,
    counts: Vec<(&'static str, u64)>,
}

/// The requests that one receiver got.
#[derive(Debug, Default)]
struct Taken {
    requests: u64,
    /// By event, how often it was received, and whether it was accepted at least once.
    events: BTreeMap<EventId, (u64, bool)>,
}

impl Verdict {
    pub(crate) fn of(evidence: &Evidence<'_>) -> Self {
        let mut verdict = Self {
            violations: Vec::new(),
            counts: Vec::new(),
        };
        verdict.each_event_is_kept(evidence);
        verdict.each_event_has_one_delivery_for_each_subscription(evidence);
        verdict.nothing_is_left_to_do(evidence);
        for subscriber in &evidence.audience.wanting {
            let deliveries = deliveries_to(evidence, subscriber.id);
            match &subscriber.behind {
                Behind::Living(failing) => {
                    let taken = verdict.every_request_is_genuine(evidence, subscriber, failing);
                    verdict
                        .each_delivery_to_a_receiver_arrived_or_is_exhausted(&deliveries, &taken);
                    verdict.count_requests(&deliveries, &taken);
                }
                Behind::Dead(_) => {
                    verdict.each_delivery_to_the_closed_port_is_exhausted(&deliveries)
                }
            }
        }
        verdict.other_subscriptions_received_nothing(evidence);
        verdict.each_attempt_is_accounted_for(evidence);
        verdict.only_kills_filled_dead_letters(evidence);
        verdict.there_were_deliveries(evidence);
        verdict
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }

    fn each_event_is_kept(&mut self, evidence: &Evidence<'_>) {
        let kept: BTreeSet<_> = evidence.stored.events.iter().collect();
        let published: BTreeSet<_> = evidence.published.iter().collect();
        for lost in published.difference(&kept) {
            self.violate(format!("{lost} was published, and is gone"));
        }
        for stray in kept.difference(&published) {
            self.violate(format!("{stray} is stored, and was not published"));
        }
        self.count("events", kept.len() as u64);
    }

    fn each_event_has_one_delivery_for_each_subscription(&mut self, evidence: &Evidence<'_>) {
        let mut pairs = BTreeSet::new();
        for Delivery {
            event,
            subscription,
            ..
        } in evidence.stored.deliveries.values()
        {
            if !pairs.insert((*event, *subscription)) {
                self.violate(format!("{event} has two deliveries to {subscription}"));
            }
        }
        let mut missing = 0;
        for Subscriber { id, .. } in &evidence.audience.wanting {
            let has = |event: &&EventId| !pairs.contains(&(**event, *id));
            missing += evidence.published.iter().filter(has).count();
        }
        if missing > 0 {
            self.violate(format!("{missing} deliveries were never recorded"));
        }
        let wanted = evidence.published.len() * evidence.audience.wanting.len();
        if pairs.len() != wanted {
            let found = pairs.len();
            self.violate(format!("{found} deliveries, where {wanted} are wanted"));
        }
        self.count("deliveries", pairs.len() as u64);
    }

    fn nothing_is_left_to_do(&mut self, evidence: &Evidence<'_>) {
        for key in &evidence.stored.due {
            self.violate(format!("{key} is not over"));
        }
        let wanting = evidence.audience.wanting.len();
        let enabled = evidence.still_enabled;
        if enabled != wanting {
            // A subscription is disabled after five days of failures, and the last attempt is made before that.
            self.violate(format!("{enabled} of {wanting} subscriptions are enabled"));
        }
    }

    /// Every request is signed with its subscription's key, and its content names the event, which has one id.
    fn every_request_is_genuine(
        &mut self,
        evidence: &Evidence<'_>,
        subscriber: &Subscriber,
        failing: &Failing,
    ) -> Taken {
        let mut taken = Taken::default();
        for (received, number) in failing.receiver.taken().iter().zip(1..) {
            taken.requests += 1;
            match genuine(received, &subscriber.key, evidence.published) {
                Ok(event) => {
                    let (times, is_accepted) = taken.events.entry(event).or_default();
                    *times += 1;
                    *is_accepted |= failing.accepted(number);
                }
                Err(problem) => self.violate(format!("request {number}: {problem}")),
            }
        }
        taken
    }

    fn each_delivery_to_a_receiver_arrived_or_is_exhausted(
        &mut self,
        deliveries: &[&Delivery],
        taken: &Taken,
    ) {
        for delivery in deliveries {
            let Delivery {
                event,
                status,
                tries,
                ..
            } = delivery;
            let was_accepted = taken
                .events
                .get(event)
                .is_some_and(|(_, accepted)| *accepted);
            match status.as_str() {
                "delivered" if was_accepted => {}
                "delivered" => {
                    self.violate(format!("{event} is delivered, but no receiver got it"))
                }
                "exhausted" if *tries == u64::from(MAX_ATTEMPTS) => {}
                _ => self.violate(format!("{event} is {status} after {tries} tries")),
            }
        }
    }

    fn each_delivery_to_the_closed_port_is_exhausted(&mut self, deliveries: &[&Delivery]) {
        for delivery in deliveries {
            let Delivery {
                event,
                status,
                tries,
                ..
            } = delivery;
            if status != "exhausted" || *tries != u64::from(MAX_ATTEMPTS) {
                self.violate(format!(
                    "{event} to the dead is {status} after {tries} tries"
                ));
            }
        }
        self.count("exhausted, to the dead", by(deliveries, "exhausted"));
    }

    fn other_subscriptions_received_nothing(&mut self, evidence: &Evidence<'_>) {
        for Subscriber { id, behind, .. } in &evidence.audience.bystanders {
            let requests = match behind {
                Behind::Living(failing) => failing.receiver.taken().len(),
                Behind::Dead(_) => 0,
            };
            if requests > 0 || !deliveries_to(evidence, *id).is_empty() {
                self.violate(format!(
                    "{id} received an event that it does not subscribe to"
                ));
            }
        }
    }

    /// An attempt without a record was interrupted with its container, which had ten messages at most.
    fn each_attempt_is_accounted_for(&mut self, evidence: &Evidence<'_>) {
        let Stored {
            deliveries,
            attempts,
            ..
        } = &evidence.stored;
        let mut lost = 0;
        for (key, delivery) in deliveries {
            let kept = attempts.get(key).copied().unwrap_or(0);
            match delivery.attempts.checked_sub(kept) {
                Some(missing) => lost += missing,
                None => self.violate(format!("{key} has more attempts than it counts")),
            }
            if delivery.status == "delivered" && kept == 0 {
                self.violate(format!("{key} is delivered without an attempt"));
            }
        }
        if lost > 10 * evidence.tally.kills {
            self.violate(format!("{lost} attempts are not on record"));
        }
        self.count("attempts on record", attempts.values().sum::<u64>());
        self.count("attempts that died", lost);
    }

    /// No response of a receiver put a message into the dead-letter queue.
    fn only_kills_filled_dead_letters(&mut self, evidence: &Evidence<'_>) {
        let Tally {
            invocations,
            kills,
            given_back,
            ..
        } = evidence.tally;
        if given_back > 0 {
            self.violate(format!("{given_back} messages were given back"));
        }
        let killed = evidence.tally.exhausted_messages(RECEIVE_LIMIT) as u64;
        if evidence.dead_letters > killed {
            let letters = evidence.dead_letters;
            self.violate(format!(
                "{letters} dead letters, but {killed} messages died so often"
            ));
        }
        self.count("dead letters", evidence.dead_letters);
        self.count("invocations", invocations);
        self.count("kills", kills);
    }

    fn there_were_deliveries(&mut self, evidence: &Evidence<'_>) {
        if evidence.published.is_empty() || evidence.tally.kills == 0 {
            self.violate("the load was too thin to show anything".to_owned());
        }
    }

    fn count_requests(&mut self, deliveries: &[&Delivery], taken: &Taken) {
        self.count("delivered", by(deliveries, "delivered"));
        self.count("exhausted, to the living", by(deliveries, "exhausted"));
        self.count("requests taken", taken.requests);
        let again = taken.requests - taken.events.len() as u64;
        self.count("of them duplicates", again);
    }

    /// Adds to a count.
    fn count(&mut self, what: &'static str, number: u64) {
        let mut counts = self.counts.iter_mut();
        match counts.find(|(known, _)| *known == what) {
            Some((_, total)) => *total += number,
            None => self.counts.push((what, number)),
        }
    }

    fn violate(&mut self, what: String) {
        self.violations.push(what);
    }
}

/// The event of a request, if its signature and content are valid.
fn genuine(received: &Received, key: &[u8], published: &[EventId]) -> Result<EventId, String> {
    let header = |name: &str| {
        let value = received.headers.get(name);
        value.ok_or_else(|| format!("it has no {name}"))
    };
    let seconds: i64 = header("webhook-timestamp")?
        .parse()
        .map_err(|_| "its time is none".to_owned())?;
    let sent_at = Timestamp::from_millis(seconds * 1_000);
    let request = WebhookRequest {
        method: received.method.clone(),
        query: Vec::new(),
        headers: received.headers.clone().into_iter().collect(),
        body: received.body.clone(),
        source_ip: None,
        received_at: sent_at,
        verified_by: None,
        parameters: Vec::new(),
    };
    verify(&SchemeName::STANDARD_WEBHOOKS, &[key], &request, sent_at)
        .map_err(|refusal| refusal.to_string())?;
    let document: serde_json::Value =
        serde_json::from_slice(&received.body).map_err(|error| error.to_string())?;
    let number = document["data"]["number"].as_u64();
    let place = number.and_then(|number| usize::try_from(number).ok());
    let event = place.and_then(|place| published.get(place));
    let event = event.ok_or_else(|| format!("no event is what it says: {document}"))?;
    let id = header("webhook-id")?;
    if *id != event.to_string() || document["id"] != id.as_str() {
        return Err(format!("{event} was sent as {id}: {document}"));
    }
    Ok(*event)
}

fn deliveries_to<'a>(evidence: &'a Evidence<'_>, id: SubscriptionId) -> Vec<&'a Delivery> {
    let all = evidence.stored.deliveries.values();
    all.filter(|delivery| delivery.subscription == id).collect()
}

fn by(deliveries: &[&Delivery], status: &str) -> u64 {
    let with = deliveries.iter().filter(|one| one.status == status);
    with.count() as u64
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.counts {
            writeln!(f, "{name:<24} {value}")?;
        }
        for violation in self.violations.iter().take(SHOWN) {
            writeln!(f, "VIOLATION                {violation}")?;
        }
        write!(f, "violations               {}", self.violations.len())
    }
}
