//! Operators of conditions: those of react-querybuilder, and ours about time.

use order::FieldType;

/// What a condition says of its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `>`
    Greater,
    /// `<=`
    LessOrEqual,
    /// `>=`
    GreaterOrEqual,
    /// `contains`: a text has the value in it; a list of texts has it as an element.
    Contains,
    /// `beginsWith`
    BeginsWith,
    /// `endsWith`
    EndsWith,
    /// `doesNotContain`
    DoesNotContain,
    /// `doesNotBeginWith`
    DoesNotBeginWith,
    /// `doesNotEndWith`
    DoesNotEndWith,
    /// `null`: nobody gave the value, or the event has not come yet.
    Null,
    /// `notNull`
    NotNull,
    /// `in`: is one of the values; of a list of texts, one of its elements is.
    In,
    /// `notIn`
    NotIn,
    /// `between`: both ends belong to it.
    Between,
    /// `notBetween`
    NotBetween,
    /// `beforeNow`: the instant has passed.
    BeforeNow,
    /// `afterNow`: the instant is still to come.
    AfterNow,
    /// `elapsedMoreThan`: more than the span has passed, or been worked, since the instant.
    ElapsedMoreThan,
    /// `elapsedLessThan`
    ElapsedLessThan,
    /// `remainingMoreThan`: the instant is further away than the span.
    RemainingMoreThan,
    /// `remainingLessThan`: the instant is nearer than the span, or has passed.
    RemainingLessThan,
}

/// What stands in a condition's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arity {
    None,
    One,
    Pair,
    Many,
    /// A span of time, perhaps counted by a calendar.
    Span,
}

impl Operator {
    /// Every operator, in the order in which an editor offers them.
    pub const ALL: [Self; 24] = [
        Self::Equal,
        Self::NotEqual,
        Self::Less,
        Self::Greater,
        Self::LessOrEqual,
        Self::GreaterOrEqual,
        Self::Contains,
        Self::BeginsWith,
        Self::EndsWith,
        Self::DoesNotContain,
        Self::DoesNotBeginWith,
        Self::DoesNotEndWith,
        Self::Null,
        Self::NotNull,
        Self::In,
        Self::NotIn,
        Self::Between,
        Self::NotBetween,
        Self::BeforeNow,
        Self::AfterNow,
        Self::ElapsedMoreThan,
        Self::ElapsedLessThan,
        Self::RemainingMoreThan,
        Self::RemainingLessThan,
    ];

    /// Returns the name, as a tree writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::Greater => ">",
            Self::LessOrEqual => "<=",
            Self::GreaterOrEqual => ">=",
            Self::Contains => "contains",
            Self::BeginsWith => "beginsWith",
            Self::EndsWith => "endsWith",
            Self::DoesNotContain => "doesNotContain",
            Self::DoesNotBeginWith => "doesNotBeginWith",
            Self::DoesNotEndWith => "doesNotEndWith",
            Self::Null => "null",
            Self::NotNull => "notNull",
            Self::In => "in",
            Self::NotIn => "notIn",
            Self::Between => "between",
            Self::NotBetween => "notBetween",
            Self::BeforeNow => "beforeNow",
            Self::AfterNow => "afterNow",
            Self::ElapsedMoreThan => "elapsedMoreThan",
            Self::ElapsedLessThan => "elapsedLessThan",
            Self::RemainingMoreThan => "remainingMoreThan",
            Self::RemainingLessThan => "remainingLessThan",
        }
    }

    /// Returns the operator of that name; as in react-querybuilder, case does not matter.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|operator| operator.name().eq_ignore_ascii_case(name))
    }

    /// Returns whether a field of that type can be asked so. Texts have no order here ("10" would
    /// come before "9"), and an event that is still to come is missing, so nothing remains of it.
    #[must_use]
    pub const fn allows(self, field_type: FieldType) -> bool {
        use FieldType::{Amount, Bool, Duration, Event, EventList, Int, Plan, Text, TextList};
        match self {
            Self::Null | Self::NotNull => true,
            Self::Equal | Self::NotEqual => !matches!(field_type, TextList | EventList),
            Self::Less | Self::Greater | Self::LessOrEqual | Self::GreaterOrEqual => {
                matches!(field_type, Int | Amount | Duration | Event | Plan)
            }
            Self::Between | Self::NotBetween => {
                matches!(field_type, Int | Amount | Duration | Event | Plan)
            }
            Self::Contains | Self::DoesNotContain => matches!(field_type, Text | TextList),
            Self::BeginsWith | Self::EndsWith => matches!(field_type, Text),
            Self::DoesNotBeginWith | Self::DoesNotEndWith => matches!(field_type, Text),
            Self::In | Self::NotIn => !matches!(field_type, Bool | Event | EventList | Plan),
            Self::BeforeNow | Self::ElapsedMoreThan | Self::ElapsedLessThan => {
                matches!(field_type, Event | Plan)
            }
            Self::AfterNow | Self::RemainingMoreThan | Self::RemainingLessThan => {
                matches!(field_type, Plan)
            }
        }
    }

    /// The operator that this one denies.
    pub(super) const fn denies(self) -> Option<Self> {
        Some(match self {
            Self::NotEqual => Self::Equal,
            Self::DoesNotContain => Self::Contains,
            Self::DoesNotBeginWith => Self::BeginsWith,
            Self::DoesNotEndWith => Self::EndsWith,
            Self::Null => Self::NotNull,
            Self::NotIn => Self::In,
            Self::NotBetween => Self::Between,
            _ => return None,
        })
    }

    pub(super) const fn arity(self) -> Arity {
        match self {
            Self::Null | Self::NotNull | Self::BeforeNow | Self::AfterNow => Arity::None,
            Self::In | Self::NotIn => Arity::Many,
            Self::Between | Self::NotBetween => Arity::Pair,
            Self::ElapsedMoreThan
            | Self::ElapsedLessThan
            | Self::RemainingMoreThan
            | Self::RemainingLessThan => Arity::Span,
            _ => Arity::One,
        }
    }
}
