//! Primary terms: literals, brackets, calls, control flow.

use super::cursor::Token;
use super::postfix::name_term;
use super::{Parsed, Parser, TermOf};
use jaq_core::load::parse::Term;
use jaq_core::path::{Part, Path};

/// Words that are no names of filters.
const KEYWORDS: [&str; 20] = [
    "and", "as", "break", "catch", "def", "elif", "else", "end", "foreach", "if", "import",
    "include", "label", "module", "or", "reduce", "then", "try", "__loc__", "__main__",
];

impl<'s> Parser<'s> {
    pub(super) fn primary(&mut self) -> Parsed<TermOf<'s>> {
        let Some(token) = self.cursor.peek()? else {
            return Err(self.unexpected("an expression"));
        };
        if token == Token::Quote {
            return self.string(None);
        }
        if matches!(token, Token::Field(_)) {
            // The point is the input; the postfix reader takes the name as its first step.
            return Ok(Term::Id);
        }
        match token {
            Token::Number(text) => {
                self.cursor.advance();
                Ok(Term::Num(text))
            }
            Token::Var(name) => {
                self.cursor.advance();
                Ok(Term::Var(name))
            }
            Token::Format(format) => {
                self.cursor.advance();
                match self.cursor.peek()? {
                    Some(Token::Quote) => self.string(Some(format)),
                    _ => Ok(Term::Call(format, Vec::new())),
                }
            }
            Token::Symbol(symbol) => self.symbol(symbol),
            Token::Word(word) => self.word(word),
            Token::Quote | Token::Field(_) => Err(self.unexpected("an expression")),
        }
    }

    fn symbol(&mut self, symbol: &'s str) -> Parsed<TermOf<'s>> {
        match symbol {
            "." => {
                self.cursor.advance();
                match self.cursor.rest().as_bytes().first() {
                    Some(b'"') => {
                        let step = (Part::Index(self.string(None)?), self.optional()?);
                        Ok(Term::Path(Box::new(Term::Id), Path(vec![step])))
                    }
                    _ => Ok(Term::Id),
                }
            }
            ".." => {
                self.cursor.advance();
                Ok(Term::Recurse)
            }
            "(" => {
                self.cursor.advance();
                let inner = self.pipe()?;
                self.expect(")")?;
                Ok(inner)
            }
            "[" => {
                self.cursor.advance();
                if self.cursor.takes("]")? {
                    return Ok(Term::Arr(None));
                }
                let items = self.pipe()?;
                self.expect("]")?;
                Ok(Term::Arr(Some(Box::new(items))))
            }
            "{" => {
                self.cursor.advance();
                self.object()
            }
            "-" => {
                self.cursor.advance();
                let operand = self.operand()?;
                Ok(Term::Neg(Box::new(operand)))
            }
            _ => Err(self.unexpected("an expression")),
        }
    }

    fn word(&mut self, word: &'s str) -> Parsed<TermOf<'s>> {
        match word {
            "if" => self.condition(),
            "try" => {
                self.cursor.advance();
                let body = self.nested(|parser| parser.term())?;
                let handler = if self.cursor.takes_word("catch") {
                    Some(Box::new(self.nested(|parser| parser.term())?))
                } else {
                    None
                };
                Ok(Term::TryCatch(Box::new(body), handler))
            }
            "reduce" | "foreach" => {
                self.cursor.advance();
                self.fold(word)
            }
            "label" => {
                self.cursor.advance();
                let name = self.variable()?;
                self.expect("|")?;
                Ok(Term::Label(name, Box::new(self.pipe()?)))
            }
            "break" => {
                self.cursor.advance();
                Ok(Term::Break(self.variable()?))
            }
            "def" => {
                self.cursor.advance();
                self.nested(|parser| parser.defined())
            }
            _ if KEYWORDS.contains(&word) => Err(self.unexpected("an expression")),
            _ => {
                self.cursor.advance();
                Ok(Term::Call(word, self.arguments()?))
            }
        }
    }

    pub(super) fn variable(&mut self) -> Parsed<&'s str> {
        match self.cursor.peek()? {
            Some(Token::Var(name)) => {
                self.cursor.advance();
                Ok(name)
            }
            _ => Err(self.unexpected("a variable")),
        }
    }

    /// Arguments in brackets, if there are any.
    pub(super) fn arguments(&mut self) -> Parsed<Vec<TermOf<'s>>> {
        let mut arguments = Vec::new();
        if !self.cursor.takes("(")? {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.pipe()?);
            if !self.cursor.takes(";")? {
                break;
            }
        }
        self.expect(")")?;
        Ok(arguments)
    }

    fn condition(&mut self) -> Parsed<TermOf<'s>> {
        let mut branches = Vec::new();
        self.cursor.advance();
        loop {
            let condition = self.pipe()?;
            self.expect_word("then")?;
            branches.push((condition, self.pipe()?));
            if !self.cursor.takes_word("elif") {
                break;
            }
        }
        let otherwise = if self.cursor.takes_word("else") {
            Some(Box::new(self.pipe()?))
        } else {
            None
        };
        self.expect_word("end")?;
        Ok(Term::IfThenElse(branches, otherwise))
    }

    /// The entries of an object, after the opening brace.
    fn object(&mut self) -> Parsed<TermOf<'s>> {
        let mut entries = Vec::new();
        while !self.cursor.takes("}")? {
            entries.push(self.entry()?);
            if self.cursor.takes("}")? {
                break;
            }
            self.expect(",")?;
        }
        Ok(Term::Obj(entries))
    }

    fn entry(&mut self) -> Parsed<(TermOf<'s>, Option<TermOf<'s>>)> {
        let key = match self.cursor.peek()? {
            Some(Token::Var(name)) => {
                self.cursor.advance();
                let value = match self.cursor.takes(":")? {
                    // `{$name: value}`: the variable is the key.
                    true => Some(self.entry_value()?),
                    false => None,
                };
                return Ok((Term::Var(name), value));
            }
            Some(Token::Symbol("(")) => {
                self.cursor.advance();
                let key = self.pipe()?;
                self.expect(")")?;
                self.expect(":")?;
                return Ok((key, Some(self.entry_value()?)));
            }
            _ => self.key()?,
        };
        if self.cursor.takes(":")? {
            return Ok((key, Some(self.entry_value()?)));
        }
        Ok((key, None))
    }

    /// A key that is a name or a string.
    pub(super) fn key(&mut self) -> Parsed<TermOf<'s>> {
        match self.cursor.peek()? {
            Some(Token::Word(name)) if !name.contains("::") => {
                self.cursor.advance();
                Ok(name_term(name))
            }
            Some(Token::Quote) => self.string(None),
            Some(Token::Format(format)) => {
                self.cursor.advance();
                match self.cursor.peek()? {
                    Some(Token::Quote) => self.string(Some(format)),
                    _ => Err(self.unexpected("a string")),
                }
            }
            _ => Err(self.unexpected("a key")),
        }
    }

    /// A value of an object ends at a comma.
    fn entry_value(&mut self) -> Parsed<TermOf<'s>> {
        self.nested(|parser| {
            let mut parts = vec![parser.binary(0)?];
            while parser.cursor.takes("|")? {
                parts.push(parser.binary(0)?);
            }
            Ok(super::piped(parts))
        })
    }
}
