//! The table: sections of rows, as text that is Markdown, too. It does not know what it shows.

use std::fmt::{self, Display};

/// Rows that have their columns in common.
#[derive(Clone, Debug)]
pub struct Section {
    title: &'static str,
    columns: Vec<&'static str>,
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    name: String,
    /// As many as there are columns; `None` where a column does not apply.
    figures: Vec<Option<Figure>>,
}

/// One number, and how it is to be taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    pub value: f64,
    pub kind: Kind,
    /// The most that it may be.
    pub budget: Option<f64>,
    decimals: usize,
}

/// How far a figure can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Comes out the same every time.
    Exact,
    /// Differs by less than 3 %, on any machine with the same toolchain.
    Close,
    /// Depends on the machine, and on what else it does.
    Loose,
}

impl Figure {
    pub fn exact(value: f64) -> Self {
        let decimals = usize::from(value.fract() != 0.0);
        Self::of(Kind::Exact, value, decimals)
    }

    pub fn close(value: f64, decimals: usize) -> Self {
        Self::of(Kind::Close, value, decimals)
    }

    pub fn loose(value: f64, decimals: usize) -> Self {
        Self::of(Kind::Loose, value, decimals)
    }

    fn of(kind: Kind, value: f64, decimals: usize) -> Self {
        Self {
            value,
            kind,
            budget: None,
            decimals,
        }
    }

    #[must_use]
    pub fn within(self, budget: f64) -> Self {
        Self {
            budget: Some(budget),
            ..self
        }
    }

    pub fn is_over_budget(self) -> bool {
        self.budget.is_some_and(|budget| self.value > budget)
    }
}

/// A budget is printed after its figure.
impl Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", grouped(self.value, self.decimals))?;
        match self.budget {
            Some(budget) if self.is_over_budget() => {
                write!(f, " **> {}**", grouped(budget, self.decimals))
            }
            Some(budget) => write!(f, " (≤ {})", grouped(budget, self.decimals)),
            None => Ok(()),
        }
    }
}

/// Digits in groups of three.
fn grouped(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

impl Section {
    pub fn new(title: &'static str, columns: &[&'static str]) -> Self {
        Self {
            title,
            columns: columns.to_vec(),
            rows: Vec::new(),
        }
    }

    pub fn row(
        &mut self,
        name: impl Into<String>,
        figures: impl IntoIterator<Item = Option<Figure>>,
    ) {
        self.rows.push(Row {
            name: name.into(),
            figures: figures.into_iter().collect(),
        });
    }

    /// Every figure, under a unique name.
    pub fn figures(&self) -> Vec<(String, Figure)> {
        let mut figures = Vec::new();
        for row in &self.rows {
            for (column, figure) in self.columns.iter().zip(&row.figures) {
                let name = format!("{} / {} / {column}", self.title, row.name);
                figures.extend(figure.map(|figure| (name, figure)));
            }
        }
        figures
    }

    fn lines(&self) -> Vec<Vec<String>> {
        let heading = self.columns.iter().map(|column| (*column).to_owned());
        let mut lines = vec![[self.title.to_owned()].into_iter().chain(heading).collect()];
        for row in &self.rows {
            let figures = row.figures.iter();
            let figures = figures.map(|figure| figure.map_or_else(String::new, |f| f.to_string()));
            lines.push([row.name.clone()].into_iter().chain(figures).collect());
        }
        lines
    }
}

impl Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.lines();
        let width = |column: usize| {
            let cells = lines.iter().map(|line| line[column].chars().count());
            cells.max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..=self.columns.len()).map(width).collect();
        for (number, line) in lines.iter().enumerate() {
            for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
                if column == 0 {
                    write!(f, "| {cell:<width$} |")?;
                } else {
                    write!(f, " {cell:>width$} |")?;
                }
            }
            writeln!(f)?;
            if number == 0 {
                write!(f, "|{}|", "-".repeat(widths[0] + 2))?;
                for width in &widths[1..] {
                    write!(f, "{}:|", "-".repeat(width + 1))?;
                }
                writeln!(f)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_a_table_with_budgets_behind_the_figures() {
        let mut section = Section::new("units", &["write", "ms"]);
        let write = Figure::exact(9.0).within(8.0);
        section.row("accepted", [Some(write), None]);
        section.row(
            "flood",
            [
                Some(Figure::exact(0.0).within(0.0)),
                Some(Figure::loose(1234.56, 1)),
            ],
        );
        assert_eq!(
            section.to_string(),
            "| units    |     write |      ms |\n\
             |----------|----------:|--------:|\n\
             | accepted | 9 **> 8** |         |\n\
             | flood    |   0 (≤ 0) | 1,234.6 |\n"
        );
        let figures = section.figures();
        assert_eq!(figures[0], ("units / accepted / write".to_owned(), write));
        assert!(write.is_over_budget() && !figures[1].1.is_over_budget());
    }
}
