//! Which definitions and built-ins an expression can reach: an allow-list. What is not named here does not exist for it.

use super::{Metered, builtins};
use jaq_core::load::parse::Def;
use jaq_core::native::Fun;

/// Built-ins of the interpreter's crates that are pure, and bounded once values are.
const ALLOWED_BUILTINS: &[&str] = &[
    "error_empty",
    "path",
    "path_value",
    "range",
    "keys_unsorted",
    "key_values",
    "first",
    "last",
    "limit",
    "skip",
    "floor",
    "round",
    "ceil",
    "utf8bytelength",
    "explode",
    "implode",
    "ascii_downcase",
    "ascii_upcase",
    "reverse",
    "sort",
    "sort_by",
    "group_by",
    "min_by_or_empty",
    "max_by_or_empty",
    "startswith",
    "endswith",
    "ltrimstr",
    "rtrimstr",
    "trim",
    "ltrim",
    "rtrim",
    "escape_sh",
    "encode_uri",
    "decode_uri",
    "encode_base64",
    "decode_base64",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "cbrt",
    "cos",
    "cosh",
    "exp",
    "exp10",
    "exp2",
    "expm1",
    "fabs",
    "frexp",
    "ilogb",
    "log",
    "log10",
    "log1p",
    "log2",
    "modf",
    "nearbyint",
    "rint",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
    "trunc",
    "atan2",
    "copysign",
    "fdim",
    "fmax",
    "fmin",
    "fmod",
    "hypot",
    "ldexp",
    "nextafter",
    "pow",
    "remainder",
    "scalbln",
    "fma",
    "fromdateiso8601",
    "todateiso8601",
    "gmtime",
    "mktime",
];

/// Built-ins that a definition of ours bounds first; no expression may call them by this name.
const WRAPPED_BUILTINS: &[(&str, &str)] = &[
    ("strftime", "unbounded_strftime"),
    ("strptime", "unbounded_strptime"),
];

/// What the names in [`WRAPPED_BUILTINS`] begin with.
pub(super) const HIDDEN_PREFIX: &str = "unbounded_";

/// Definitions of the interpreter's library that are left out; some have a built-in of ours in their place.
const REFUSED_DEFINITIONS: &[&str] = &[
    "stderr",
    "debug",
    "halt",
    "halt_error",
    "nan",
    "infinite",
    "isnan",
    "@htmld",
    "gamma",
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
    let stock = jaq_core::defs().chain(jaq_std::defs());
    let allowed = stock.filter(|def| !REFUSED_DEFINITIONS.contains(&def.name));
    let own = jaq_core::load::parse(include_str!("prelude.jq"), |parser| parser.defs());
    allowed
        .chain(own.expect("the prelude is part of this crate, and a test compiles it"))
        .collect()
}

/// The built-ins an expression can reach.
pub(super) fn funs() -> impl Iterator<Item = Fun<Metered>> {
    let stock = jaq_core::funs::<Metered>().chain(jaq_std::funs::<Metered>());
    let allowed = stock.filter_map(|(name, arity, fun)| {
        if ALLOWED_BUILTINS.contains(&name) {
            return Some((name, arity, fun));
        }
        let (_, hidden) = WRAPPED_BUILTINS
            .iter()
            .find(|(wrapped, _)| *wrapped == name)?;
        Some((*hidden, arity, fun))
    });
    builtins::funs().chain(allowed)
}
