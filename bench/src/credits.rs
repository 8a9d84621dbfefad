//! What a webhook costs in an org with credits, and one that is refused because there are none.

use serde_json::json;
use tests::echoes_the_event;

use crate::Outcome;
use crate::calls::Billed;
use crate::events::{Event, ORDINARY};
use crate::table::Section;

/// The org of the workflow has credits: the state item and the debit are one transaction.
pub(crate) async fn rows(section: &mut Section) -> Outcome<()> {
    let billed = Billed::new().await?;
    let hook = billed.world.hook(echoes_the_event(), json!({})).await;
    billed.world.set_credits(2).await;
    let event = Event::read(ORDINARY)?.to(&hook.path);
    billed.send(&event, 0, 200).await?;
    let accepted = billed.send(&event, 1, 200).await?;
    section.row("1 KB, accepted, with credits", accepted.figures());
    let again = billed.send(&event, 1, 200).await?;
    section.row("1 KB, duplicate, with credits", again.figures());
    let first = billed.send(&event, 2, 402).await?;
    section.row("without credit, the first", first.figures());
    let flood = billed.send(&event, 3, 402).await?;
    section.row(
        "without credit, again within five seconds",
        flood.within(0.0),
    );
    Ok(())
}
