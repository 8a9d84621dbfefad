//! Putting a stack together, in the order in which its parts need each other. Does not know what comes after.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::Clock;
use store::{AwsContext, Transport};
use tokio::task::JoinSet;

use super::addresses::{Addresses, Listeners};
use super::{Mode, Options, Stack};
use crate::backends::Backends;
use crate::calls::recorded;
use crate::combining_lock::CombiningLock;
use crate::data::Held;
use crate::functions::{Function, Functions};
use crate::kms::{self, Kms, Root};
use crate::poller::Poller;
use crate::s3::{self, S3};
use crate::server::Stop;
use crate::sign_in::SignIn;
use crate::sqs::{self, Sqs};
use crate::start_error::StartError;
use crate::template::{self, DeploymentScope, Template};
use crate::{dynamodb, gateway, product, remote, schedule};

const REGION: &str = "eu-central-1";
const ACCOUNT_ID: &str = "000000000000";
const STACK_NAME: &str = "sluice";

impl Stack {
    /// Starts everything; once this returns, it can be used.
    ///
    /// # Errors
    /// Says what is in the way, and what to do about it.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        start(options).await
    }
}

async fn start(options: Options) -> Result<Stack, StartError> {
    let held = Held::take(&options.data)?;
    let listeners = Listeners::bind(&options).await?;
    let addresses = listeners.addresses(&options)?;
    let scope = DeploymentScope {
        region: REGION.to_owned(),
        account_id: ACCOUNT_ID.to_owned(),
        stack_name: STACK_NAME.to_owned(),
        sqs_endpoint: addresses.sqs.clone(),
    };
    let template = Template::parse(&options.templates, &scope)?;
    let clock = options.clock.clone();
    let database = dynamodb::open(held.file("dynamodb.sqlite").as_deref(), &template.tables)?;
    let file = held.file("sqs.sqlite");
    let sqs = Sqs::open(
        file.as_deref(),
        &template.queues,
        scope.clone(),
        clock.clone(),
    )?;

    let kms = Arc::new(Kms::new(root(&held)?, template.keys.clone()));
    let s3 = Arc::new(bucket(&held, &template.buckets)?);
    let backends = Backends {
        database: CombiningLock::new(database),
        kms,
        s3,
        sqs: sqs.clone(),
    };
    let transport = match listeners.backends {
        Some(_) => Transport::Network,
        None => backends.transport(),
    };

    let variables = variables_of(&template, &addresses, options.metrics);
    let functions = Arc::new(deploy(&template, &variables, &clock, &transport)?);
    let invoked = match &options.mode {
        Mode::Whole | Mode::OnDemand => functions.clone(),
        Mode::BackendsOnly { invoke_endpoint } => {
            Arc::new(remote::deploy(&template, invoke_endpoint, &clock))
        }
    };
    let poller = |mapping: &template::Mapping| {
        Poller::new(mapping.clone(), sqs.clone(), invoked.clone(), scope.clone())
    };
    let sign_in = SignIn::new(clock.clone());
    let api = gateway::router(
        &template.routes,
        functions.clone(),
        scope.clone(),
        clock.clone(),
    );
    let mut stack = Stack {
        base_url: addresses.base_url,
        pollers: template.mappings.iter().map(poller).collect(),
        api: sign_in.clone().before(api),
        sign_in,
        template,
        variables,
        clock,
        backends,
        transport,
        functions,
        background: JoinSet::new(),
        stop: Stop::new(),
        held,
    };
    stack.listen(listeners, &options.mode);
    if options.mode != Mode::OnDemand {
        let removing =
            dynamodb::remove_expired(stack.backends.database.value().clone(), stack.stop.clone());
        stack.background.spawn(removing);
        stack.run_invokers(&invoked);
    }
    Ok(stack)
}

impl Stack {
    fn listen(&mut self, listeners: Listeners, mode: &Mode) {
        if let Some(backends) = listeners.backends {
            let database = self.backends.database.value().clone();
            let tables = dynamodb::serve(backends.dynamodb, database, self.stop.clone());
            self.background.spawn(tables);
            self.host(backends.kms, kms::router(self.backends.kms.clone()));
            self.host(backends.sqs, sqs::router(self.backends.sqs.clone()));
        }
        self.host(listeners.files, s3::router(self.backends.s3.clone()));
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

/// Where the bytes of files are kept.
fn bucket(held: &Held, buckets: &[String]) -> Result<S3, StartError> {
    let folder = held.file("files");
    S3::open(folder.as_deref(), buckets).map_err(|source| StartError::Files {
        path: folder.unwrap_or_default(),
        source,
    })
}

/// What the keys are derived from.
fn root(held: &Held) -> Result<Root, StartError> {
    let file = held.file("kms.root");
    Root::open(file.as_deref()).map_err(|source| StartError::Keys {
        path: file.unwrap_or_default(),
        source,
    })
}

/// What every function finds in its environment, by its package: Lambda's own variables, the template's, and what is
/// different on a laptop.
fn variables_of(
    template: &Template,
    addresses: &Addresses,
    metrics: bool,
) -> BTreeMap<String, BTreeMap<String, String>> {
    let of = |function: &template::Function| {
        let lambda = [
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_ENDPOINT_URL_DYNAMODB", &addresses.dynamodb),
            ("AWS_ENDPOINT_URL_KMS", &addresses.kms),
            ("AWS_ENDPOINT_URL_S3", &addresses.s3),
            ("AWS_ENDPOINT_URL_SQS", &addresses.sqs),
            ("FILES_ENDPOINT_URL", &addresses.files),
        ];
        let laptop = [
            ("ALLOW_LOOPBACK", "true"),
            ("PUBLIC_BASE_URL", &addresses.base_url),
        ];
        // The template names a stack, under which they are printed.
        let metrics = Some(("METRICS_STACK", "")).filter(|_| !metrics);
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let template = function.environment.clone();
        lambda
            .map(owned)
            .into_iter()
            .chain(template)
            .chain(laptop.map(owned))
            .chain(metrics.map(owned))
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
    transport: &Transport,
) -> Result<Functions, StartError> {
    let mut functions = Functions::new(clock.clone());
    for function in &template.functions {
        let name = &function.name;
        let own = variables.get(&function.package);
        let variable = |name: &str| own?.get(name).cloned();
        let transport = recorded(transport, &function.package);
        let environment = AwsContext::for_local_services(variable, clock.clone(), &transport)
            .map_err(|source| StartError::Environment {
                function: name.clone(),
                source,
            })?;
        let deployed: Function = product::function(&function.package, environment)
            .ok_or_else(|| StartError::UnknownFunction(name.clone()))?;
        functions.deploy(name, deployed, function.timeout_seconds);
        if function.allows_recursion {
            functions.allow_recursion(name);
        }
    }
    Ok(functions)
}
