//! Pairs what is wanted with what there is, of resources that have no names. Does not know resources.

use serde_json::Value;

/// What belongs together.
pub(super) struct Pairs {
    /// For each that is wanted, which one that is there.
    pub(super) found: Vec<Option<usize>>,
    /// Those that are there and that nobody wants.
    pub(super) left: Vec<usize>,
}

/// First those that are the same, then the first that may be changed into what is wanted.
pub(super) fn paired<T>(
    wanted: &[T],
    there: &[Value],
    same: impl Fn(&T, &Value) -> bool,
    may: impl Fn(&T, &Value) -> bool,
) -> Pairs {
    let mut pairs = Pairs {
        found: vec![None; wanted.len()],
        left: (0..there.len()).collect(),
    };
    pairs.match_by(wanted, there, same);
    pairs.match_by(wanted, there, may);
    pairs
}

impl Pairs {
    fn match_by<T>(&mut self, wanted: &[T], there: &[Value], rule: impl Fn(&T, &Value) -> bool) {
        let unmatched = wanted.iter().zip(&mut self.found);
        for (item, slot) in unmatched.filter(|(_, slot)| slot.is_none()) {
            let fits = |at: &usize| there.get(*at).is_some_and(|there| rule(item, there));
            let position = self.left.iter().position(fits);
            *slot = position.map(|position| self.left.remove(position));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_same_belong_together_before_others_take_their_place() {
        let there = [json!("a"), json!("b"), json!("c")];
        let pairs = paired(&["c", "x"], &there, |one, other| other == one, |_, _| true);
        assert_eq!(pairs.found, [Some(2), Some(0)]);
        assert_eq!(pairs.left, [1]);
    }
}
