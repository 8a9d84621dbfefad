//! Evaluates a condition on an event, in a bounded number of steps. Values of the event are looked at where they are.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

use super::filter::{Comparison, Filter, Function, FunctionOf};
use super::values::{element, is_true, key, text, type_name};
use super::{ConditionFailed, MAX_CONDITION_STEPS};

pub(super) fn holds(filter: &Filter, event: &Value) -> Result<bool, ConditionFailed> {
    let mut evaluation = Evaluation {
        steps_left: MAX_CONDITION_STEPS,
    };
    let results = evaluation.run(filter, &Cow::Borrowed(event))?;
    Ok(results.iter().any(|result| is_true(result)))
}

pub(super) struct Evaluation {
    steps_left: usize,
}

pub(super) type One<'v> = Cow<'v, Value>;
type Many<'v> = Result<Vec<One<'v>>, ConditionFailed>;

impl Evaluation {
    fn run<'v>(&mut self, filter: &'v Filter, input: &One<'v>) -> Many<'v> {
        self.spend(1)?;
        match filter {
            Filter::Identity => one(input.clone()),
            Filter::Literal(value) => one(Cow::Borrowed(value)),
            Filter::Key(name) => one(key(input, name)?),
            Filter::Index(index) => one(element(input, *index)?),
            Filter::Each => self.each(input),
            Filter::Try(inner) => match self.run(inner, input) {
                Err(ConditionFailed::WrongType) => Ok(Vec::new()),
                other => other,
            },
            Filter::Pipe(left, right) => {
                let mut results = Vec::new();
                for value in self.run(left, input)? {
                    results.extend(self.run(right, &value)?);
                }
                Ok(results)
            }
            Filter::Alternative(left, right) => self.alternative(left, right, input),
            Filter::Or(left, right) => self.logical(left, right, input, true),
            Filter::And(left, right) => self.logical(left, right, input, false),
            Filter::Compare(comparison, left, right) => {
                self.compare_all(*comparison, left, right, input)
            }
            Filter::Call(function) => one(self.call(*function, input)?),
            Filter::CallWith(function, argument) => self.call_with(*function, argument, input),
            Filter::In(choices) => self.is_in(choices, input),
        }
    }

    pub(super) fn spend(&mut self, steps: usize) -> Result<(), ConditionFailed> {
        let left = self.steps_left.checked_sub(steps);
        self.steps_left = left.ok_or(ConditionFailed::TooManySteps)?;
        Ok(())
    }

    fn each<'v>(&mut self, input: &One<'v>) -> Many<'v> {
        let values: Vec<One<'v>> = match input {
            Cow::Borrowed(Value::Array(items)) => items.iter().map(Cow::Borrowed).collect(),
            Cow::Borrowed(Value::Object(map)) => map.values().map(Cow::Borrowed).collect(),
            // What a condition makes itself is a text, a number or a truth.
            Cow::Borrowed(_) | Cow::Owned(_) => return Err(ConditionFailed::WrongType),
        };
        self.spend(values.len())?;
        Ok(values)
    }

    /// The values of the left side that are true; those of the right side where there is none. What fails on the left
    /// counts as nothing.
    fn alternative<'v>(
        &mut self,
        left: &'v Filter,
        right: &'v Filter,
        input: &One<'v>,
    ) -> Many<'v> {
        let mut found = match self.run(left, input) {
            Err(ConditionFailed::WrongType) => Vec::new(),
            other => other?,
        };
        found.retain(|value| is_true(value));
        match found.is_empty() {
            true => self.run(right, input),
            false => Ok(found),
        }
    }

    /// `or` and `and`: the right side is not asked where the left side decides.
    fn logical<'v>(
        &mut self,
        left: &'v Filter,
        right: &'v Filter,
        input: &One<'v>,
        decisive: bool,
    ) -> Many<'v> {
        let mut results = Vec::new();
        for value in self.run(left, input)? {
            if is_true(&value) == decisive {
                results.push(truth(decisive));
                continue;
            }
            for value in self.run(right, input)? {
                results.push(truth(is_true(&value)));
            }
        }
        Ok(results)
    }

    fn compare_all<'v>(
        &mut self,
        comparison: Comparison,
        left: &'v Filter,
        right: &'v Filter,
        input: &One<'v>,
    ) -> Many<'v> {
        let (lefts, rights) = (self.run(left, input)?, self.run(right, input)?);
        let mut results = Vec::new();
        for right in &rights {
            for left in &lefts {
                let order = self.order(left, right)?;
                results.push(truth(match comparison {
                    Comparison::Equal => order == Ordering::Equal,
                    Comparison::NotEqual => order != Ordering::Equal,
                    Comparison::Less => order == Ordering::Less,
                    Comparison::LessOrEqual => order != Ordering::Greater,
                    Comparison::Greater => order == Ordering::Greater,
                    Comparison::GreaterOrEqual => order != Ordering::Less,
                }));
            }
        }
        Ok(results)
    }

    fn is_in<'v>(&mut self, choices: &'v [Filter], input: &One<'v>) -> Many<'v> {
        for choice in choices {
            for value in self.run(choice, input)? {
                if self.order(input, &value)? == Ordering::Equal {
                    return one(truth(true));
                }
            }
        }
        one(truth(false))
    }

    fn call<'v>(
        &mut self,
        function: Function,
        input: &One<'v>,
    ) -> Result<One<'v>, ConditionFailed> {
        Ok(match function {
            Function::Not => truth(!is_true(input)),
            Function::Length => Cow::Owned(self.length(input)?),
            Function::Type => Cow::Owned(Value::from(type_name(input))),
            Function::Any => truth(self.each(input)?.iter().any(|value| is_true(value))),
            Function::All => truth(self.each(input)?.iter().all(|value| is_true(value))),
            Function::Downcase => Cow::Owned(text(input)?.to_ascii_lowercase().into()),
            Function::Upcase => Cow::Owned(text(input)?.to_ascii_uppercase().into()),
        })
    }

    fn call_with<'v>(
        &mut self,
        function: FunctionOf,
        argument: &'v Filter,
        input: &One<'v>,
    ) -> Many<'v> {
        match function {
            FunctionOf::Any => self.quantified(argument, input, true),
            FunctionOf::All => self.quantified(argument, input, false),
            FunctionOf::Select => {
                let results = self.run(argument, input)?;
                let kept = results.iter().filter(|value| is_true(value));
                Ok(kept.map(|_| input.clone()).collect())
            }
            FunctionOf::Has
            | FunctionOf::Contains
            | FunctionOf::StartsWith
            | FunctionOf::EndsWith => {
                let mut results = Vec::new();
                for wanted in self.run(argument, input)? {
                    results.push(truth(self.test(function, input, &wanted)?));
                }
                Ok(results)
            }
        }
    }

    /// Whether the filter is true of any element, or of all.
    fn quantified<'v>(&mut self, filter: &'v Filter, input: &One<'v>, decisive: bool) -> Many<'v> {
        for element in self.each(input)? {
            let results = self.run(filter, &element)?;
            if results.iter().any(|value| is_true(value) == decisive) {
                return one(truth(decisive));
            }
        }
        one(truth(!decisive))
    }
}

fn one(value: One<'_>) -> Many<'_> {
    Ok(vec![value])
}

fn truth<'v>(value: bool) -> One<'v> {
    Cow::Owned(Value::Bool(value))
}
