//! `cargo admin show-org`, `set-org` and `set-plan`.

use admin::{OrgChange, set_org, show};
use clap::{Args, ValueEnum};
use domain::{OrgId, Plan, RateLimit};
use serde_json::Value;
use store::{Orgs, Workflows};

use crate::{CommandError, dynamodb};

#[derive(Args)]
pub(crate) struct ShowOrg {
    #[command(flatten)]
    named: NamedOrg,
}

/// Which org, and where it is.
#[derive(Args)]
struct NamedOrg {
    /// The stack's config table: its output ConfigTable.
    #[arg(long, env = "CONFIG_TABLE", value_name = "NAME")]
    config_table: String,
    /// The org, org_ and 26 characters.
    #[arg(long, value_name = "ID")]
    org: OrgId,
}

/// A number from 0 to one billion, or `none` for no limit.
type Limit = Option<u64>;

#[derive(Args)]
pub(crate) struct SetOrg {
    #[command(flatten)]
    named: NamedOrg,
    /// A name for people, up to 200 characters.
    #[arg(long)]
    name: Option<String>,
    /// free, pro, ultra or custom.
    #[arg(long)]
    plan: Option<Plan>,
    /// Whether webhooks may trigger workflows.
    #[arg(long, value_enum)]
    webhook_triggers: Option<Switch>,
    /// Active workflows, over both environments: a number or none.
    #[arg(long, value_name = "LIMIT", value_parser = limit)]
    active_workflows: Option<Limit>,
    /// Executions that webhooks of one workflow may begin in a minute: a number or none.
    #[arg(long, value_name = "LIMIT", value_parser = limit)]
    webhooks_per_minute: Option<Limit>,
    /// The same in a day of UTC.
    #[arg(long, value_name = "LIMIT", value_parser = limit)]
    webhooks_per_day: Option<Limit>,
    /// Executions in a month of UTC: a number or none.
    #[arg(long, value_name = "LIMIT", value_parser = limit)]
    monthly_credits: Option<Limit>,
    /// The rate limit of workflows that have none of their own, in webhooks a minute.
    #[arg(long, value_name = "NUMBER")]
    default_rate_per_minute: Option<u32>,
}

#[derive(Args)]
pub(crate) struct SetPlan {
    #[command(flatten)]
    named: NamedOrg,
    /// free, pro, ultra or custom.
    plan: Plan,
}

#[derive(Clone, Copy, ValueEnum)]
enum Switch {
    On,
    Off,
}

impl ShowOrg {
    pub(crate) async fn run(self) -> Result<Value, CommandError> {
        let NamedOrg { config_table, org } = self.named;
        let orgs = Orgs::new(dynamodb().await, config_table);
        Ok(show(&orgs.find(org).await?))
    }
}

impl SetOrg {
    pub(crate) async fn run(self) -> Result<Value, CommandError> {
        let change = OrgChange {
            name: self.name,
            plan: self.plan,
            webhook_triggers: self.webhook_triggers.map(|switch| match switch {
                Switch::On => true,
                Switch::Off => false,
            }),
            active_workflows: self.active_workflows,
            webhooks_per_minute: self.webhooks_per_minute,
            webhooks_per_day: self.webhooks_per_day,
            monthly_credits: self.monthly_credits,
            default_rate_limit: self.default_rate_per_minute.map(RateLimit::per_minute),
        };
        self.named.change(&change).await
    }
}

impl SetPlan {
    pub(crate) async fn run(self) -> Result<Value, CommandError> {
        let change = OrgChange {
            plan: Some(self.plan),
            ..OrgChange::default()
        };
        self.named.change(&change).await
    }
}

impl NamedOrg {
    async fn change(self, change: &OrgChange) -> Result<Value, CommandError> {
        let client = dynamodb().await;
        let orgs = Orgs::new(client.clone(), self.config_table.clone());
        let workflows = Workflows::in_table(client, self.config_table);
        Ok(show(&set_org(&orgs, &workflows, self.org, change).await?))
    }
}

fn limit(text: &str) -> Result<Limit, String> {
    match text {
        "none" => Ok(None),
        number => number
            .parse()
            .map(Some)
            .map_err(|_| "give a whole number, or none".to_owned()),
    }
}
