//! The terms of a condition: constants, paths and calls of functions.

use serde_json::Value;

use super::InvalidCondition;
use super::filter::{Filter, Function, FunctionOf};
use super::parse::{Parsed, Parser, unexpected};
use super::scan::Token;

impl Parser {
    /// A term and what follows it: `.a`, `[0]`, `[]`, `["a"]`, `?`.
    pub(super) fn path(&mut self) -> Parsed {
        let mut filter = self.term()?;
        loop {
            let step = match self.peek() {
                Some(Token::Field(name)) => {
                    let name = name.clone();
                    self.at += 1;
                    Filter::Key(name)
                }
                Some(Token::Sign("[")) => self.bracket()?,
                Some(Token::Sign(".")) => {
                    self.at += 1;
                    self.after_dot()?
                }
                _ => return Ok(filter),
            };
            let step = self.with_try(step);
            filter = Filter::Pipe(Box::new(filter), Box::new(step));
        }
    }

    fn with_try(&mut self, mut step: Filter) -> Filter {
        while self.take("?") {
            step = Filter::Try(Box::new(step));
        }
        step
    }

    /// `["a"]`, `[0]` or `[]`, of a path.
    fn bracket(&mut self) -> Parsed {
        self.expect("[")?;
        if self.take("]") {
            return Ok(Filter::Each);
        }
        let is_negative = self.take("-");
        let step = match self.peek() {
            Some(Token::Text(name)) if !is_negative => Filter::Key(name.clone()),
            Some(Token::Number(number)) => {
                let index = number
                    .as_i64()
                    .ok_or_else(|| InvalidCondition("an index is a whole number".to_owned()))?;
                Filter::Index(if is_negative { -index } else { index })
            }
            _ => {
                let reason = "between [ and ] of a path is a text, a whole number or nothing";
                return Err(InvalidCondition(reason.to_owned()));
            }
        };
        self.at += 1;
        self.expect("]")?;
        Ok(step)
    }

    /// `."a"` or `.[0]`, after its dot.
    fn after_dot(&mut self) -> Parsed {
        match self.peek() {
            Some(Token::Text(name)) => {
                let name = name.clone();
                self.at += 1;
                Ok(Filter::Key(name))
            }
            Some(Token::Sign("[")) => self.bracket(),
            Some(token) => Err(unexpected(token)),
            None => Err(InvalidCondition("a name is missing after `.`".to_owned())),
        }
    }

    fn term(&mut self) -> Parsed {
        let Some(token) = self.peek().cloned() else {
            return Err(InvalidCondition("the condition ends too early".to_owned()));
        };
        self.at += 1;
        let term = match token {
            Token::Field(name) => Filter::Key(name),
            Token::Text(text) => Filter::Literal(Value::from(text)),
            Token::Number(number) => Filter::Literal(number),
            Token::Sign("-") => self.negative()?,
            Token::Sign("(") => {
                let inner = self.nested()?;
                self.expect(")")?;
                inner
            }
            Token::Sign(".") => match self.peek() {
                Some(Token::Text(_) | Token::Sign("[")) => self.after_dot()?,
                _ => Filter::Identity,
            },
            Token::Name(name) => self.call(&name)?,
            Token::Sign(_) => return Err(unexpected(&token)),
        };
        Ok(self.with_try(term))
    }

    fn negative(&mut self) -> Parsed {
        let Some(Token::Number(number)) = self.peek() else {
            let reason = "a condition does not calculate; `-` stands before a number only";
            return Err(InvalidCondition(reason.to_owned()));
        };
        let negative = serde_json::from_str(&format!("-{number}"));
        self.at += 1;
        let negative = negative.map_err(|_| InvalidCondition("no number".to_owned()))?;
        Ok(Filter::Literal(negative))
    }

    fn call(&mut self, name: &str) -> Parsed {
        match name {
            "true" => return Ok(Filter::Literal(Value::Bool(true))),
            "false" => return Ok(Filter::Literal(Value::Bool(false))),
            "null" => return Ok(Filter::Literal(Value::Null)),
            _ => {}
        }
        if !self.take("(") {
            let function = Function::named(name).ok_or_else(|| unknown(name))?;
            return Ok(Filter::Call(function));
        }
        if name == "IN" {
            return self.alternatives();
        }
        let function = FunctionOf::named(name).ok_or_else(|| unknown(name))?;
        let argument = self.nested()?;
        self.expect(")")?;
        Ok(Filter::CallWith(function, Box::new(argument)))
    }

    fn alternatives(&mut self) -> Parsed {
        let mut values = vec![self.nested()?];
        while self.take(",") {
            values.push(self.nested()?);
        }
        self.expect(")")?;
        Ok(Filter::In(values))
    }
}

fn unknown(name: &str) -> InvalidCondition {
    InvalidCondition(format!(
        "`{name}` is not available in a condition, with these arguments; use a path, a comparison, and, or, not, any, all, \
         select, has, contains, startswith, endswith, IN, length, type, ascii_downcase or ascii_upcase"
    ))
}
