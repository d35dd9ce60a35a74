//! A tree drawn with lines, as explanations are.

use std::fmt;

/// A line of text with lines beneath it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    text: String,
    branches: Vec<Tree>,
}

impl Tree {
    /// A line with nothing beneath it yet.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            branches: Vec::new(),
        }
    }

    /// Adds a tree beneath this line.
    pub(crate) fn push(&mut self, branch: Tree) {
        self.branches.push(branch);
    }

    fn draw(&self, formatter: &mut fmt::Formatter<'_>, margin: &str) -> fmt::Result {
        for (index, branch) in self.branches.iter().enumerate() {
            let last = index + 1 == self.branches.len();
            let (elbow, rail) = if last {
                ("└─ ", "   ")
            } else {
                ("├─ ", "│  ")
            };
            let deeper = format!("{margin}{rail}");
            let text = branch.text.replace('\n', &format!("\n{deeper}"));
            write!(formatter, "\n{margin}{elbow}{text}")?;
            branch.draw(formatter, &deeper)?;
        }
        Ok(())
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)?;
        self.draw(formatter, "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_hang_on_rails() {
        let mut root = Tree::new("order 1");
        let mut rule = Tree::new("late: true");
        rule.push(Tree::new("a && b\n= true"));
        root.push(rule);
        root.push(Tree::new("lost: unknown"));
        insta::assert_snapshot!(root.to_string());
    }
}
