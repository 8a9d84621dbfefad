//! The subscriptions and their receivers. It does not know how deliveries are made.

use std::net::SocketAddr;

use domain::outbound::{Format, Method, Profile, Subscription};
use domain::signature::{SchemeName, SigningSecret};
use domain::{Fingerprint, SealedSecrets, SecretOwner, SubscriptionId, Tenant};
use serde_json::json;
use tests::receiver::{Receiver, Reply};
use tests::{World, tenant};
use tokio::net::TcpSocket;

use crate::chance::{Chance, Question};
use crate::publisher::{EVENT_TYPE, event_type};
use crate::{Arguments, Outcome};

/// All subscriptions.
pub(crate) struct Audience {
    /// Those that want every event.
    pub(crate) wanting: Vec<Subscriber>,
    /// One for other event types, and one of another org; neither may receive anything.
    pub(crate) bystanders: Vec<Subscriber>,
}

pub(crate) struct Subscriber {
    pub(crate) id: SubscriptionId,
    pub(crate) key: Vec<u8>,
    pub(crate) behind: Behind,
}

/// What listens at a subscription's URL.
pub(crate) enum Behind {
    Living(Failing),
    /// The port is reserved, and nothing listens.
    Dead(TcpSocket),
}

/// A receiver that fails some of its requests.
pub(crate) struct Failing {
    pub(crate) receiver: Receiver,
    plan: FailurePlan,
}

/// When a receiver fails, determined by the number of the request.
#[derive(Clone, Copy)]
struct FailurePlan {
    chance: Chance,
    receiver: u64,
    percent: u64,
}

impl Audience {
    pub(crate) async fn gather(
        world: &World,
        arguments: &Arguments,
        chance: Chance,
    ) -> Outcome<Self> {
        let living = |receiver, percent| FailurePlan {
            chance,
            receiver,
            percent,
        };
        let mut wanting = Vec::new();
        for number in 1..arguments.subscriptions {
            let behind = Behind::living(living(number, arguments.failing)).await;
            wanting.push(subscribe(world, world.tenant, EVENT_TYPE, behind).await?);
        }
        wanting.push(subscribe(world, world.tenant, EVENT_TYPE, Behind::dead()?).await?);
        let mut bystanders = Vec::new();
        for (number, (tenant, event_type)) in [
            (world.tenant, "soak.unheard_of"),
            (tenant("another"), EVENT_TYPE),
        ]
        .into_iter()
        .enumerate()
        {
            let behind = Behind::living(living(1_000 + number as u64, 0)).await;
            bystanders.push(subscribe(world, tenant, event_type, behind).await?);
        }
        Ok(Self {
            wanting,
            bystanders,
        })
    }

    /// How many of the subscriptions for every event are still enabled.
    pub(crate) async fn still_enabled(&self, world: &World) -> Outcome<usize> {
        let subscriptions = world.stack.environment("register")?.subscriptions;
        let stored = subscriptions.list(world.tenant).await?;
        let enabled = |id| {
            let mut of = stored.iter().map(|record| &record.subscription);
            of.any(|known| known.id == id && known.is_enabled())
        };
        Ok(self.wanting.iter().filter(|one| enabled(one.id)).count())
    }
}

impl Behind {
    async fn living(plan: FailurePlan) -> Self {
        let receiver = Receiver::new(move |number, _| plan.reply(number)).await;
        Self::Living(Failing { receiver, plan })
    }

    fn dead() -> Outcome<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        Ok(Self::Dead(socket))
    }

    fn url(&self) -> Outcome<String> {
        match self {
            Self::Living(failing) => Ok(failing.receiver.url.clone()),
            Self::Dead(socket) => Ok(format!("http://{}/hook", socket.local_addr()?)),
        }
    }
}

impl Failing {
    /// Whether the request with that number, from 1, was answered with success.
    pub(crate) fn accepted(&self, number: usize) -> bool {
        self.plan.failure(number).is_none()
    }
}

impl FailurePlan {
    fn failure(self, number: usize) -> Option<u64> {
        let question = Question::Fails {
            receiver: self.receiver,
            request: number as u64,
        };
        self.chance.happens(question, self.percent)
    }

    fn reply(self, number: usize) -> Reply {
        let Some(how) = self.failure(number) else {
            return Reply::status(204);
        };
        match how % 5 {
            0 => Reply::status(500),
            1 => Reply::Answer(503, vec![("retry-after", "600".to_owned())], Vec::new()),
            2 => Reply::status(302),
            3 => Reply::Raw(b"no HTTP".to_vec()),
            _ => Reply::Reset,
        }
    }
}

async fn subscribe(
    world: &World,
    tenant: Tenant,
    wanted: &str,
    behind: Behind,
) -> Outcome<Subscriber> {
    let aws = world.stack.environment("register")?;
    let now = aws.now();
    let id = SubscriptionId::random(now, aws.random.u128());
    let secret = SigningSecret::random(&SchemeName::STANDARD_WEBHOOKS, aws.random.bytes32());
    let owner = SecretOwner::Subscription { tenant, id };
    let sealed = aws
        .kms_cipher()
        .encrypt(&owner, secret.reveal().as_bytes())
        .await?;
    let record = store::SubscriptionRecord {
        subscription: Subscription {
            id,
            tenant,
            profile: Profile::Native,
            url: behind.url()?,
            events: vec![event_type(wanted)?],
            workflow_ids: Vec::new(),
            slug: None,
            format: Format::Default,
            method: Method::Post,
            headers: Vec::new(),
            disabled: None,
            created_at: now,
            updated_at: now,
            revision: 1,
        },
        secrets: SealedSecrets::new(sealed),
        fingerprint: Fingerprint::of(&json!({ "id": id })),
    };
    aws.subscriptions.create(&record).await?;
    Ok(Subscriber {
        id,
        key: secret.key().to_vec(),
        behind,
    })
}
