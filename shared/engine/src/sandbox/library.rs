//! Which definitions and built-ins an expression can reach: an allow-list. What is not named here does not exist for it.

use super::{Metered, builtins, path_filters, syntax};
use jaq_core::load::parse::Def;
use jaq_core::native::Fun;

/// Built-ins of the interpreter's crates that are pure, and bounded once values are.
const ALLOWED_BUILTINS: &[&str] = &[
    "error_empty",
    "path",
    "keys_unsorted",
    "first",
    "last",
    "floor",
    "round",
    "ceil",
    "sort",
    "sort_by",
    "group_by",
    "min_by_or_empty",
    "max_by_or_empty",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "cbrt",
    "cos",
    "cosh",
    "erf",
    "erfc",
    "exp",
    "exp10",
    "exp2",
    "expm1",
    "fabs",
    "frexp",
    "ilogb",
    "j0",
    "j1",
    "lgamma",
    "tgamma",
    "log",
    "log10",
    "log1p",
    "log2",
    "modf",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
    "trunc",
    "y0",
    "y1",
    "atan2",
    "copysign",
    "fdim",
    "fmax",
    "fmin",
    "fmod",
    "hypot",
    "jn",
    "ldexp",
    "nextafter",
    "pow",
    "remainder",
    "scalbln",
    "yn",
    "fma",
];

/// Built-ins that a definition of ours wraps, under the internal name by which that definition calls them.
const WRAPPED_BUILTINS: &[(&str, &str)] = &[
    ("range", "!range"),
    ("limit", "!limit"),
    ("skip", "!skip"),
    ("reverse", "!reverse"),
];

/// Why a name that other runtimes know does not exist here.
const REASONS: &[(&str, &str)] = &[
    ("env", "it would read the environment of the worker"),
    ("$ENV", "it would read the environment of the worker"),
    ("halt", "it would end the worker"),
    ("halt_error", "it would end the worker"),
    ("stderr", "it would write to the worker's log"),
    ("debug", "it would write to the worker's log"),
    ("input", "an expression has one input, which is `.`"),
    ("inputs", "an expression has one input, which is `.`"),
    ("input_filename", "an expression reads no files"),
    ("input_line_number", "an expression reads no files"),
    ("get_search_list", "an expression reads no files"),
    ("import", "an expression loads no modules"),
    ("include", "an expression loads no modules"),
    (
        "localtime",
        "the worker's time zone is no part of a workflow; use `gmtime`",
    ),
    (
        "strflocaltime",
        "the worker's time zone is no part of a workflow; use `strftime`",
    ),
    ("$__loc__", "an expression has no file"),
];

/// Why `name` is refused, if it is one that is refused by name.
pub(super) fn reason_refused(name: &str) -> Option<&'static str> {
    REASONS
        .iter()
        .find(|(refused, _)| *refused == name)
        .map(|(_, reason)| *reason)
}

/// The definitions an expression can reach, each after those that it uses.
pub(super) fn definitions() -> Vec<Def<&'static str>> {
    syntax::definitions(include_str!("prelude.jq"))
        .expect("the prelude is part of this crate, and a test compiles it")
}

/// The built-ins an expression can reach.
pub(super) fn funs() -> impl Iterator<Item = Fun<Metered>> {
    let stock = jaq_core::funs::<Metered>().chain(jaq_std::funs::<Metered>());
    let allowed = stock.filter_map(|(name, arity, fun)| {
        if ALLOWED_BUILTINS.contains(&name) {
            return Some((name, arity, fun));
        }
        let (_, internal) = WRAPPED_BUILTINS
            .iter()
            .find(|(wrapped, _)| *wrapped == name)?;
        Some((*internal, arity, fun))
    });
    builtins::funs().chain(path_filters::funs()).chain(allowed)
}
