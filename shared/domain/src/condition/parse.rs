//! Reads the tokens of a condition as a filter, with jq's precedence: `|`, `//`, `or`, `and`, comparisons, paths.

use super::filter::{Comparison, Filter};
use super::scan::{Token, tokens};
use super::{InvalidCondition, MAX_CONDITION_NESTING};

pub(super) fn filter(text: &str) -> Result<Filter, InvalidCondition> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        depth: 0,
    };
    let filter = parser.pipe()?;
    match parser.peek() {
        None => Ok(filter),
        Some(token) => Err(unexpected(token)),
    }
}

pub(super) struct Parser {
    tokens: Vec<Token>,
    pub(super) at: usize,
    depth: usize,
}

pub(super) type Parsed = Result<Filter, InvalidCondition>;

impl Parser {
    pub(super) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    pub(super) fn take(&mut self, sign: &str) -> bool {
        let is_next = matches!(self.peek(), Some(Token::Sign(next)) if *next == sign);
        self.at += usize::from(is_next);
        is_next
    }

    pub(super) fn take_name(&mut self, name: &str) -> bool {
        let is_next = matches!(self.peek(), Some(Token::Name(next)) if next == name);
        self.at += usize::from(is_next);
        is_next
    }

    pub(super) fn expect(&mut self, sign: &str) -> Result<(), InvalidCondition> {
        match self.take(sign) {
            true => Ok(()),
            false => Err(InvalidCondition(format!("a `{sign}` is missing"))),
        }
    }

    /// What is in brackets is a condition of its own, one level deeper.
    pub(super) fn nested(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > MAX_CONDITION_NESTING {
            let reason = format!("a condition nests at most {MAX_CONDITION_NESTING} levels");
            return Err(InvalidCondition(reason));
        }
        let filter = self.pipe();
        self.depth -= 1;
        filter
    }

    fn pipe(&mut self) -> Parsed {
        let mut filter = self.alternative()?;
        while self.take("|") {
            let then = self.alternative()?;
            filter = Filter::Pipe(Box::new(filter), Box::new(then));
        }
        Ok(filter)
    }

    /// `a // b // c` is `a // (b // c)`.
    fn alternative(&mut self) -> Parsed {
        let mut choices = vec![self.or()?];
        while self.take("//") {
            choices.push(self.or()?);
        }
        let last = choices.pop().unwrap_or(Filter::Identity);
        let joined = choices.into_iter().rev().fold(last, |right, left| {
            Filter::Alternative(Box::new(left), Box::new(right))
        });
        Ok(joined)
    }

    fn or(&mut self) -> Parsed {
        let mut filter = self.and()?;
        while self.take_name("or") {
            let right = self.and()?;
            filter = Filter::Or(Box::new(filter), Box::new(right));
        }
        Ok(filter)
    }

    fn and(&mut self) -> Parsed {
        let mut filter = self.comparison()?;
        while self.take_name("and") {
            let right = self.comparison()?;
            filter = Filter::And(Box::new(filter), Box::new(right));
        }
        Ok(filter)
    }

    /// Comparisons cannot be chained.
    fn comparison(&mut self) -> Parsed {
        let left = self.path()?;
        let Some(comparison) = self.comparison_sign() else {
            return Ok(left);
        };
        let right = self.path()?;
        Ok(Filter::Compare(comparison, Box::new(left), Box::new(right)))
    }

    fn comparison_sign(&mut self) -> Option<Comparison> {
        let Some(Token::Sign(sign)) = self.peek() else {
            return None;
        };
        let comparison = match *sign {
            "==" => Comparison::Equal,
            "!=" => Comparison::NotEqual,
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterOrEqual,
            _ => return None,
        };
        self.at += 1;
        Some(comparison)
    }
}

pub(super) fn unexpected(token: &Token) -> InvalidCondition {
    let shown = match token {
        Token::Name(text) => text.clone(),
        Token::Field(text) => format!(".{text}"),
        Token::Text(text) => format!("\"{text}\""),
        Token::Number(number) => number.to_string(),
        Token::Sign(sign) => (*sign).to_owned(),
    };
    InvalidCondition(format!("`{shown}` is not understood at its place"))
}
