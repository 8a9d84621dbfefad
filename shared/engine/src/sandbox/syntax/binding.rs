//! Bindings: `term as pattern | body`, `reduce`, `foreach`, and the patterns themselves.

use super::cursor::Token;
use super::postfix::name_term;
use super::{Parsed, Parser, TermOf, alternatives, order};
use jaq_core::load::parse::{BinaryOp, Pattern, Term};

/// Where `foreach` and `reduce` keep the value that they take apart in several ways.
const TAKEN_APART: &str = "$!whole";

impl<'s> Parser<'s> {
    /// The rest of `source as pattern | body`, after `as`.
    pub(super) fn binding(&mut self, source: TermOf<'s>) -> Parsed<TermOf<'s>> {
        let mut patterns = self.patterns()?;
        self.expect("|")?;
        let body = self.pipe()?;
        if patterns.len() > 1 {
            return Ok(alternatives::bound(source, patterns, body));
        }
        let pattern = patterns.pop().unwrap_or(Pattern::Arr(Vec::new()));
        Ok(Term::BinOp(
            Box::new(source),
            BinaryOp::Pipe(Some(pattern)),
            Box::new(body),
        ))
    }

    /// The rest of `reduce` or `foreach`.
    pub(super) fn fold(&mut self, keyword: &'s str) -> Parsed<TermOf<'s>> {
        let source = self.nested(|parser| parser.term())?;
        self.expect_word("as")?;
        let mut patterns = self.patterns()?;
        self.expect("(")?;
        let initial = self.pipe()?;
        self.expect(";")?;
        let mut update = self.pipe()?;
        let mut extract = None;
        if keyword == "foreach" && self.cursor.takes(";")? {
            extract = Some(self.pipe()?);
        }
        self.expect(")")?;
        let pattern = if patterns.len() > 1 {
            let whole = || Term::Var(TAKEN_APART);
            update = alternatives::bound(whole(), patterns.clone(), update);
            extract = extract.map(|extract| alternatives::bound(whole(), patterns, extract));
            Pattern::Var(TAKEN_APART)
        } else {
            patterns.pop().unwrap_or(Pattern::Arr(Vec::new()))
        };
        let source = Box::new(source);
        if order::is_single(&update) {
            let parts = [Some(initial), Some(update), extract];
            let parts = parts.into_iter().flatten().collect();
            return Ok(Term::Fold(keyword, source, pattern, parts));
        }
        Ok(order::fold(
            keyword,
            source,
            pattern,
            (initial, update, extract),
        ))
    }

    /// Patterns with `?//` between them.
    fn patterns(&mut self) -> Parsed<Vec<Pattern<&'s str>>> {
        let mut patterns = vec![self.pattern()?];
        while self.cursor.takes("?//")? {
            patterns.push(self.pattern()?);
        }
        Ok(patterns)
    }

    fn pattern(&mut self) -> Parsed<Pattern<&'s str>> {
        self.nested(|parser| match parser.cursor.peek()? {
            Some(Token::Var(name)) => {
                parser.cursor.advance();
                Ok(Pattern::Var(name))
            }
            Some(Token::Symbol("[")) => {
                parser.cursor.advance();
                let mut items = vec![parser.pattern()?];
                while parser.cursor.takes(",")? {
                    items.push(parser.pattern()?);
                }
                parser.expect("]")?;
                Ok(Pattern::Arr(items))
            }
            Some(Token::Symbol("{")) => {
                parser.cursor.advance();
                let mut entries = Vec::new();
                loop {
                    parser.pattern_entry(&mut entries)?;
                    if !parser.cursor.takes(",")? {
                        break;
                    }
                }
                parser.expect("}")?;
                Ok(Pattern::Obj(entries))
            }
            _ => Err(parser.unexpected("a pattern")),
        })
    }

    fn pattern_entry(&mut self, entries: &mut Vec<(TermOf<'s>, Pattern<&'s str>)>) -> Parsed<()> {
        let key = match self.cursor.peek()? {
            Some(Token::Var(name)) => {
                self.cursor.advance();
                let key = || name_term(name.get(1..).unwrap_or_default());
                entries.push((key(), Pattern::Var(name)));
                if self.cursor.takes(":")? {
                    // `$name: pattern` binds the member and takes it apart.
                    entries.push((key(), self.pattern()?));
                }
                return Ok(());
            }
            Some(Token::Symbol("(")) => {
                self.cursor.advance();
                let key = self.pipe()?;
                self.expect(")")?;
                key
            }
            _ => self.key()?,
        };
        self.expect(":")?;
        entries.push((key, self.pattern()?));
        Ok(())
    }
}
