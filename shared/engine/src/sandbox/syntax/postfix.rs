//! Operands: a primary term and the paths, question marks and bindings after it.

use super::cursor::Token;
use super::{Parsed, Parser, TermOf};
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::Term;
use jaq_core::path::{Opt, Part, Path};

/// The steps of a path that are read so far.
type Steps<'s> = Vec<(Part<TermOf<'s>>, Opt)>;

impl<'s> Parser<'s> {
    /// An operand with everything that belongs to it, a binding (`as`) included.
    pub(super) fn operand(&mut self) -> Parsed<TermOf<'s>> {
        self.nested(|parser| {
            let term = parser.term()?;
            if parser.cursor.takes_word("as") {
                return parser.binding(term);
            }
            Ok(term)
        })
    }

    /// A primary term and its postfixes.
    pub(super) fn term(&mut self) -> Parsed<TermOf<'s>> {
        let mut head = self.primary()?;
        let mut steps = Steps::new();
        loop {
            let step = match self.cursor.peek()? {
                Some(Token::Field(name)) => {
                    self.cursor.advance();
                    Part::Index(name_term(name))
                }
                Some(Token::Symbol(".")) => {
                    self.cursor.advance();
                    self.step_after_point()?
                }
                Some(Token::Symbol("[")) => {
                    self.cursor.advance();
                    self.bracketed()?
                }
                Some(Token::Symbol("?" | "?//")) if steps.is_empty() => {
                    self.skip_question_mark();
                    head = Term::TryCatch(Box::new(head), None);
                    continue;
                }
                _ => break,
            };
            steps.push((step, self.optional()?));
        }
        if steps.is_empty() {
            return Ok(head);
        }
        Ok(Term::Path(Box::new(head), Path(steps)))
    }

    /// Whether question marks follow a step.
    pub(super) fn optional(&mut self) -> Parsed<Opt> {
        let mut optional = Opt::Essential;
        while let Some(Token::Symbol("?" | "?//")) = self.cursor.peek()? {
            self.skip_question_mark();
            optional = Opt::Optional;
        }
        Ok(optional)
    }

    /// `?//` outside a pattern is `?` before `//`.
    fn skip_question_mark(&mut self) {
        self.cursor.skip(1);
    }

    /// What follows a point that stands alone: `."name"` or `.[…]`.
    fn step_after_point(&mut self) -> Parsed<Part<TermOf<'s>>> {
        match self.cursor.peek()? {
            Some(Token::Quote) => Ok(Part::Index(self.string(None)?)),
            Some(Token::Format(format)) => {
                self.cursor.advance();
                match self.cursor.peek()? {
                    Some(Token::Quote) => Ok(Part::Index(self.string(Some(format))?)),
                    _ => Err(self.unexpected("a string")),
                }
            }
            Some(Token::Symbol("[")) => {
                self.cursor.advance();
                self.bracketed()
            }
            _ => Err(self.unexpected("a name")),
        }
    }

    /// An index, a slice or nothing, after the opening bracket.
    fn bracketed(&mut self) -> Parsed<Part<TermOf<'s>>> {
        if self.cursor.takes("]")? {
            return Ok(Part::Range(None, None));
        }
        if self.cursor.takes(":")? {
            let to = self.pipe()?;
            self.expect("]")?;
            return Ok(Part::Range(None, Some(to)));
        }
        let from = self.pipe()?;
        if !self.cursor.takes(":")? {
            self.expect("]")?;
            return Ok(Part::Index(from));
        }
        if self.cursor.takes("]")? {
            return Ok(Part::Range(Some(from), None));
        }
        let to = self.pipe()?;
        self.expect("]")?;
        Ok(Part::Range(Some(from), Some(to)))
    }
}

/// A name as a string.
pub(super) fn name_term<'s>(name: &'s str) -> TermOf<'s> {
    Term::Str(None, vec![StrPart::Str(name)])
}
