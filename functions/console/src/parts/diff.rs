//! What is different between two texts, line by line.

use maud::{Markup, html};

/// Lines of each text that are compared; the rest is left out.
const COMPARED_LINES: usize = 800;
/// Lines of the difference on a page.
const SHOWN_LINES: usize = 240;
/// Equal lines shown around a difference.
const AROUND: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Same,
    Added,
    Removed,
}

/// The difference of two texts.
pub(crate) fn diff(old: &str, new: &str) -> Markup {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let is_cut = old.len().max(new.len()) > COMPARED_LINES;
    let old = old.get(..COMPARED_LINES).unwrap_or(&old);
    let new = new.get(..COMPARED_LINES).unwrap_or(&new);
    let lines = compared(old, new);
    let near = near_differences(&lines);
    let shown = lines.iter().zip(near).filter(|(_, is_near)| *is_near);
    let shown: Vec<&(Kind, &str)> = shown.map(|(line, _)| line).collect();
    let is_cut = is_cut || shown.len() > SHOWN_LINES;
    html! {
        @if lines.iter().all(|(kind, _)| *kind == Kind::Same) { p.empty { "The definitions are the same." } }
        @else {
            pre.diff tabindex="0" { code {
                @for (kind, line) in shown.iter().take(SHOWN_LINES) {
                    @match kind {
                        Kind::Same => { span { "  " (line) } },
                        Kind::Added => { span.added { "+ " (line) } },
                        Kind::Removed => { span.removed { "- " (line) } },
                    }
                }
            } }
        }
        @if is_cut { p.cut { "Not all of it is shown." } }
    }
}

/// The longest common subsequence, by the table of its lengths from each pair of lines on.
fn compared<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(Kind, &'a str)> {
    let width = new.len() + 1;
    let mut lengths = vec![0_u32; (old.len() + 1) * width];
    for (i, left) in old.iter().enumerate().rev() {
        for (j, right) in new.iter().enumerate().rev() {
            lengths[i * width + j] = if left == right {
                lengths[(i + 1) * width + j + 1] + 1
            } else {
                lengths[(i + 1) * width + j].max(lengths[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut lines = Vec::with_capacity(old.len().max(new.len()));
    loop {
        match (old.get(i), new.get(j)) {
            (Some(left), Some(right)) if left == right => {
                lines.push((Kind::Same, *left));
                (i, j) = (i + 1, j + 1);
            }
            (Some(left), right)
                if right.is_none()
                    || lengths[(i + 1) * width + j] >= lengths[i * width + j + 1] =>
            {
                lines.push((Kind::Removed, *left));
                i += 1;
            }
            (_, Some(right)) => {
                lines.push((Kind::Added, *right));
                j += 1;
            }
            (_, None) => return lines,
        }
    }
}

/// Whether each line is different, or near one that is.
fn near_differences(lines: &[(Kind, &str)]) -> Vec<bool> {
    let mut near = vec![false; lines.len()];
    for (index, (kind, _)) in lines.iter().enumerate() {
        if *kind != Kind::Same {
            let end = (index + AROUND + 1).min(lines.len());
            near[index.saturating_sub(AROUND)..end].fill(true);
        }
    }
    near
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn added_and_removed_lines_are_told_from_those_that_stayed() {
        let lines = compared(&["a", "b", "c"], &["a", "x", "c", "d"]);
        use Kind::{Added, Removed, Same};
        assert_eq!(
            lines,
            [
                (Same, "a"),
                (Removed, "b"),
                (Added, "x"),
                (Same, "c"),
                (Added, "d")
            ]
        );
        assert_eq!(compared(&[], &["a"]), [(Added, "a")]);
        assert_eq!(compared(&["a"], &[]), [(Removed, "a")]);
    }

    #[test]
    fn what_is_far_from_a_difference_is_left_out() {
        let old: String = (0..50).map(|line| format!("{line}\n")).collect();
        let new = old.replace("25\n", "<x>\n");
        let shown = diff(&old, &new).into_string();
        assert!(shown.contains("- 25") && shown.contains("+ &lt;x&gt;"));
        assert_eq!(shown.matches("<span>").count(), 2 * AROUND);
        assert!(diff(&old, &old).into_string().contains("the same"));
    }
}
