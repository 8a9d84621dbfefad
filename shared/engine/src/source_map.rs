//! Lines and columns of the values of a document in its YAML text. Knows nothing of problems but their pointers.

use crate::nesting::on_large_stack;
use crate::problem::{Problem, child_pointer};
use granit_parser::{Event, Parser, Span};
use std::collections::HashMap;

/// Adds to each problem the line and column in `text`, from which the document was parsed. A value that is not in the text
/// itself, such as one from a merge key, gets those of the closest value around it.
pub fn locate(text: &str, problems: &mut [Problem]) {
    let Some(map) = on_large_stack(|| SourceMap::of(text)) else {
        return;
    };
    for problem in problems {
        if let Some((line, column)) = map.closest(&problem.pointer) {
            problem.line = Some(line);
            problem.column = Some(column);
        }
    }
}

/// Lines and columns, from 1, by pointer. The position of a member of an object is that of its key.
#[derive(Default)]
struct SourceMap {
    found: HashMap<String, (u32, u32)>,
    /// The open collections, outermost first.
    open: Vec<OpenNode>,
}

enum OpenNode {
    /// An object, and the pointer of the member whose value comes next.
    Object(String, Option<String>),
    /// A list, and the index of its next item.
    List(String, usize),
}

impl SourceMap {
    /// The text has been parsed before, so it is within the limits of [`yaml_to_json`](crate::yaml_to_json). Aliases are
    /// not followed.
    fn of(text: &str) -> Self {
        let mut map = Self::default();
        let mut parser = Parser::new_from_str(text);
        while let Some(Ok((event, span))) = parser.next_event() {
            map.take(&event, span);
        }
        map
    }

    fn take(&mut self, event: &Event<'_>, span: Span) {
        match event {
            Event::Scalar(text, ..) => drop(self.node(span, text)),
            Event::Alias(_) => drop(self.node(span, "")),
            Event::MappingStart(..) => {
                let pointer = self.node(span, "");
                self.open.push(OpenNode::Object(pointer, None));
            }
            Event::SequenceStart(..) => {
                let pointer = self.node(span, "");
                self.open.push(OpenNode::List(pointer, 0));
            }
            Event::MappingEnd | Event::SequenceEnd => drop(self.open.pop()),
            _ => {}
        }
    }

    /// The pointer of a node that begins; `text` is its scalar, which may be the key of a member.
    fn node(&mut self, span: Span, text: &str) -> String {
        let pointer = match self.open.last_mut() {
            None => String::new(),
            Some(OpenNode::List(list, next)) => {
                *next += 1;
                format!("{list}/{}", *next - 1)
            }
            Some(OpenNode::Object(object, member)) => match member.take() {
                Some(value) => return value,
                None => {
                    let key = child_pointer(object, text);
                    *member = Some(key.clone());
                    key
                }
            },
        };
        let line = u32::try_from(span.start.line()).ok();
        let column = u32::try_from(span.start.col() + 1).ok();
        if let (Some(line), Some(column)) = (line, column) {
            self.found.entry(pointer.clone()).or_insert((line, column));
        }
        pointer
    }

    fn closest(&self, pointer: &str) -> Option<(u32, u32)> {
        let mut pointer = pointer;
        loop {
            if let Some(place) = self.found.get(pointer) {
                return Some(*place);
            }
            (pointer, _) = pointer.rsplit_once('/')?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, pointer: &str) -> Option<(u32, u32)> {
        let mut problems = [Problem::at(pointer, "")];
        locate(text, &mut problems);
        problems[0].line.zip(problems[0].column)
    }

    const TEXT: &str = "# A comment.
a:
  b: [1, {c: 2}]
  'd/e': &anchor
    - f
list:
  - g: |
      h: not a key
    i: *anchor
  - <<: *anchor
";

    #[test]
    fn every_value_has_the_position_of_its_text() {
        for (pointer, expected) in [
            ("", (2, 1)),
            ("/a", (2, 1)),
            ("/a/b", (3, 3)),
            ("/a/b/0", (3, 7)),
            ("/a/b/1/c", (3, 11)),
            ("/a/d~1e", (4, 3)),
            ("/a/d~1e/0", (5, 7)),
            ("/list/0", (7, 5)),
            ("/list/0/g", (7, 5)),
            ("/list/0/i", (9, 5)),
        ] {
            assert_eq!(place(TEXT, pointer), Some(expected), "{pointer}");
        }
    }

    #[test]
    fn a_value_outside_of_the_text_has_the_position_of_the_closest_around_it() {
        assert_eq!(place(TEXT, "/list/0/i/0"), Some((9, 5)), "an alias");
        assert_eq!(place(TEXT, "/list/1/merged"), Some((10, 5)));
        assert_eq!(place(TEXT, "/a/missing/too"), Some((2, 1)));
    }
}
