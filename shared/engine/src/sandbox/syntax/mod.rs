//! Reads the text of an expression into the interpreter's terms, with the grammar of jq 1.7 and 1.8.
//!
//! The interpreter's own parser differs from jq in precedence, escapes, numbers and destructuring, and its updates and
//! its order of outputs are not jq's. So the text is parsed here, and what the interpreter has no term for is written
//! with terms that it has. Knows the grammar only; whether a name exists is for the compiler to say.

mod alternatives;
mod binding;
mod cursor;
mod operators;
mod order;
mod postfix;
mod primary;
mod strings;

#[cfg(test)]
mod tests;

use crate::limits::expression::MAX_NESTING;
use cursor::{Cursor, Token};
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};

/// What the parser makes of a text.
type Parsed<T> = Result<T, String>;
/// A term whose names are parts of the text.
type TermOf<'s> = Term<&'s str>;

/// How much of a wrong token is quoted.
const QUOTED_CHARS: usize = 40;

/// The internal names of filters that only the parser can call: no expression can spell them.
pub(super) const MODIFY: &str = "!modify";
pub(super) const ASSIGN: &str = "!assign";

/// Reads an expression.
pub(super) fn expression(text: &str) -> Parsed<TermOf<'_>> {
    let mut parser = Parser::new(text, false);
    let term = parser.pipe()?;
    parser.expect_end()?;
    Ok(term)
}

/// Reads definitions and nothing after them.
pub(super) fn definitions(text: &str) -> Parsed<Vec<Def<&str>>> {
    let mut parser = Parser::new(text, true);
    let mut definitions = Vec::new();
    while parser.cursor.takes_word("def") {
        definitions.push(parser.definition()?);
    }
    parser.expect_end()?;
    Ok(definitions)
}

struct Parser<'s> {
    cursor: Cursor<'s>,
    nesting: usize,
}

impl<'s> Parser<'s> {
    fn new(text: &'s str, is_library: bool) -> Self {
        Self {
            cursor: Cursor::new(text, is_library),
            nesting: 0,
        }
    }

    /// Reads one level deeper, if it is not too deep.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.nesting >= MAX_NESTING {
            return Err(format!(
                "syntax: more than {MAX_NESTING} levels inside each other"
            ));
        }
        self.nesting += 1;
        let read = read(self);
        self.nesting -= 1;
        read
    }

    fn expect_end(&mut self) -> Parsed<()> {
        match self.cursor.peek()? {
            None => Ok(()),
            Some(_) => Err(self.unexpected("an operator or the end")),
        }
    }

    /// The sentence for a token that does not fit.
    fn unexpected(&self, expected: &str) -> String {
        let found: String = self.cursor.rest().chars().take(QUOTED_CHARS).collect();
        if found.is_empty() {
            return format!("syntax: expected {expected} at the end");
        }
        format!("syntax: expected {expected}, found `{found}`")
    }

    fn expect(&mut self, symbol: &'static str) -> Parsed<()> {
        if self.cursor.takes(symbol)? {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{symbol}`")))
    }

    fn expect_word(&mut self, word: &'static str) -> Parsed<()> {
        if self.cursor.takes_word(word) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{word}`")))
    }

    /// `a | b | c`, with definitions before any part.
    fn pipe(&mut self) -> Parsed<TermOf<'s>> {
        self.nested(|parser| parser.pipe_here())
    }

    fn pipe_here(&mut self) -> Parsed<TermOf<'s>> {
        let mut parts = Vec::new();
        loop {
            if self.cursor.takes_word("def") {
                parts.push(self.defined()?);
                break;
            }
            parts.push(self.comma()?);
            if !self.cursor.takes("|")? {
                break;
            }
        }
        Ok(piped(parts))
    }

    /// Definitions, of which the first `def` is read already, and the pipe that they are for.
    fn defined(&mut self) -> Parsed<TermOf<'s>> {
        let mut definitions = vec![self.definition()?];
        while self.cursor.takes_word("def") {
            definitions.push(self.definition()?);
        }
        Ok(Term::Def(definitions, Box::new(self.pipe()?)))
    }

    fn comma(&mut self) -> Parsed<TermOf<'s>> {
        let mut term = self.binary(0)?;
        while self.cursor.takes(",")? {
            let next = self.binary(0)?;
            term = Term::BinOp(Box::new(term), BinaryOp::Comma, Box::new(next));
        }
        Ok(term)
    }

    /// The rest of a definition, after `def`.
    fn definition(&mut self) -> Parsed<Def<&'s str>> {
        let name = match self.cursor.peek()? {
            Some(Token::Word(name) | Token::Format(name)) if !name.contains("::") => name,
            _ => return Err(self.unexpected("a name")),
        };
        self.cursor.advance();
        let mut args = Vec::new();
        if self.cursor.takes("(")? {
            loop {
                match self.cursor.peek()? {
                    Some(Token::Word(name) | Token::Var(name)) => args.push(name),
                    _ => return Err(self.unexpected("a parameter")),
                }
                self.cursor.advance();
                if !self.cursor.takes(";")? {
                    break;
                }
            }
            self.expect(")")?;
        }
        self.expect(":")?;
        let source = self.cursor.rest();
        let mut body = self.pipe()?;
        let source = source.get(..source.len() - self.cursor.rest().len());
        self.expect(";")?;
        let source = source.unwrap_or_default();
        for parameter in args.iter_mut().rev() {
            // A parameter `$name` is a filter `name` too, where the body calls it.
            if let Some(name) = parameter
                .strip_prefix('$')
                .filter(|name| calls(source, name))
            {
                let binding = BinaryOp::Pipe(Some(Pattern::Var(*parameter)));
                let call = Term::Call(name, Vec::new());
                body = Term::BinOp(Box::new(call), binding, Box::new(body));
                *parameter = name;
            }
        }
        Ok(Def { name, args, body })
    }
}

/// Whether the text of a body may call a filter of this name.
fn calls(body: &str, name: &str) -> bool {
    body.match_indices(name).any(|(at, _)| {
        let before = body.get(..at).unwrap_or_default();
        let after = body.get(at + name.len()..).unwrap_or_default();
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        !before.ends_with(|c: char| is_part(c) || "$.@".contains(c)) && !after.starts_with(is_part)
    })
}

/// The parts of a pipe, one after the other.
fn piped(mut parts: Vec<TermOf<'_>>) -> TermOf<'_> {
    let last = parts.pop().unwrap_or_default();
    parts.into_iter().rev().fold(last, |rest, part| {
        Term::BinOp(Box::new(part), BinaryOp::Pipe(None), Box::new(rest))
    })
}
