//! Putting a stack together, in the order in which its parts need each other. Does not know what comes after.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use aws::Environment;
use domain::Clock;
use dynoxide::Database;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::{Mode, Options, Stack, StartError};
use crate::data::Held;
use crate::functions::{Function, Functions};
use crate::poller::Poller;
use crate::server::{Stop, any_port};
use crate::sqs::{self, Sqs};
use crate::template::{self, Place, Template};
use crate::{dynamodb, gateway, product, remote, schedule};

const REGION: &str = "eu-central-1";
const ACCOUNT_ID: &str = "000000000000";
const STACK_NAME: &str = "sluice";

/// What is bound before anything else, because the rest needs to know the addresses.
struct Listeners {
    api: TcpListener,
    dynamodb: TcpListener,
    sqs: TcpListener,
}

struct Addresses {
    base_url: String,
    dynamodb: String,
    sqs: String,
}

pub(super) async fn start(options: Options) -> Result<Stack, StartError> {
    let held = Held::take(&options.data)?;
    let listeners = Listeners::bind(options.listen).await?;
    let addresses = listeners.addresses(&options)?;
    let place = Place {
        region: REGION.to_owned(),
        account_id: ACCOUNT_ID.to_owned(),
        stack_name: STACK_NAME.to_owned(),
        sqs_endpoint: addresses.sqs.clone(),
    };
    let template = Template::parse(&options.template, &place)?;
    let clock = options.clock.clone();
    let database = dynamodb::open(held.file("dynamodb.sqlite").as_deref(), &template.tables)?;
    let file = held.file("sqs.sqlite");
    let sqs = Sqs::open(
        file.as_deref(),
        &template.queues,
        place.clone(),
        clock.clone(),
    )?;

    let variables = variables_of(&template, &addresses);
    let functions = Arc::new(deploy(&template, &variables, &clock)?);
    let invoked = match &options.mode {
        Mode::Whole | Mode::OnDemand => functions.clone(),
        Mode::BackendsOnly { invoke_endpoint } => {
            Arc::new(remote::deploy(&template, invoke_endpoint, &clock))
        }
    };
    let poller = |mapping: &template::Mapping| {
        Poller::new(mapping.clone(), sqs.clone(), invoked.clone(), place.clone())
    };
    let mut stack = Stack {
        base_url: addresses.base_url,
        pollers: template.mappings.iter().map(poller).collect(),
        api: gateway::router(
            &template.routes,
            functions.clone(),
            place.clone(),
            clock.clone(),
        ),
        template,
        variables,
        clock,
        sqs,
        functions,
        background: JoinSet::new(),
        stop: Stop::new(),
        held,
    };
    stack.run_backends(listeners, database, &options.mode);
    if options.mode != Mode::OnDemand {
        stack.run_invokers(&invoked);
    }
    Ok(stack)
}

impl Stack {
    fn run_backends(&mut self, listeners: Listeners, database: Database, mode: &Mode) {
        let tables = dynamodb::serve(listeners.dynamodb, database, self.stop.clone());
        self.background.spawn(tables);
        self.host(listeners.sqs, sqs::router(self.sqs.clone()));
        match mode {
            Mode::Whole | Mode::OnDemand => self.host(listeners.api, self.api.clone()),
            Mode::BackendsOnly { .. } => drop(listeners.api),
        }
    }

    fn run_invokers(&mut self, invoked: &Arc<Functions>) {
        for poller in &self.pollers {
            self.background.spawn(poller.clone().run(self.stop.clone()));
        }
        for schedule in &self.template.schedules {
            let ticking = schedule::run(schedule.clone(), invoked.clone(), self.stop.clone());
            self.background.spawn(ticking);
        }
    }
}

impl Listeners {
    async fn bind(api: SocketAddr) -> Result<Self, StartError> {
        Ok(Self {
            api: listen(api).await?,
            dynamodb: loopback().await?,
            sqs: loopback().await?,
        })
    }

    fn addresses(&self, options: &Options) -> Result<Addresses, StartError> {
        let api = local_address(&self.api, options.listen)?;
        Ok(Addresses {
            base_url: base_url(&options.mode, api),
            dynamodb: url(&self.dynamodb)?,
            sqs: url(&self.sqs)?,
        })
    }
}

/// What every function finds in its environment, by its package: Lambda's own variables, the template's, and what is
/// different on a laptop.
fn variables_of(
    template: &Template,
    addresses: &Addresses,
) -> BTreeMap<String, BTreeMap<String, String>> {
    let of = |function: &template::Function| {
        let lambda = [
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_ENDPOINT_URL_DYNAMODB", &addresses.dynamodb),
            ("AWS_ENDPOINT_URL_SQS", &addresses.sqs),
        ];
        let laptop = [
            ("ALLOW_LOOPBACK", "true"),
            ("PUBLIC_BASE_URL", &addresses.base_url),
        ];
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let template = function.environment.clone();
        lambda
            .map(owned)
            .into_iter()
            .chain(template)
            .chain(laptop.map(owned))
            .collect()
    };
    template
        .functions
        .iter()
        .map(|function| (function.package.clone(), of(function)))
        .collect()
}

fn deploy(
    template: &Template,
    variables: &BTreeMap<String, BTreeMap<String, String>>,
    clock: &Clock,
) -> Result<Functions, StartError> {
    let mut functions = Functions::new(clock.clone());
    for function in &template.functions {
        let name = &function.name;
        let own = variables.get(&function.package);
        let environment =
            Environment::new(|name| own?.get(name).cloned(), clock.clone()).map_err(|source| {
                StartError::Environment {
                    function: name.clone(),
                    source,
                }
            })?;
        let deployed: Function = product::function(&function.package, environment)
            .ok_or_else(|| StartError::UnknownFunction(name.clone()))?;
        functions.deploy(name, deployed, function.timeout_seconds);
    }
    Ok(functions)
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| StartError::Address { address, source })
}

async fn loopback() -> Result<TcpListener, StartError> {
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    any_port()
        .await
        .map_err(|source| StartError::Address { address, source })
}

fn local_address(listener: &TcpListener, asked: SocketAddr) -> Result<SocketAddr, StartError> {
    listener.local_addr().map_err(|source| StartError::Address {
        address: asked,
        source,
    })
}

fn url(listener: &TcpListener) -> Result<String, StartError> {
    Ok(format!(
        "http://{}",
        local_address(listener, SocketAddr::from(([127, 0, 0, 1], 0)))?
    ))
}

/// What listens on every address is reached on loopback.
fn base_url(mode: &Mode, mut address: SocketAddr) -> String {
    if let Mode::BackendsOnly { invoke_endpoint } = mode {
        return invoke_endpoint.clone();
    }
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    format!("http://{address}")
}
