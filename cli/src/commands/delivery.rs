//! `delivery`: what was sent to subscriptions, and what became of it.

use clap::Subcommand;

use super::execution::part;
use crate::client::{op, pages};
use crate::context::Context;
use crate::failure::{Exit, Result};
use crate::find;
use crate::output::views;
use crate::time;

#[derive(Debug, Subcommand)]
pub(crate) enum DeliveryCommand {
    /// List deliveries, the newest first.
    List {
        /// To this subscription: its id.
        #[arg(long, value_name = "SUBSCRIPTION")]
        subscription: Option<String>,
        /// pending, delivered, exhausted or cancelled.
        #[arg(short, long, value_name = "STATUS")]
        status: Option<String>,
        /// Of this event: its id.
        #[arg(long, value_name = "EVENT")]
        event: Option<String>,
        /// Of this event type.
        #[arg(long, value_name = "TYPE")]
        event_type: Option<String>,
        /// Created since: 10m, 2h, 7d, a date or a time.
        #[arg(long, value_name = "WHEN", value_parser = time::moment)]
        since: Option<String>,
        /// Created before.
        #[arg(long, value_name = "WHEN", value_parser = time::moment)]
        until: Option<String>,
        /// How many to show.
        #[arg(long, value_name = "NUMBER", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=10_000))]
        limit: u64,
    },
    /// Show a delivery with its attempts.
    Show {
        /// Its id.
        delivery: String,
    },
    /// Send a delivery once more, from the beginning of its schedule.
    Retry {
        /// Its id.
        delivery: String,
    },
}

/// Runs a command on deliveries.
pub(crate) fn run(context: &Context, command: DeliveryCommand) -> Result<Exit> {
    let client = context.client()?;
    match command {
        DeliveryCommand::List {
            subscription,
            status,
            event,
            event_type,
            since,
            until,
            limit,
        } => {
            let page = || {
                let call = client.call(op::LIST_DELIVERIES, &[]);
                let call = call
                    .maybe("subscriptionId", subscription.as_ref())
                    .maybe("status", status.as_ref());
                let call = call
                    .maybe("eventId", event.as_ref())
                    .maybe("eventType", event_type.as_ref());
                call.maybe("since", since.as_ref())
                    .maybe("until", until.as_ref())
            };
            let items = pages(usize::try_from(limit).unwrap_or(find::ALL), page)?;
            context.out.list(&views::LISTED_DELIVERY, &items)?;
        }
        DeliveryCommand::Show { delivery } => {
            let shown = client.call(op::GET_DELIVERY, &[&delivery]).json()?;
            context.out.one(&views::LISTED_DELIVERY, &shown)?;
            if context.out.is_table() {
                part(context, &shown, "attempts", &views::ATTEMPT)?;
            }
        }
        DeliveryCommand::Retry { delivery } => {
            let shown = client.call(op::RETRY_DELIVERY, &[&delivery]).json()?;
            context.out.one(&views::LISTED_DELIVERY, &shown)?;
        }
    }
    Ok(Exit::Success)
}
