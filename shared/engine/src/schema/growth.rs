//! How many schemas apply to one value when references are followed: whether the references end, and whether the
//! schemas are not too many.

use super::survey::Survey;
use crate::limits::schema::{MAX_SAME_VALUE, MAX_SAME_VALUE_DEPTH};

impl Survey {
    /// Why the schemas for one value are too many, or never end.
    pub(super) fn growth(&self) -> Option<String> {
        let mut known = vec![None; self.nodes.len()];
        let all = 0..self.nodes.len();
        let heaviest = all.map(|at| self.same_value(at, 0, &mut known)).try_fold(
            0,
            |most: u64, (weight, height)| {
                (height <= MAX_SAME_VALUE_DEPTH).then_some(most.max(weight))
            },
        );
        match heaviest {
            None => Some(format!(
                "references lead in a circle, or more than {MAX_SAME_VALUE_DEPTH} schemas for one value are inside each other"
            )),
            Some(weight) if weight > MAX_SAME_VALUE => Some(format!(
                "more than {MAX_SAME_VALUE} schemas apply to one value"
            )),
            Some(_) => None,
        }
    }

    /// How many schemas this one applies to one value, and how deeply they are inside each other. Beyond the limit, the
    /// depth is any number over the limit.
    fn same_value(
        &self,
        at: usize,
        depth: usize,
        known: &mut [Option<(u64, usize)>],
    ) -> (u64, usize) {
        if let Some(found) = known[at] {
            return found;
        }
        let node = &self.nodes[at];
        let (mut weight, mut height) = (0_u64, 0);
        for same in &node.same {
            if depth.max(height) > MAX_SAME_VALUE_DEPTH {
                return (weight, MAX_SAME_VALUE_DEPTH + 1);
            }
            let (inner, inner_height) = self.same_value(*same, depth + 1, known);
            weight = weight.saturating_add(inner);
            height = height.max(inner_height);
        }
        let weight = weight.saturating_mul(node.rounds()).saturating_add(1);
        known[at] = Some((weight, height + 1));
        (weight, height + 1)
    }
}
