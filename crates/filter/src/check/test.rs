//! What a comparison asks of its field.

use super::{allowed, function, literal};
use crate::{
    condition::{Condition, Operand, Pattern, Shape, Subject, Test},
    error::{Fault, Misplaced, nearest_first, shown},
    schema::{Field, Kind},
    sql::Bind,
    syntax::{Argument, Comparable, Comparator, Word},
};

/// The left side of a comparison and its comparator.
pub(super) struct Asked<'s> {
    pub(super) field: &'s Field,
    pub(super) subject: Subject,
    pub(super) comparator: Comparator,
    /// Where the comparator stands.
    pub(super) at: usize,
}

impl Asked<'_> {
    /// The condition with one value on the right side.
    pub(super) fn of(&self, value: &Comparable) -> Result<Condition, Misplaced> {
        if !allowed(self.kind()).contains(&self.comparator) {
            return Err(self.comparator_refused());
        }
        let word = match value {
            Comparable::Member(member) => member.literal(),
            Comparable::Function(called) => {
                let operand = function::operand(called)?;
                return self.compared(operand, value.at());
            }
        };
        if self.comparator == Comparator::Has && word.text == "*" && word.open.start {
            return Ok(self.test(Test::Present));
        }
        if self.is_equality() && word.text == "null" && !word.quoted {
            return Ok(self.compared_with_null());
        }
        self.compared_with_word(&word)
    }

    /// Kind of the subject: an entry of a map is text.
    fn kind(&self) -> &Kind {
        match self.subject.shape {
            Shape::Entry(_) => &Kind::Text { searched: false },
            Shape::Scalar | Shape::List | Shape::Map => self.field.kind(),
        }
    }

    fn test(&self, test: Test) -> Condition {
        Condition::Test(self.subject.clone(), test)
    }

    fn is_equality(&self) -> bool {
        matches!(self.comparator, Comparator::Equal | Comparator::NotEqual)
    }

    /// `:` of a single value asks whether it is that value.
    fn effective(&self) -> Comparator {
        match self.comparator {
            Comparator::Has => Comparator::Equal,
            comparator => comparator,
        }
    }

    /// What a function gives fits text when it is who asks, and instants when it is an instant.
    fn compared(&self, operand: Operand, at: usize) -> Result<Condition, Misplaced> {
        match (self.kind(), &operand) {
            (Kind::Text { .. }, Operand::Me) | (Kind::Instant, Operand::Away(_)) => {
                Ok(self.test(Test::Compares(self.effective(), operand)))
            }
            _ => Err(self.operand_refused(operand.describe()).at(at)),
        }
    }

    /// `field = null` asks whether there is no value.
    fn compared_with_null(&self) -> Condition {
        let present = self.test(Test::Present);
        match self.comparator {
            Comparator::Equal => Condition::Not(Box::new(present)),
            _ => present,
        }
    }

    fn compared_with_word(&self, word: &Word) -> Result<Condition, Misplaced> {
        let operand = match self.kind() {
            Kind::Text { .. } => return Ok(self.text(word)),
            Kind::List => return Ok(self.test(Test::HasElement(pattern(word)))),
            Kind::Map => return Ok(self.has_key(word)),
            Kind::Boolean => {
                let value: bool = word.text.parse().map_err(|_| self.not_this(word))?;
                let is_same = self.comparator != Comparator::NotEqual;
                return Ok(self.test(Test::Is(value == is_same)));
            }
            Kind::Word(words) if words.contains(&word.text) => Some(Bind::Text(word.text.clone())),
            Kind::Word(words) => return Err(self.unknown(word, words)),
            Kind::Number => literal::number(&word.text),
            Kind::Duration => literal::duration(&word.text).map(Bind::Duration),
            Kind::Instant => literal::instant(&word.text).map(Bind::Instant),
            Kind::Uuid => word.text.parse().ok().map(Bind::Uuid),
        };
        let operand = operand.ok_or_else(|| self.not_this(word))?;
        Ok(self.test(Test::Compares(self.effective(), Operand::Literal(operand))))
    }

    fn text(&self, word: &Word) -> Condition {
        let is_field = self.subject.shape == Shape::Scalar;
        if self.comparator == Comparator::Has && is_field {
            return self.test(text_contains(word));
        }
        let pattern = pattern(word);
        if pattern.is_exact() || !(self.is_equality() || self.comparator == Comparator::Has) {
            let literal = Operand::Literal(Bind::Text(word.text.clone()));
            return self.test(Test::Compares(self.effective(), literal));
        }
        self.test(Test::Like {
            pattern,
            expected: self.comparator != Comparator::NotEqual,
        })
    }

    fn has_key(&self, key: &Word) -> Condition {
        let entry = Subject {
            shape: Shape::Entry(key.text.clone()),
            ..self.subject.clone()
        };
        Condition::Test(entry, Test::Present)
    }

    fn not_this(&self, word: &Word) -> Misplaced {
        self.operand_refused(format!("`{}`", shown(&word.text)))
            .at(word.at.0)
    }

    fn operand_refused(&self, found: String) -> Fault {
        Fault::Operand {
            field: self.field.name(),
            expected: expected(self.kind()),
            found,
        }
    }

    fn unknown(&self, word: &Word, words: &[String]) -> Misplaced {
        let unknown = Fault::UnknownWord {
            field: self.field.name(),
            word: shown(&word.text),
            known: nearest_first(&word.text, words.iter().map(String::as_str)),
        };
        unknown.at(word.at.0)
    }

    fn comparator_refused(&self) -> Misplaced {
        let refused = Fault::Comparator {
            field: self.field.name(),
            kind: self.kind().to_string(),
            allowed: match self.kind() {
                Kind::List | Kind::Map => "`:`",
                _ => "`=`, `!=` and `:`",
            },
            comparator: self.comparator,
        };
        refused.at(self.at)
    }
}

/// Whether text contains a word, whatever the case of its letters A to Z.
pub(super) fn text_contains(word: &Word) -> Test {
    Test::Contains(word.core().to_ascii_lowercase())
}

fn pattern(word: &Word) -> Pattern {
    Pattern {
        core: word.core().to_owned(),
        open_start: word.open.start,
        open_end: word.open.end,
    }
}

/// What a field of a kind is compared with, for a message.
fn expected(kind: &Kind) -> &'static str {
    match kind {
        Kind::Text { .. } => "text or `me()`",
        Kind::Word(_) => "one of its words",
        Kind::Number => "a number such as 42 or 2.5e3",
        Kind::Duration => "a duration such as 90s, 1.5h or 7d",
        Kind::Instant => {
            "an instant such as 2026-11-11T00:00:00+08:00, `now()`, `ago(\"2h\")` or `in(\"2h\")`"
        }
        Kind::Boolean => "`true` or `false`",
        Kind::Uuid => "a UUID",
        Kind::List => "text that may be in it, or `*`",
        Kind::Map => "a key, or `*`",
    }
}

impl Operand {
    /// What it is, for a message.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Away(_) => "an instant",
            Self::Me => "`me()`",
            Self::Literal(_) => "a literal",
        }
        .to_owned()
    }
}

impl Argument {
    pub(super) fn at(&self) -> usize {
        match self {
            Self::Comparable(comparable) => comparable.at(),
            Self::Composite(_, at) => at.0,
        }
    }
}
