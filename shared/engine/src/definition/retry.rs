//! Retry policies: which errors are retried, how often, and after which delay.

use super::duration::Duration;
use super::fields::Fields;
use super::parser::TaskParser;
use super::scope::{Position, Scope};
use super::template::Template;
use serde_json::Value;

/// DSL reference, "Retry".
#[derive(Debug)]
pub(crate) struct Retry {
    /// The variable that holds the error, with its `$`.
    pub(crate) error_name: String,
    pub(crate) when: Option<Template>,
    pub(crate) except_when: Option<Template>,
    pub(crate) delay: Option<Duration>,
    pub(crate) backoff: Backoff,
    /// The bounds of a random addition to the delay.
    pub(crate) jitter: Option<(Duration, Duration)>,
    /// The most retries, not counting the first attempt.
    pub(crate) max_retries: Option<u64>,
    /// The timeout of each attempt.
    pub(crate) attempt_duration: Option<Duration>,
    /// The time from the first attempt after which no retry begins.
    pub(crate) max_duration: Option<Duration>,
}

/// How the delay grows from retry to retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backoff {
    Constant,
    /// The delay times the number of the retry.
    Linear,
    /// The delay doubles with every retry.
    Exponential,
}

impl Backoff {
    /// The delay in milliseconds before a retry; the first retry is number 1.
    pub(crate) fn delay_ms(self, delay_ms: i64, retry: u64) -> i64 {
        let retry = i64::try_from(retry).unwrap_or(i64::MAX);
        match self {
            Self::Constant => delay_ms,
            Self::Linear => delay_ms.saturating_mul(retry),
            Self::Exponential => {
                let doublings = u32::try_from(retry.saturating_sub(1))
                    .unwrap_or(u32::MAX)
                    .min(62);
                delay_ms.saturating_mul(1_i64 << doublings)
            }
        }
    }
}

impl TaskParser<'_> {
    /// Reads a policy whose expressions see the error under a name.
    pub(super) fn retry(
        &mut self,
        value: &Value,
        pointer: &str,
        error_name: &str,
        scope: &Scope,
    ) -> Option<Retry> {
        let mut fields = Fields::of(value, pointer, self.diagnostics)?;
        let error_name = error_name.to_owned();
        let scope = &scope.with([&error_name]);
        let site = scope.at(Position::TaskDefinition);
        let when = fields.expression("when", site, self.diagnostics);
        let except_when = fields.expression("exceptWhen", site, self.diagnostics);
        let delay = self.duration(&mut fields, "delay", scope);
        let backoff = self.backoff(&mut fields);
        let jitter = self.jitter(&mut fields, scope);
        let (mut max_retries, mut attempt_duration, mut max_duration) = (None, None, None);
        if let Some(mut limit) = fields.object("limit", self.diagnostics) {
            max_duration = self.duration(&mut limit, "duration", scope);
            (max_retries, attempt_duration) = self.attempts(&mut limit, scope);
            limit.end(self.diagnostics);
        }
        fields.end(self.diagnostics);
        Some(Retry {
            error_name,
            when,
            except_when,
            delay,
            backoff,
            jitter,
            max_retries,
            attempt_duration,
            max_duration,
        })
    }

    /// The bounds of `jitter`.
    fn jitter(&mut self, fields: &mut Fields<'_>, scope: &Scope) -> Option<(Duration, Duration)> {
        let mut jitter = fields.object("jitter", self.diagnostics)?;
        let least = self.required_duration(&mut jitter, "from", scope);
        let most = self.required_duration(&mut jitter, "to", scope);
        jitter.end(self.diagnostics);
        Some((least?, most?))
    }

    /// `limit.attempt`: the most retries, and the timeout of each attempt.
    fn attempts(
        &mut self,
        limit: &mut Fields<'_>,
        scope: &Scope,
    ) -> (Option<u64>, Option<Duration>) {
        let Some(mut attempt) = limit.object("attempt", self.diagnostics) else {
            return (None, None);
        };
        let count = attempt.take("count");
        let max_retries = count.and_then(Value::as_u64);
        if count.is_some() && max_retries.is_none() {
            self.diagnostics
                .add(&attempt.at("count"), "must be a whole number, zero or more");
        }
        let duration = self.duration(&mut attempt, "duration", scope);
        attempt.end(self.diagnostics);
        (max_retries, duration)
    }

    fn backoff(&mut self, fields: &mut Fields<'_>) -> Backoff {
        let Some(mut backoff) = fields.object("backoff", self.diagnostics) else {
            return Backoff::Constant;
        };
        let kinds = [
            ("constant", Backoff::Constant),
            ("linear", Backoff::Linear),
            ("exponential", Backoff::Exponential),
        ];
        let given: Vec<_> = kinds
            .iter()
            .filter(|(name, _)| backoff.take(name).is_some())
            .collect();
        let chosen = match given.as_slice() {
            [(_, kind)] => *kind,
            _ => {
                self.diagnostics
                    .add(&backoff.pointer, "must be constant, linear or exponential");
                Backoff::Constant
            }
        };
        backoff.end(self.diagnostics);
        chosen
    }

    pub(super) fn duration(
        &mut self,
        fields: &mut Fields<'_>,
        name: &str,
        scope: &Scope,
    ) -> Option<Duration> {
        let value = fields.take(name)?;
        Some(Duration::parse(
            value,
            &fields.at(name),
            scope,
            self.diagnostics,
        ))
    }

    fn required_duration(
        &mut self,
        fields: &mut Fields<'_>,
        name: &str,
        scope: &Scope,
    ) -> Option<Duration> {
        fields.require(name, self.diagnostics);
        self.duration(fields, name, scope)
    }
}
