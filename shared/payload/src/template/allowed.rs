//! What a template may do: place parts of the event, choose and repeat by `if` and `for`, and change a part by one of a few
//! filters. Nothing keeps what it made under a name, and nothing makes more than a little more than it was given: so work
//! and memory stay within the fuel times the event.

use minijinja::machinery::ast::{BinOpKind, CallArg, Expr, Stmt};
use minijinja::machinery::{Span, WhitespaceConfig, parse};

use super::filters::{FILTERS, TESTS};
use super::{InvalidTemplate, MAX_TEMPLATE_BYTES, NAME, invalid};

/// How deep tags and expressions nest.
const MAX_DEPTH: usize = 30;

/// Parses a template and looks at all that it does, before anything of it runs: even constants are worked out later.
pub(super) fn check(text: &str) -> Result<(), InvalidTemplate> {
    if text.len() > MAX_TEMPLATE_BYTES {
        return Err(InvalidTemplate {
            line: 1,
            reason: format!("a template has at most {MAX_TEMPLATE_BYTES} bytes"),
        });
    }
    statement(&parsed(text)?, MAX_DEPTH)
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
        Expr::Slice(slice) => {
            let bounds = [&slice.start, &slice.stop, &slice.step];
            inner(&slice.expr)?;
            bounds.into_iter().flatten().try_for_each(inner)
        }
        Expr::UnaryOp(operation) => inner(&operation.expr),
        Expr::Compare(compared) => {
            inner(&compared.expr)?;
            compared.ops.iter().try_for_each(|to| inner(&to.expr))
        }
        Expr::BinOp(operation) => {
            operator(operation.op, operation.span())?;
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
        Expr::List(list) => match list.items.iter().all(|item| matches!(item, Expr::Const(_))) {
            true => Ok(()),
            false => refused(list.span(), "a list holds constants only"),
        },
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

/// Strings and lists grow by adding, multiplying and joining, and powers take long.
fn operator(kind: BinOpKind, span: Span) -> Result<(), InvalidTemplate> {
    match kind {
        BinOpKind::Eq
        | BinOpKind::Ne
        | BinOpKind::Lt
        | BinOpKind::Lte
        | BinOpKind::Gt
        | BinOpKind::Gte
        | BinOpKind::ScAnd
        | BinOpKind::ScOr
        | BinOpKind::Sub
        | BinOpKind::Div
        | BinOpKind::FloorDiv
        | BinOpKind::Rem
        | BinOpKind::In => Ok(()),
        BinOpKind::Concat | BinOpKind::Add => refused(
            span,
            "~ and + are not to be had; put one tag after the other",
        ),
        BinOpKind::Mul | BinOpKind::Pow => refused(span, "* and ** are not to be had"),
    }
}

fn known(names: &[&str], kind: &str, name: &str, span: Span) -> Result<(), InvalidTemplate> {
    if names.contains(&name) {
        return Ok(());
    }
    let names = names.join(", ");
    refused(
        span,
        format!("there is no {kind} {name:?}; there are {names}"),
    )
}
