//! Compares the answers that the clients got with the history. Each violation is a sentence.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::ledger::{Answered, Delivery};
use crate::receiver::Calls;
use crate::recovery::{Execution, has_ended};
use crate::workflows::Hook;

/// How many violations are printed; the others are counted.
const SHOWN: usize = 20;

pub(crate) struct Verdict {
    violations: Vec<String>,
    counts: Vec<(&'static str, String)>,
}

impl Verdict {
    pub(crate) fn of(
        seen: &Answered,
        calls: &Calls,
        hooks: &[Hook],
        history: &[Execution],
    ) -> Self {
        let mut verdict = Self {
            violations: Vec::new(),
            counts: counts(seen, calls, history),
        };
        verdict.there_was_load(seen);
        verdict.each_ended(history);
        verdict.each_id_once(history);
        verdict.each_answer_names_one(seen, history);
        verdict.each_delivery_has_one(seen);
        verdict.each_execution_was_requested(seen, hooks, history);
        verdict.each_call_was_made(calls, hooks, history);
        verdict
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }

    fn there_was_load(&mut self, seen: &Answered) {
        if seen.accepted == 0 || seen.duplicates == 0 || seen.lost == 0 {
            self.violate("the load was too thin to show anything".to_owned());
        }
    }

    /// Every execution has succeeded, because none of these workflows can fail by itself.
    fn each_ended(&mut self, history: &[Execution]) {
        for execution in history {
            let (id, status) = (&execution.id, &execution.status);
            if !has_ended(status) {
                self.violate(format!("{id} is still {status}"));
            } else if status != "succeeded" {
                self.violate(format!("{id} has {status}"));
            }
        }
    }

    fn each_id_once(&mut self, history: &[Execution]) {
        let mut ids = BTreeSet::new();
        let mut deliveries: BTreeMap<Delivery, &str> = BTreeMap::new();
        for execution in history {
            let id = execution.id.as_str();
            if !ids.insert(id) {
                self.violate(format!("{id} is listed twice"));
            }
            let Some(delivery) = delivery_of(execution) else {
                continue;
            };
            let name = delivery.id.clone();
            if let Some(other) = deliveries.insert(delivery, id) {
                self.violate(format!("delivery {name} has two executions: {other}, {id}"));
            }
        }
    }

    fn each_answer_names_one(&mut self, seen: &Answered, history: &[Execution]) {
        let by_id: BTreeMap<&str, &Execution> = history
            .iter()
            .map(|execution| (execution.id.as_str(), execution))
            .collect();
        for (delivery, answers) in &seen.deliveries {
            let executions: BTreeSet<&str> =
                answers.executions.iter().map(String::as_str).collect();
            for id in executions {
                let found = by_id.get(id).and_then(|found| delivery_of(found));
                if found.as_ref() != Some(delivery) {
                    let name = &delivery.id;
                    self.violate(format!(
                        "delivery {name} was answered {id}, which is not its"
                    ));
                }
            }
        }
        let mut anonymous = BTreeSet::new();
        for id in &seen.anonymous {
            if !anonymous.insert(id) {
                self.violate(format!(
                    "two requests without a delivery id were answered {id}"
                ));
            }
            if !by_id.contains_key(id.as_str()) {
                self.violate(format!("a request was answered {id}, which is not there"));
            }
        }
    }

    fn each_delivery_has_one(&mut self, seen: &Answered) {
        for (Delivery { id, .. }, answers) in &seen.deliveries {
            let named: BTreeSet<&String> = answers.executions.iter().collect();
            if named.len() != 1 {
                self.violate(format!("delivery {id} was answered {named:?}"));
            }
            if answers.firsts > 1 {
                let firsts = answers.firsts;
                self.violate(format!("delivery {id} was the first {firsts} times"));
            }
        }
    }

    /// Every execution belongs to a delivery id that was sent, or to a request without one that was accepted or has no
    /// answer.
    fn each_execution_was_requested(
        &mut self,
        seen: &Answered,
        hooks: &[Hook],
        history: &[Execution],
    ) {
        let answered: BTreeSet<&String> = seen.anonymous.iter().collect();
        for Hook { workflow, .. } in hooks {
            let own = history
                .iter()
                .filter(|execution| &execution.workflow == workflow);
            let mut unasked = 0;
            for execution in own {
                match delivery_of(execution) {
                    Some(delivery) if !seen.deliveries.contains_key(&delivery) => {
                        self.violate(format!(
                            "{} has a delivery id that no client sent",
                            execution.id
                        ));
                    }
                    None if !answered.contains(&execution.id) => unasked += 1,
                    Some(_) | None => {}
                }
            }
            let unknown = seen.unknown.get(workflow).copied().unwrap_or(0);
            if unasked > unknown {
                self.violate(format!(
                    "{unasked} executions of {workflow} that no answer names, but {unknown} requests without an answer"
                ));
            }
        }
    }

    /// A call may be repeated but never left out.
    fn each_call_was_made(&mut self, calls: &Calls, hooks: &[Hook], history: &[Execution]) {
        let callers: BTreeSet<&str> = calls
            .keys()
            .filter_map(|key| key.split('/').next())
            .collect();
        let calling = hooks.iter().filter(|hook| hook.calls_out);
        for Hook { workflow, .. } in calling {
            for Execution { id, .. } in history
                .iter()
                .filter(|execution| &execution.workflow == workflow)
                .filter(|execution| execution.status == "succeeded")
            {
                if !callers.contains(id.as_str()) {
                    self.violate(format!("{id} has succeeded, but the receiver got no call"));
                }
            }
        }
    }

    fn violate(&mut self, what: String) {
        self.violations.push(what);
    }
}

fn delivery_of(execution: &Execution) -> Option<Delivery> {
    Some(Delivery {
        workflow: execution.workflow.clone(),
        id: execution.delivery.clone()?,
    })
}

fn counts(seen: &Answered, calls: &Calls, history: &[Execution]) -> Vec<(&'static str, String)> {
    let mut by_status: BTreeMap<&str, u64> = BTreeMap::new();
    for execution in history {
        *by_status.entry(&execution.status).or_default() += 1;
    }
    let slowest_ms = history
        .iter()
        .filter_map(|execution| execution.lasted_ms)
        .max();
    let repeated = calls.values().filter(|times| **times > 1).count();
    vec![
        ("requests", seen.requests.to_string()),
        ("2xx", seen.accepted.to_string()),
        ("of them duplicates", seen.duplicates.to_string()),
        ("refused, by status", format!("{:?}", seen.refused)),
        ("without an answer", seen.lost.to_string()),
        ("delivery ids", seen.deliveries.len().to_string()),
        ("executions", format!("{}, {by_status:?}", history.len())),
        (
            "calls made",
            format!("{}, {repeated} of them more than once", calls.len()),
        ),
        (
            "slowest, accept to end",
            format!("{:.1} s", slowest_ms.unwrap_or(0) as f64 / 1000.0),
        ),
    ]
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.counts {
            writeln!(f, "{name:<22} {value}")?;
        }
        for violation in self.violations.iter().take(SHOWN) {
            writeln!(f, "VIOLATION              {violation}")?;
        }
        write!(f, "violations             {}", self.violations.len())
    }
}
