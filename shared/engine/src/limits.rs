//! The limits of what strangers write into expressions and JSON Schemas, in one place.

/// Limits of expressions.
pub(crate) mod expression {
    use std::time::Duration;

    /// The longest expression, in bytes.
    pub(crate) const MAX_SOURCE_BYTES: usize = 8 << 10;
    /// How deeply brackets, conditions and the like may be inside each other. Each level takes stack of the parser and
    /// of the compiler.
    pub(crate) const MAX_NESTING: usize = 400;
    /// Units of work of one evaluation: about 50 ms on one core of a laptop.
    pub(crate) const WORK_UNITS: u64 = 400_000;
    /// Units of work for reading the input and the variables, whose producers limit their size.
    pub(crate) const READING_UNITS: u64 = 4_000_000;
    /// Bytes of values held at one time.
    pub(crate) const MEMORY_BYTES: usize = 64 << 20;
    /// Contexts held at one time by suspended generators.
    pub(crate) const CONTEXTS: usize = 100_000;
    /// The part of the stack that evaluation may use. Unwinding it takes time, too, so it is far from all of it.
    pub(crate) const USABLE_STACK_BYTES: usize = 4 << 20;
    /// The longest string, in bytes.
    pub(crate) const MAX_TEXT_BYTES: usize = 4 << 20;
    /// How deeply arrays and objects may nest.
    pub(crate) const MAX_VALUE_DEPTH: usize = 96;
    /// The largest result, as bytes of JSON.
    pub(crate) const MAX_OUTPUT_BYTES: usize = 1 << 20;
    /// The greatest index that an assignment may reach in an array, as in jq.
    pub(crate) const MAX_INDEX: usize = 536_870_911;
    /// The longest date format, in characters.
    pub(crate) const MAX_DATE_FORMAT_CHARS: usize = 200;
    /// CPU time of one evaluation. An unoptimised build is some ten times slower.
    pub(crate) const CPU_TIME: Duration =
        Duration::from_millis(if cfg!(debug_assertions) { 2_500 } else { 250 });
    /// How many times the CPU time an evaluation may take on the wall clock, while other threads have the cores.
    pub(crate) const WALL_TIMES: u32 = 40;
}

/// Limits of regular expressions, in expressions and in schemas.
pub(crate) mod pattern {
    /// The longest pattern, in bytes.
    pub(crate) const MAX_BYTES: usize = 1_000;
    /// The greatest automaton; what `a{1000}{1000}` would need is far beyond.
    pub(crate) const MAX_AUTOMATON_BYTES: usize = 256 << 10;
    /// The greatest weight of a pattern's syntax tree (see `pattern_weight`): about 20 ms of compiling.
    pub(crate) const MAX_WEIGHT: u64 = 10_000;
    /// How deeply groups may be inside each other.
    pub(crate) const MAX_NESTING: u32 = 50;
}

/// Limits of JSON Schemas.
pub(crate) mod schema {
    /// How many schemas a schema may consist of.
    pub(crate) const MAX_NODES: usize = 5_000;
    /// How many patterns it may have.
    pub(crate) const MAX_PATTERNS: usize = 100;
    /// The weight of all its patterns together: about 60 ms of compiling.
    pub(crate) const MAX_PATTERN_WEIGHT: u64 = 30_000;
    /// How many schemas may apply to one value.
    pub(crate) const MAX_SAME_VALUE: u64 = 10_000;
    /// How deeply those may be inside each other.
    pub(crate) const MAX_SAME_VALUE_DEPTH: usize = 64;
    /// Units of work of one check; a unit is a fraction of a microsecond, at worst a few of them.
    pub(crate) const MAX_CHECK_UNITS: u64 = 500_000;
    /// How many pairs of a schema and a value are visited to estimate the work of a check.
    pub(crate) const MAX_ESTIMATE_STEPS: u64 = 500_000;
}
