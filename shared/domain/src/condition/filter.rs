//! The parts of a condition, as jq names them: a filter makes any number of values of one. It does not know how they are
//! written.

use serde_json::Value;

/// Makes values of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    /// `.`
    Identity,
    /// A constant.
    Literal(Value),
    /// `.name`
    Key(String),
    /// `.[0]`; from the end where negative.
    Index(i64),
    /// `.[]`
    Each,
    /// `f?`: no value where it fails.
    Try(Box<Filter>),
    /// `f | g`
    Pipe(Box<Filter>, Box<Filter>),
    /// `f // g`
    Alternative(Box<Filter>, Box<Filter>),
    /// `f or g`
    Or(Box<Filter>, Box<Filter>),
    /// `f and g`
    And(Box<Filter>, Box<Filter>),
    /// `f == g`, and the others.
    Compare(Comparison, Box<Filter>, Box<Filter>),
    /// A function without arguments.
    Call(Function),
    /// A function of one argument.
    CallWith(FunctionOf, Box<Filter>),
    /// `IN(f, g, …)`: whether the value is one of theirs.
    In(Vec<Filter>),
}

/// A comparison, by jq's order of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A function without arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Not,
    Length,
    Type,
    Any,
    All,
    Downcase,
    Upcase,
}

/// A function of one argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FunctionOf {
    Any,
    All,
    Select,
    Has,
    Contains,
    StartsWith,
    EndsWith,
}

impl Function {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "not" => Self::Not,
            "length" => Self::Length,
            "type" => Self::Type,
            "any" => Self::Any,
            "all" => Self::All,
            "ascii_downcase" => Self::Downcase,
            "ascii_upcase" => Self::Upcase,
            _ => return None,
        })
    }
}

impl FunctionOf {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "any" => Self::Any,
            "all" => Self::All,
            "select" => Self::Select,
            "has" => Self::Has,
            "contains" => Self::Contains,
            "startswith" => Self::StartsWith,
            "endswith" => Self::EndsWith,
            _ => return None,
        })
    }
}
