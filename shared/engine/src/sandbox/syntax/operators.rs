//! Operators, by the precedence of jq: `//` binds least, then assignments, `or`, `and`, comparisons, `+ -`, `* / %`.

use super::cursor::Token;
use super::{ASSIGN, MODIFY, Parsed, Parser, TermOf, order};
use jaq_core::load::parse::{BinaryOp, Pattern, Term};
use jaq_core::ops::{Cmp, Math};

/// How operators of one precedence group.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Left,
    Right,
    /// `a < b < c` is an error.
    Never,
}

#[derive(Clone, Copy)]
enum Operator {
    Alternative,
    Assign,
    Modify,
    ModifyBy(Math),
    ModifyAlternative,
    Or,
    And,
    Compare(Cmp),
    Calculate(Math),
}

/// Binds tighter than any operator that may come after a sign.
const TIGHTEST: u8 = 6;

impl Operator {
    fn of(token: Token<'_>) -> Option<Self> {
        Some(match token {
            Token::Word("or") => Self::Or,
            Token::Word("and") => Self::And,
            Token::Symbol(symbol) => match symbol {
                "//" => Self::Alternative,
                "=" => Self::Assign,
                "|=" => Self::Modify,
                "+=" => Self::ModifyBy(Math::Add),
                "-=" => Self::ModifyBy(Math::Sub),
                "*=" => Self::ModifyBy(Math::Mul),
                "/=" => Self::ModifyBy(Math::Div),
                "%=" => Self::ModifyBy(Math::Rem),
                "//=" => Self::ModifyAlternative,
                "==" => Self::Compare(Cmp::Eq),
                "!=" => Self::Compare(Cmp::Ne),
                "<" => Self::Compare(Cmp::Lt),
                "<=" => Self::Compare(Cmp::Le),
                ">" => Self::Compare(Cmp::Gt),
                ">=" => Self::Compare(Cmp::Ge),
                "+" => Self::Calculate(Math::Add),
                "-" => Self::Calculate(Math::Sub),
                "*" => Self::Calculate(Math::Mul),
                "/" => Self::Calculate(Math::Div),
                "%" => Self::Calculate(Math::Rem),
                _ => return None,
            },
            _ => return None,
        })
    }

    fn precedence(self) -> (u8, Group) {
        match self {
            Self::Alternative => (0, Group::Right),
            Self::Assign | Self::Modify | Self::ModifyBy(_) | Self::ModifyAlternative => {
                (1, Group::Never)
            }
            Self::Or => (2, Group::Left),
            Self::And => (3, Group::Left),
            Self::Compare(_) => (4, Group::Never),
            Self::Calculate(Math::Add | Math::Sub) => (5, Group::Left),
            Self::Calculate(Math::Mul | Math::Div | Math::Rem) => (TIGHTEST, Group::Left),
        }
    }
}

impl<'s> Parser<'s> {
    /// Operands and the operators between them that bind at least as tightly as `least`.
    pub(super) fn binary(&mut self, least: u8) -> Parsed<TermOf<'s>> {
        let mut left = if self.cursor.takes("-")? {
            let operand = self.nested(|parser| parser.binary(TIGHTEST))?;
            Term::Neg(Box::new(operand))
        } else {
            self.operand()?
        };
        let mut closed = None;
        while let Some(operator) = self.cursor.peek()?.and_then(Operator::of) {
            let (precedence, group) = operator.precedence();
            if precedence < least {
                break;
            }
            if closed == Some(precedence) {
                return Err(self.unexpected("brackets around one of these operators"));
            }
            self.cursor.advance();
            let next = precedence + u8::from(group != Group::Right);
            let right = self.nested(|parser| parser.binary(next))?;
            left = joined(left, operator, right);
            closed = (group == Group::Never).then_some(precedence);
        }
        Ok(left)
    }
}

const OPERAND: &str = "$!operand";

fn joined<'s>(left: TermOf<'s>, operator: Operator, right: TermOf<'s>) -> TermOf<'s> {
    let binary = |left: TermOf<'s>, operator, right: TermOf<'s>| {
        Term::BinOp(Box::new(left), operator, Box::new(right))
    };
    match operator {
        Operator::Alternative => binary(order::without_errors(left), BinaryOp::Alt, right),
        Operator::Or => binary(left, BinaryOp::Or, right),
        Operator::And => binary(left, BinaryOp::And, right),
        Operator::Compare(compare) => order::right_first(left, BinaryOp::Cmp(compare), right),
        Operator::Calculate(math) => order::right_first(left, BinaryOp::Math(math), right),
        Operator::Assign => Term::Call(ASSIGN, vec![left, right]),
        Operator::Modify => Term::Call(MODIFY, vec![left, right]),
        Operator::ModifyBy(math) => modified_by(left, BinaryOp::Math(math), right),
        Operator::ModifyAlternative => modified_by(left, BinaryOp::Alt, right),
    }
}

/// `path op= value`: for each value, each place becomes itself `op` the value.
fn modified_by<'s>(path: TermOf<'s>, operator: BinaryOp<&'s str>, value: TermOf<'s>) -> TermOf<'s> {
    let operand = Term::Var(OPERAND);
    let change = Term::BinOp(Box::new(Term::Id), operator, Box::new(operand));
    Term::BinOp(
        Box::new(value),
        BinaryOp::Pipe(Some(Pattern::Var(OPERAND))),
        Box::new(Term::Call(MODIFY, vec![path, change])),
    )
}
