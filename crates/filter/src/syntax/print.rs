//! Writes a tree as text that gives the same tree.

use std::fmt::{self, Display, Formatter, Write as _};

use super::{Argument, Comparable, Comparator, Expression, Function, Member, Restriction, Word};

const COMPARATORS: [Comparator; 7] = [
    Comparator::LessOrEqual,
    Comparator::Less,
    Comparator::GreaterOrEqual,
    Comparator::Greater,
    Comparator::NotEqual,
    Comparator::Equal,
    Comparator::Has,
];

impl Comparator {
    /// As it is written.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Has => ":",
        }
    }

    pub(super) fn at_start_of(text: &str) -> Option<Self> {
        COMPARATORS
            .into_iter()
            .find(|comparator| text.starts_with(comparator.symbol()))
    }
}

impl Display for Comparator {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.symbol())
    }
}

impl Expression {
    /// How tightly it binds.
    fn rank(&self) -> u8 {
        match self {
            Self::And(_) => 0,
            Self::Sequence(_) => 1,
            Self::Or(_) => 2,
            Self::Not(_) => 3,
            Self::Restriction(_) | Self::Global(_) => 4,
        }
    }

    /// Writes a part of it, in brackets where it would fall apart.
    fn write_part(&self, f: &mut Formatter<'_>, part: &Self) -> fmt::Result {
        if part.rank() > self.rank() {
            write!(f, "{part}")
        } else {
            write!(f, "({part})")
        }
    }

    fn write_joined(&self, f: &mut Formatter<'_>, parts: &[Self], joint: &str) -> fmt::Result {
        for (index, part) in parts.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { joint })?;
            self.write_part(f, part)?;
        }
        Ok(())
    }
}

impl Display for Expression {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) => self.write_joined(f, parts, " AND "),
            Self::Sequence(parts) => self.write_joined(f, parts, " "),
            Self::Or(parts) => self.write_joined(f, parts, " OR "),
            Self::Not(part) => {
                f.write_str("NOT ")?;
                self.write_part(f, part)
            }
            Self::Restriction(restriction) => restriction.fmt(f),
            Self::Global(comparable) => comparable.fmt(f),
        }
    }
}

impl Display for Restriction {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            comparable,
            comparator,
            argument,
            ..
        } = self;
        write!(f, "{comparable} {comparator} {argument}")
    }
}

impl Display for Comparable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(member) => member.fmt(f),
            Self::Function(function) => function.fmt(f),
        }
    }
}

impl Display for Member {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_list(f, &self.0, ".")
    }
}

impl Display for Function {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.name)?;
        write_list(f, &self.arguments, ", ")?;
        f.write_char(')')
    }
}

impl Display for Argument {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Comparable(comparable) => comparable.fmt(f),
            Self::Composite(expression, _) => write!(f, "({expression})"),
        }
    }
}

impl Display for Word {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if !self.quoted {
            return f.write_str(&self.text);
        }
        let last = self.text.len().saturating_sub(1);
        f.write_char('"')?;
        for (at, character) in self.text.char_indices() {
            match character {
                '"' | '\\' => write!(f, "\\{character}")?,
                '*' if at == 0 && !self.open.start || at == last && !self.open.end => {
                    f.write_str("\\*")?;
                }
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                _ => f.write_char(character)?,
            }
        }
        f.write_char('"')
    }
}

fn write_list(f: &mut Formatter<'_>, items: &[impl Display], joint: &str) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        f.write_str(if index == 0 { "" } else { joint })?;
        item.fmt(f)?;
    }
    Ok(())
}
