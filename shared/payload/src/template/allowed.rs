//! What a template may do: place parts of the event, choose and repeat by `if` and `for`, and change a part by one of a few
//! filters. Nothing keeps what it made under a name, no operator makes more than it was given, and none looks at more than a
//! constant's worth of the event: whatever has to do with more is a filter or a test, which the meter counts.

use minijinja::machinery::ast::{BinOp, BinOpKind, CallArg, Expr, Spanned, Stmt};
use minijinja::machinery::{Span, WhitespaceConfig, parse};

use super::filters::{FILTERS, Offered, TESTS};
use super::{InvalidTemplate, MAX_TEMPLATE_BYTES, NAME, invalid};

/// How deep tags and expressions nest.
const MAX_DEPTH: usize = 30;

/// How many constants a list has.
const MAX_LISTED: usize = 50;

/// Parses a template and looks at all that it does, before anything of it runs: even constants are worked out later.
pub(super) fn check(text: &str) -> Result<(), InvalidTemplate> {
    if text.len() > MAX_TEMPLATE_BYTES {
        return Err(InvalidTemplate {
            line: 1,
            reason: format!("a template has at most {MAX_TEMPLATE_BYTES} bytes"),
        });
    }
    let parsed = parsed(text)?;
    statement(&parsed, MAX_DEPTH)?;
    match says_anything(&parsed) {
        true => Ok(()),
        false => Err(InvalidTemplate {
            line: 1,
            reason: "there is nothing in it to send; {{event}} sends the whole event".to_owned(),
        }),
    }
}

/// Whether there is an event that it makes more than spaces of.
fn says_anything(statement: &Stmt<'_>) -> bool {
    let any = |body: &[Stmt<'_>]| body.iter().any(says_anything);
    match statement {
        Stmt::Template(template) => any(&template.children),
        Stmt::EmitRaw(raw) => !raw.raw.trim().is_empty(),
        Stmt::ForLoop(each) => any(&each.body) || any(&each.else_body),
        Stmt::IfCond(cond) => any(&cond.true_body) || any(&cond.false_body),
        _ => true,
    }
}

/// The first letter of the template that stands outside of all tags.
pub(super) fn first_letter(text: &str) -> Option<char> {
    first_in(&parsed(text).ok()?)
}

fn parsed(text: &str) -> Result<Stmt<'_>, InvalidTemplate> {
    parse(text, NAME, Default::default(), WhitespaceConfig::default())
        .map_err(|error| invalid(&error))
}

fn first_in(statement: &Stmt<'_>) -> Option<char> {
    let first = |body: &[Stmt<'_>]| body.iter().find_map(first_in);
    match statement {
        Stmt::Template(template) => first(&template.children),
        Stmt::EmitRaw(raw) => raw.raw.trim_start().chars().next(),
        Stmt::ForLoop(each) => first(&each.body).or_else(|| first(&each.else_body)),
        Stmt::IfCond(cond) => first(&cond.true_body).or_else(|| first(&cond.false_body)),
        _ => None,
    }
}

fn refused<T>(span: Span, reason: impl Into<String>) -> Result<T, InvalidTemplate> {
    Err(InvalidTemplate {
        line: usize::from(span.start_line),
        reason: reason.into(),
    })
}

fn deeper(depth: usize) -> Result<usize, InvalidTemplate> {
    let nested = || InvalidTemplate {
        line: 1,
        reason: format!("tags and expressions nest at most {MAX_DEPTH} deep"),
    };
    depth.checked_sub(1).ok_or_else(nested)
}

fn statement(allowed: &Stmt<'_>, depth: usize) -> Result<(), InvalidTemplate> {
    let depth = deeper(depth)?;
    let body = |body: &[Stmt<'_>]| body.iter().try_for_each(|each| statement(each, depth));
    let only = "use only {{ … }}, if and for";
    match allowed {
        Stmt::EmitRaw(_) => Ok(()),
        Stmt::Template(template) => body(&template.children),
        Stmt::EmitExpr(emitted) => expression(&emitted.expr, depth),
        Stmt::IfCond(cond) => {
            expression(&cond.expr, depth)?;
            body(&cond.true_body)?;
            body(&cond.false_body)
        }
        Stmt::ForLoop(each) if each.recursive => refused(each.span(), "a loop cannot be recursive"),
        Stmt::ForLoop(each) => {
            expression(&each.iter, depth)?;
            each.filter_expr
                .iter()
                .try_for_each(|filter| expression(filter, depth))?;
            body(&each.body)?;
            body(&each.else_body)
        }
        Stmt::WithBlock(with) => refused(with.span(), only),
        Stmt::Set(set) => refused(set.span(), only),
        Stmt::SetBlock(set) => refused(set.span(), only),
        Stmt::AutoEscape(escape) => refused(escape.span(), only),
        Stmt::FilterBlock(filter) => refused(filter.span(), only),
        Stmt::Do(call) => refused(call.span(), only),
    }
}

fn expression(allowed: &Expr<'_>, depth: usize) -> Result<(), InvalidTemplate> {
    let depth = deeper(depth)?;
    let inner = |inner: &Expr<'_>| expression(inner, depth);
    match allowed {
        Expr::Var(_) | Expr::Const(_) => Ok(()),
        Expr::GetAttr(part) => inner(&part.expr),
        Expr::GetItem(part) => {
            inner(&part.expr)?;
            inner(&part.subscript_expr)
        }
        Expr::Slice(slice) => refused(
            slice.span(),
            "there are no slices; use truncate, first or last",
        ),
        Expr::UnaryOp(operation) => inner(&operation.expr),
        Expr::Compare(compared) => refused(
            compared.span(),
            "compare two things at a time, with and between",
        ),
        Expr::BinOp(operation) => {
            operator(operation)?;
            inner(&operation.left)?;
            inner(&operation.right)
        }
        Expr::IfExpr(choice) => {
            inner(&choice.test_expr)?;
            inner(&choice.true_expr)?;
            choice.false_expr.iter().try_for_each(inner)
        }
        Expr::Filter(filter) => {
            known(&FILTERS, "filter", filter.name, filter.span())?;
            filter.expr.iter().try_for_each(inner)?;
            arguments(&filter.args, depth)
        }
        Expr::Test(test) => {
            known(&TESTS, "test", test.name, test.span())?;
            inner(&test.expr)?;
            arguments(&test.args, depth)
        }
        // Of constants only: a list of what the event holds could be put into a list again and again.
        Expr::List(list) if !list.items.iter().all(is_constant) => {
            refused(list.span(), "a list holds constants only")
        }
        Expr::List(list) if list.items.len() > MAX_LISTED => refused(
            list.span(),
            format!("a list has at most {MAX_LISTED} constants"),
        ),
        Expr::List(_) => Ok(()),
        Expr::Map(map) => refused(map.span(), "write objects outside of tags"),
        Expr::Call(call) => refused(call.span(), "there are no functions to call"),
    }
}

fn arguments(arguments: &[CallArg<'_>], depth: usize) -> Result<(), InvalidTemplate> {
    arguments.iter().try_for_each(|argument| match argument {
        CallArg::Pos(value)
        | CallArg::Kwarg(_, value)
        | CallArg::PosSplat(value)
        | CallArg::KwargSplat(value) => expression(value, depth),
    })
}

fn is_constant(expression: &Expr<'_>) -> bool {
    match expression {
        Expr::Const(_) => true,
        Expr::UnaryOp(operation) => is_constant(&operation.expr),
        _ => false,
    }
}

/// Strings and lists grow by adding, multiplying and joining, and powers take long. Comparing two parts of an event takes as
/// long as they are large, so one side is a constant, or it is a test.
fn operator(operation: &Spanned<BinOp<'_>>) -> Result<(), InvalidTemplate> {
    let span = operation.span();
    match operation.op {
        BinOpKind::ScAnd
        | BinOpKind::ScOr
        | BinOpKind::Sub
        | BinOpKind::Div
        | BinOpKind::FloorDiv
        | BinOpKind::Rem => Ok(()),
        BinOpKind::Eq
        | BinOpKind::Ne
        | BinOpKind::Lt
        | BinOpKind::Lte
        | BinOpKind::Gt
        | BinOpKind::Gte
            if is_constant(&operation.left) || is_constant(&operation.right) =>
        {
            Ok(())
        }
        BinOpKind::Eq
        | BinOpKind::Ne
        | BinOpKind::Lt
        | BinOpKind::Lte
        | BinOpKind::Gt
        | BinOpKind::Gte => refused(
            span,
            "one side is to be a constant; compare two parts by a test: a is eq(b), ne, lt, le, gt, ge",
        ),
        BinOpKind::In if matches!(operation.right, Expr::List(_)) => Ok(()),
        BinOpKind::In => refused(
            span,
            "what follows in is a list of constants; otherwise use the test: a is in(b)",
        ),
        BinOpKind::Concat | BinOpKind::Add => refused(
            span,
            "~ and + are not to be had; put one tag after the other",
        ),
        BinOpKind::Mul | BinOpKind::Pow => refused(span, "* and ** are not to be had"),
    }
}

fn known(offered: &[Offered], kind: &str, name: &str, span: Span) -> Result<(), InvalidTemplate> {
    if offered.iter().any(|(known, _)| *known == name) {
        return Ok(());
    }
    let names: Vec<&str> = offered.iter().map(|(name, _)| *name).collect();
    let names = names.join(", ");
    refused(
        span,
        format!("there is no {kind} {name:?}; there are {names}"),
    )
}
