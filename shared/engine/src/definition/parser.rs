//! The parser of tasks: what it knows while it reads a document, and what it collects.
//!
//! The grammar is in the files of the task kinds, each of which adds methods to [`TaskParser`]. These methods call each
//! other, because lists contain tasks and tasks contain lists.

use super::components::Components;
use super::diagnostics::Diagnostics;
use super::task::Task;
use super::transform::SchemaCache;
use std::collections::BTreeMap;

/// What the parser knows, and what it collects.
pub(super) struct TaskParser<'a> {
    pub(super) diagnostics: &'a mut Diagnostics,
    /// Every list of tasks found so far.
    pub(super) lists: TaskLists,
    pub(super) components: Components<'a>,
    /// The names of the functions that are being read, outermost first.
    pub(super) open_functions: Vec<String>,
    /// The pointer of the task whose extension is being read.
    pub(super) extended: Option<String>,
    pub(super) schemas: SchemaCache,
}

/// Lists of tasks by their pointers, and how many tasks they hold together.
#[derive(Default)]
pub(super) struct TaskLists {
    by_pointer: BTreeMap<String, Vec<Task>>,
    tasks: usize,
}

impl TaskLists {
    pub(super) fn insert(&mut self, pointer: String, tasks: Vec<Task>) {
        self.tasks += tasks.len();
        if let Some(replaced) = self.by_pointer.insert(pointer, tasks) {
            self.tasks -= replaced.len();
        }
    }

    pub(super) fn get(&self, pointer: &str) -> Option<&[Task]> {
        self.by_pointer.get(pointer).map(Vec::as_slice)
    }

    pub(super) fn into_map(self) -> BTreeMap<String, Vec<Task>> {
        self.by_pointer
    }
}

/// The most tasks of a document; those of a function count once for each call of it.
const MAX_DOCUMENT_TASKS: usize = 5_000;

impl<'a> TaskParser<'a> {
    pub(super) fn new(diagnostics: &'a mut Diagnostics, components: Components<'a>) -> Self {
        Self {
            diagnostics,
            lists: TaskLists::default(),
            components,
            open_functions: Vec::new(),
            extended: None,
            schemas: SchemaCache::default(),
        }
    }

    /// Reads a reusable component where it is defined: its problems are reported, its tasks are not kept.
    pub(super) fn check_component(&mut self, check: impl FnOnce(&mut TaskParser<'_>)) {
        let mut parser = TaskParser {
            schemas: std::mem::take(&mut self.schemas),
            ..TaskParser::new(self.diagnostics, self.components)
        };
        check(&mut parser);
        self.schemas = parser.schemas;
    }

    /// Reads a reusable component where it is used: its tasks are kept. Its problems have been reported where it is
    /// defined, so they are returned apart.
    pub(super) fn read_component<T>(
        &mut self,
        read: impl FnOnce(&mut TaskParser<'_>) -> T,
    ) -> (T, Diagnostics) {
        let mut diagnostics = Diagnostics::default();
        let mut parser = TaskParser {
            lists: std::mem::take(&mut self.lists),
            open_functions: self.open_functions.clone(),
            extended: self.extended.clone(),
            schemas: std::mem::take(&mut self.schemas),
            ..TaskParser::new(&mut diagnostics, self.components)
        };
        let component = read(&mut parser);
        (self.lists, self.schemas) = (parser.lists, parser.schemas);
        (component, diagnostics)
    }

    /// Refuses a document that has grown too large.
    pub(super) fn check_size(&mut self) {
        if self.is_too_large() {
            let reason = format!("the document has more than {MAX_DOCUMENT_TASKS} tasks");
            self.diagnostics.add("", reason);
        }
    }

    pub(super) fn is_too_large(&self) -> bool {
        self.lists.tasks > MAX_DOCUMENT_TASKS
    }
}
