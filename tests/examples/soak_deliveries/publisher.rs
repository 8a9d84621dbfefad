//! Publishes events, a part of them at a time. Sometimes it crashes before it has sent the message that follows. It does not
//! know the subscriptions.

use std::time::Duration;

use domain::outbound::{Event, EventType, Profile, Subject};
use domain::{EventId, Fingerprint};
use serde_json::json;
use store::{AwsContext, InsertOutcome, Message};
use tests::World;

use crate::Outcome;
use crate::chance::{Chance, Question};

pub(crate) const EVENT_TYPE: &str = "soak.counted";
/// The number of parts in which the events are published.
const SHARES: usize = 20;
/// How many events have no message, in percent: a sweep finds them.
const LOST_PERCENT: u64 = 5;

pub(crate) struct Publisher {
    aws: AwsContext,
    tenant: domain::Tenant,
    /// By number.
    published: Vec<EventId>,
    events: usize,
    chance: Chance,
}

pub(crate) fn event_type(name: &str) -> Outcome<EventType> {
    EventType::parse(Profile::Native, name).ok_or_else(|| format!("{name} is no type").into())
}

impl Publisher {
    pub(crate) fn new(world: &World, events: usize, chance: Chance) -> Outcome<Self> {
        Ok(Self {
            aws: world.stack.environment("register")?,
            tenant: world.tenant,
            published: Vec::new(),
            events,
            chance,
        })
    }

    /// Every published event, in the order of its number.
    pub(crate) fn published(&self) -> &[EventId] {
        &self.published
    }

    pub(crate) fn is_done(&self) -> bool {
        self.published.len() == self.events
    }

    pub(crate) async fn next_share(&mut self) -> Outcome<()> {
        let until = self.published.len() + self.events.div_ceil(SHARES);
        while self.published.len() < until.min(self.events) {
            self.publish().await?;
        }
        Ok(())
    }

    async fn publish(&mut self) -> Outcome<()> {
        let number = self.published.len();
        let now = self.aws.now();
        let event = Event {
            id: EventId::random(now, self.aws.random.u128()),
            tenant: self.tenant,
            event_type: event_type(EVENT_TYPE)?,
            at: now,
            subject: Subject::default(),
            hops: 0,
            data: json!({ "number": number }),
        };
        let fingerprint = Fingerprint::of(&event.data);
        match self.aws.events.publish(&event, &fingerprint, now).await? {
            InsertOutcome::New(_) => self.published.push(event.id),
            known => return Err(format!("a new event was there already: {known:?}").into()),
        }
        let question = Question::IsLost {
            event: number as u64,
        };
        if self.chance.happens(question, LOST_PERCENT).is_none() {
            let message = Message::FanOut { event_id: event.id };
            let group = self.tenant.org;
            let queue = &self.aws.delivery_queue;
            queue.send(message, group, Duration::ZERO).await?;
        }
        Ok(())
    }
}
