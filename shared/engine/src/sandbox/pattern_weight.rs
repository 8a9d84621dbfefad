//! How much work it is to compile a regular expression, estimated on its syntax tree before anything is built.
//!
//! A character weighs one. A class weighs as much as the ranges that it stands for, several times as much where case is
//! ignored, and a repetition as often as it is unrolled. A unit is about two microseconds.

use crate::limits::pattern::{MAX_BYTES, MAX_NESTING, MAX_WEIGHT};
use regex_syntax::ast::{
    self, Ast, ClassSet, ClassSetItem, Flag, FlagsItemKind, RepetitionKind, RepetitionRange,
};

/// The ranges of a class such as `\w`, of all of Unicode.
const CLASS_WEIGHT: u64 = 100;
/// How much more a class weighs where case is ignored: each of its characters is looked up.
const CASE_FACTOR: u64 = 6;
/// The characters of a range that are looked up for a unit where case is ignored.
const CHARACTERS_PER_UNIT: u64 = 64;

/// The weight of a pattern, or a sentence that says why it is refused.
pub(super) fn weight_of(
    pattern: &str,
    ignores_case: bool,
    ignores_space: bool,
) -> Result<u64, String> {
    if pattern.len() > MAX_BYTES {
        return Err(format!("a regex is at most {MAX_BYTES} bytes long"));
    }
    estimate(pattern, ignores_case, ignores_space)
}

/// The same for a pattern of any length.
pub(crate) fn estimate(
    pattern: &str,
    ignores_case: bool,
    ignores_space: bool,
) -> Result<u64, String> {
    let mut parser = ast::parse::ParserBuilder::new();
    parser
        .nest_limit(MAX_NESTING)
        .ignore_whitespace(ignores_space);
    let tree = parser.build().parse(pattern).map_err(|error| {
        format!(
            "no regex, or one with look-around or back-references: {}",
            error.kind()
        )
    })?;
    let ignores_case = ignores_case || sets_case_flag(&tree);
    let weight = weight(&tree, ignores_case);
    if weight > MAX_WEIGHT {
        return Err("the regex is too large: it has too many classes or repetitions".to_owned());
    }
    Ok(weight)
}

/// The nesting limit of the parser bounds the recursion.
fn weight(tree: &Ast, ignores_case: bool) -> u64 {
    let class = CLASS_WEIGHT * if ignores_case { CASE_FACTOR } else { 1 };
    match tree {
        Ast::Empty(_) | Ast::Flags(_) => 0,
        Ast::Literal(_) => {
            if ignores_case {
                4
            } else {
                1
            }
        }
        Ast::Dot(_) => 8,
        Ast::Assertion(_) => 2,
        Ast::ClassUnicode(_) | Ast::ClassPerl(_) => class,
        Ast::ClassBracketed(bracketed) => 1 + set_weight(&bracketed.kind, ignores_case),
        Ast::Repetition(repetition) => {
            let times = match repetition.op.kind {
                RepetitionKind::ZeroOrOne | RepetitionKind::ZeroOrMore => 1,
                RepetitionKind::OneOrMore => 2,
                RepetitionKind::Range(RepetitionRange::Exactly(times)) => times.max(1),
                RepetitionKind::Range(RepetitionRange::AtLeast(times)) => times.saturating_add(1),
                RepetitionKind::Range(RepetitionRange::Bounded(_, most)) => most.max(1),
            };
            weight(&repetition.ast, ignores_case).saturating_mul(times.into())
        }
        Ast::Group(group) => weight(&group.ast, ignores_case).saturating_add(2),
        Ast::Alternation(alternation) => sum(&alternation.asts, ignores_case),
        Ast::Concat(concat) => sum(&concat.asts, ignores_case),
    }
}

fn sum(trees: &[Ast], ignores_case: bool) -> u64 {
    trees.iter().fold(0_u64, |total, tree| {
        total
            .saturating_add(weight(tree, ignores_case))
            .saturating_add(1)
    })
}

fn set_weight(set: &ClassSet, ignores_case: bool) -> u64 {
    match set {
        ClassSet::Item(item) => item_weight(item, ignores_case),
        ClassSet::BinaryOp(operation) => set_weight(&operation.lhs, ignores_case)
            .saturating_add(set_weight(&operation.rhs, ignores_case))
            .saturating_mul(2),
    }
}

fn item_weight(item: &ClassSetItem, ignores_case: bool) -> u64 {
    match item {
        ClassSetItem::Empty(_) => 0,
        ClassSetItem::Literal(_) => {
            if ignores_case {
                4
            } else {
                1
            }
        }
        ClassSetItem::Range(range) => {
            let characters = u64::from(range.end.c).saturating_sub(range.start.c.into());
            1 + if ignores_case {
                characters / CHARACTERS_PER_UNIT
            } else {
                0
            }
        }
        ClassSetItem::Ascii(_) => 4,
        ClassSetItem::Unicode(_) | ClassSetItem::Perl(_) => {
            CLASS_WEIGHT * if ignores_case { CASE_FACTOR } else { 1 }
        }
        ClassSetItem::Bracketed(inner) => set_weight(&inner.kind, ignores_case).saturating_add(1),
        ClassSetItem::Union(union) => union.items.iter().fold(0_u64, |total, item| {
            total.saturating_add(item_weight(item, ignores_case))
        }),
    }
}

/// Whether a pattern ignores case anywhere by a flag of its own, such as `(?i)`.
fn sets_case_flag(tree: &Ast) -> bool {
    let has_flag = |flags: &ast::Flags| {
        flags
            .items
            .iter()
            .any(|item| item.kind == FlagsItemKind::Flag(Flag::CaseInsensitive))
    };
    match tree {
        Ast::Flags(set) => has_flag(&set.flags),
        Ast::Group(group) => {
            let own = match &group.kind {
                ast::GroupKind::NonCapturing(flags) => has_flag(flags),
                ast::GroupKind::CaptureIndex(_) | ast::GroupKind::CaptureName { .. } => false,
            };
            own || sets_case_flag(&group.ast)
        }
        Ast::Repetition(repetition) => sets_case_flag(&repetition.ast),
        Ast::Alternation(alternation) => alternation.asts.iter().any(sets_case_flag),
        Ast::Concat(concat) => concat.asts.iter().any(sets_case_flag),
        Ast::Empty(_) | Ast::Literal(_) | Ast::Dot(_) | Ast::Assertion(_) => false,
        Ast::ClassUnicode(_) | Ast::ClassPerl(_) | Ast::ClassBracketed(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_BYTES, MAX_WEIGHT, weight_of};

    #[test]
    fn ordinary_patterns_are_light() {
        for pattern in [
            "^[a-z0-9._%+-]+@[a-z0-9.-]+\\.[a-z]{2,}$",
            "^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$",
            "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?(Z|[+-]\\d{2}:\\d{2})$",
            "(?i)^(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\\w*$",
            "^.{1,255}$",
        ] {
            assert!(
                weight_of(pattern, false, false).unwrap() < 3_000,
                "{pattern}"
            );
        }
    }

    #[test]
    fn a_pattern_that_takes_long_to_compile_is_refused_before_it_is_compiled() {
        let classes = "[\\W\\w]".repeat(140);
        for (pattern, ignores_case) in [
            (classes.as_str(), true),
            (classes.as_str(), false),
            ("\\w{200}", false),
            ("((a{0,100}){0,100}){0,100}", false),
            ("a{1000}{1000}", false),
            ("(?i)[\\x{0}-\\x{10FFFF}]{10}", false),
            ("[\\x{0}-\\x{10FFFF}]", true),
        ] {
            assert!(
                weight_of(pattern, ignores_case, false).is_err(),
                "{pattern}"
            );
        }
    }

    #[test]
    fn a_pattern_of_the_greatest_weight_or_length_is_taken_and_one_past_it_is_refused() {
        let of = |pattern: &str| weight_of(pattern, false, false);
        // A part of a sequence weighs one more than by itself.
        let parts = |last: usize| format!("{}a{{{last}}}", "a{999}".repeat(9));
        assert_eq!(of(&parts(999)), Ok(MAX_WEIGHT));
        assert!(of(&parts(1_000)).is_err_and(|reason| reason.contains("too large")));
        assert!(of(&"a".repeat(MAX_BYTES)).is_ok());
        let longer = of(&"a".repeat(MAX_BYTES + 1));
        assert!(longer.is_err_and(|reason| reason.contains("1000 bytes")));
    }

    #[test]
    fn a_class_weighs_a_hundred_and_six_times_that_where_case_is_ignored() {
        assert_eq!(weight_of("\\w", false, false), Ok(100));
        assert_eq!(weight_of("\\w", true, false), Ok(600));
    }
}
