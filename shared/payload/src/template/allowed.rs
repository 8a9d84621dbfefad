//! The syntax that templates may use: inserting parts of the event, `if` and `for`, and a few filters and tests. There
//! is no assignment, no operator produces more than its operands, and each operator reads at most as much of the event
//! as a constant is long. Everything else is done by filters and tests, whose bytes the meter counts.

use minijinja::machinery::ast::{BinOp, BinOpKind, CallArg, Expr, List, Spanned, Stmt};
use minijinja::machinery::{Span, WhitespaceConfig, parse};

use super::filters::{FILTERS, NamedFunction, TESTS};
use super::{InvalidTemplate, MAX_TEMPLATE_BYTES, NAME, invalid};

/// How deeply tags and expressions may nest.
const MAX_DEPTH: usize = 30;

/// How many constants a list may have.
const MAX_LIST_ITEMS: usize = 50;

/// Parses a template and checks all of its syntax before anything is evaluated; constant expressions are evaluated
/// later, too.
pub(super) fn check(text: &str) -> Result<(), InvalidTemplate> {
    if text.len() > MAX_TEMPLATE_BYTES {
        return Err(InvalidTemplate {
            line: 1,
            reason: format!("a template has at most {MAX_TEMPLATE_BYTES} bytes"),
        });
    }
    let parsed = parsed(text)?;
    statement(&parsed, MAX_DEPTH)?;
    match renders_something(&parsed) {
        true => Ok(()),
        false => Err(InvalidTemplate {
            line: 1,
            reason: "the template renders nothing; {{event}} sends the whole event".to_owned(),
        }),
    }
}

/// Whether the template renders more than white space for some event.
fn renders_something(statement: &Stmt<'_>) -> bool {
    let any = |body: &[Stmt<'_>]| body.iter().any(renders_something);
    match statement {
        Stmt::Template(template) => any(&template.children),
        Stmt::EmitRaw(raw) => !raw.raw.trim().is_empty(),
        Stmt::ForLoop(each) => any(&each.body) || any(&each.else_body),
        Stmt::IfCond(cond) => any(&cond.true_body) || any(&cond.false_body),
        _ => true,
    }
}

/// The first character of the template outside of tags that is not white space.
pub(super) fn first_letter(text: &str) -> Option<char> {
    first_in(&parsed(text).ok()?)
}

pub(super) fn parsed(text: &str) -> Result<Stmt<'_>, InvalidTemplate> {
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
            "slices are not supported; use truncate, first or last",
        ),
        Expr::UnaryOp(operation) => inner(&operation.expr),
        Expr::Compare(compared) => refused(
            compared.span(),
            "compare two values at a time, joined with and",
        ),
        Expr::BinOp(operation) => {
            operator(operation)?;
            inner(&operation.left)?;
            inner(&operation.right)
        }
        Expr::IfExpr(choice) => [&choice.test_expr, &choice.true_expr]
            .into_iter()
            .chain(&choice.false_expr)
            .try_for_each(inner),
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
        Expr::List(list) => list_of_constants(list),
        Expr::Map(map) => refused(map.span(), "write objects outside of tags"),
        Expr::Call(call) => refused(call.span(), "functions are not supported"),
    }
}

/// Constants only: lists of event data could be nested into ever larger lists.
fn list_of_constants(list: &Spanned<List<'_>>) -> Result<(), InvalidTemplate> {
    if !list.items.iter().all(is_constant) {
        return refused(list.span(), "a list may hold constants only");
    }
    if list.items.len() > MAX_LIST_ITEMS {
        let reason = format!("a list has at most {MAX_LIST_ITEMS} constants");
        return refused(list.span(), reason);
    }
    Ok(())
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

/// Refuses operators that produce more than their operands (`+`, `*`, `~`) or take long (`**`). Comparing two parts of
/// an event takes as long as they are large, so one side must be a constant; tests compare two parts.
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
            "one side must be a constant; compare two parts with a test: a is eq(b), ne, lt, le, gt, ge",
        ),
        BinOpKind::In if matches!(operation.right, Expr::List(_)) => Ok(()),
        BinOpKind::In => refused(
            span,
            "the right side of in must be a list of constants; otherwise use the test: a is in(b)",
        ),
        BinOpKind::Concat | BinOpKind::Add => refused(
            span,
            "~ and + are not supported; put one tag after the other",
        ),
        BinOpKind::Mul | BinOpKind::Pow => refused(span, "* and ** are not supported"),
    }
}

fn known(
    known_functions: &[NamedFunction],
    kind: &str,
    name: &str,
    span: Span,
) -> Result<(), InvalidTemplate> {
    if known_functions.iter().any(|(known, _)| *known == name) {
        return Ok(());
    }
    let names: Vec<&str> = known_functions.iter().map(|(name, _)| *name).collect();
    let names = names.join(", ");
    refused(
        span,
        format!("there is no {kind} {name:?}; the {kind}s are {names}"),
    )
}
