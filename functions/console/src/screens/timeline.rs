//! The steps of an execution on a line of time. Stretches in which nothing ran are drawn short, so that a step of
//! milliseconds can be seen beside a wait of days.

use domain::Timestamp;
use maud::{Markup, html};
use serde_json::Value;

use super::execution::PAGE_STEPS;
use crate::api_calls::segment;
use crate::json::{number, optional, text};
use crate::parts::{duration, json as json_block, millis_of, status, time};

/// The width of the drawing, in its own units.
const WIDTH: i64 = 1_000;
/// What an idle stretch takes of the width, at most.
const IDLE_WIDTH: i64 = 60;
/// An idle stretch that is shorter is drawn like any other.
const SHORT_IDLE_MS: i64 = 1_000;
/// Bytes of all values of one page, and of one value at least and at most.
const VALUES_BYTES: usize = 8_000;
const VALUE_BYTES: (usize, usize) = (120, 2_000);

/// The first steps of an execution, with a link to all of them.
pub(crate) fn timeline(execution: &Value, now: Timestamp) -> Markup {
    let steps = execution["steps"].as_array().map_or(&[][..], Vec::as_slice);
    let mut shown = steps.get(..PAGE_STEPS).unwrap_or(steps).to_vec();
    // The API lists a task where it ended, behind those that stand in it.
    shown.sort_by_key(|step| {
        (
            text(step, "startedAt").to_owned(),
            depth(text(step, "path")),
        )
    });
    let has_more = shown.len() < steps.len() || !execution["nextStepsCursor"].is_null();
    html! {
        @if shown.is_empty() { p.empty { "No steps yet." } }
        (drawn(&shown, now))
        @if has_more {
            p { a href={ "/console/executions/" (segment(text(execution, "id"))) "/steps" } { "All steps" } }
        }
    }
}

/// Steps as rows without a drawing, of a page that has not all of them.
pub(crate) fn rows(steps: &[Value]) -> Markup {
    html! { ol.timeline { @for step in steps { (row(step, None, value_bytes(steps.len()))) } } }
}

fn drawn(steps: &[Value], now: Timestamp) -> Markup {
    let spans: Vec<(i64, i64)> = steps.iter().map(|step| span(step, now)).collect();
    let scale = Scale::new(&spans);
    let gaps = gaps(&spans);
    html! {
        ol.timeline {
            @for ((step, (from, to)), gap) in steps.iter().zip(&spans).zip(gaps) {
                @if gap >= SHORT_IDLE_MS { li.gap { "idle for " (duration(gap)) } }
                (row(step, Some(scale.bar(*from, *to)), value_bytes(steps.len())))
            }
        }
    }
}

/// For how long nothing ran before each step.
fn gaps(spans: &[(i64, i64)]) -> Vec<i64> {
    let mut reached = spans.first().map_or(0, |(from, _)| *from);
    let of = spans.iter().map(|(from, to)| {
        let gap = from - reached;
        reached = reached.max(*to);
        gap
    });
    of.collect()
}

fn value_bytes(steps: usize) -> usize {
    let (least, most) = VALUE_BYTES;
    (VALUES_BYTES / (2 * steps.max(1))).clamp(least, most)
}

/// When a step began and ended; one that runs has not ended yet.
fn span(step: &Value, now: Timestamp) -> (i64, i64) {
    let from = millis_of(text(step, "startedAt")).unwrap_or_default();
    let to = optional(step, "finishedAt").and_then(millis_of);
    (from, to.unwrap_or(now.as_millis()).max(from))
}

fn row(step: &Value, bar: Option<(i64, i64)>, value_bytes: usize) -> Markup {
    let attempts = number(step, "attempts");
    let visit = number(step, "visit");
    let from = millis_of(text(step, "startedAt"));
    let to = optional(step, "finishedAt").and_then(millis_of);
    let depth = depth(text(step, "path"));
    html! {
        li class={ "step depth-" (depth) } {
            details {
                summary {
                    span.name { (text(step, "name")) }
                    span.kind { (text(step, "type")) }
                    (status(text(step, "status")))
                    @if visit > 1 { span.flag { "visit " (visit) } }
                    @if attempts > 1 { span.flag { (attempts) " attempts" } }
                    span.took { @if let (Some(from), Some(to)) = (from, to) { (duration(to - from)) } }
                    @if let Some((x, width)) = bar {
                        svg.bar viewBox="0 0 1000 6" preserveAspectRatio="none" aria-hidden="true" {
                            rect class=(text(step, "status")) x=(x) width=(width) height="6" {}
                        }
                    }
                }
                (contents(step, value_bytes))
            }
        }
    }
}

fn contents(step: &Value, max_bytes: usize) -> Markup {
    let call = &step["call"];
    html! {
        dl.facts {
            dt { "Task" } dd { code { (text(step, "path")) } }
            dt { "Began" } dd { (time(optional(step, "startedAt"))) }
            @if !call.is_null() {
                dt { "Called" } dd {
                    code { (text(call, "method")) " " (text(call, "url")) }
                    @if let Some(status) = call["status"].as_u64() { " answered " (status) }
                }
            }
        }
        @for (label, name) in [("Error", "error"), ("Output", "output"), ("Input", "input")] {
            @if !step[name].is_null() { h4 { (label) } (json_block(&step[name], max_bytes)) }
        }
    }
}

/// How many tasks a task stands in: its pointer has a list of tasks for each.
fn depth(path: &str) -> usize {
    let lists = path
        .split('/')
        .skip(1)
        .filter(|part| part.parse::<u32>().is_ok());
    lists.count().saturating_sub(1).min(4)
}

/// Times to positions in the drawing.
struct Scale {
    /// Stretches in order: from, to, and the position and width of each.
    stretches: Vec<(i64, i64, i64, i64)>,
}

impl Scale {
    /// What runs takes the width by its length; what is idle takes little.
    fn new(spans: &[(i64, i64)]) -> Self {
        let pieces = pieces(spans);
        let length = |(from, to, _): &(i64, i64, bool)| to - from;
        let is_short = |piece: &(i64, i64, bool)| piece.2 && length(piece) > SHORT_IDLE_MS;
        let idle = i64::try_from(pieces.iter().filter(|piece| is_short(piece)).count());
        let idle_width = (idle.unwrap_or(WIDTH) * IDLE_WIDTH).min(WIDTH / 2);
        let count = idle.unwrap_or(1).max(1);
        let busy: i64 = pieces
            .iter()
            .filter(|piece| !is_short(piece))
            .map(length)
            .sum();
        let mut stretches = Vec::new();
        let mut at = 0;
        for piece in &pieces {
            let width = if is_short(piece) {
                idle_width / count
            } else {
                length(piece).saturating_mul(WIDTH - idle_width) / busy.max(1)
            };
            stretches.push((piece.0, piece.1, at, width));
            at += width;
        }
        Self { stretches }
    }

    fn position(&self, moment: i64) -> i64 {
        let mut position = 0;
        for (from, to, at, width) in &self.stretches {
            if moment <= *from {
                break;
            }
            let within = (moment.min(*to) - from).saturating_mul(*width) / (to - from).max(1);
            position = at + within;
        }
        position
    }

    /// Where a bar begins, and how wide it is: always wide enough to be seen.
    fn bar(&self, from: i64, to: i64) -> (i64, i64) {
        let at = self.position(from).min(WIDTH - 4);
        (at, (self.position(to) - at).max(4))
    }
}

/// The time of all spans in pieces: from, to, and whether nothing ran.
fn pieces(spans: &[(i64, i64)]) -> Vec<(i64, i64, bool)> {
    let mut sorted = spans.to_vec();
    sorted.sort_unstable();
    let mut pieces: Vec<(i64, i64, bool)> = Vec::new();
    for (from, to) in sorted {
        match pieces.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            Some(last) => {
                let end = last.1;
                pieces.push((end, from, true));
                pieces.push((from, to, false));
            }
            None => pieces.push((from, to, false)),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_of_days_leaves_room_for_steps_of_milliseconds() {
        let day = 86_400_000;
        let scale = Scale::new(&[(0, 100), (day, day + 100)]);
        assert_eq!(gaps(&[(0, 100), (day, day + 100)]), [0, day - 100]);
        assert_eq!(scale.bar(0, 100), (0, 470));
        assert_eq!(scale.bar(day, day + 100), (530, 470));
    }

    #[test]
    fn steps_side_by_side_and_of_no_length_are_seen() {
        let scale = Scale::new(&[(0, 100), (50, 60), (100, 100)]);
        assert_eq!(scale.bar(50, 60), (500, 100));
        assert_eq!(scale.bar(100, 100), (996, 4));
        assert_eq!(Scale::new(&[(5, 5)]).bar(5, 5), (0, 4));
        assert_eq!(Scale::new(&[]).bar(5, 5), (0, 4));
    }

    #[test]
    fn a_task_in_a_task_is_deeper() {
        assert_eq!(depth("/do/0/charge"), 0);
        assert_eq!(depth("/do/0/each/for/do/1/send"), 1);
    }
}
