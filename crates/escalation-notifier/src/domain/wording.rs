//! An operator's own words: what a part of a message says instead of the built-in one.

use std::{fmt, str::FromStr};

use super::{
    channel::Channel, directory::Language, escalation::Cause, matcher::Matchers,
    policy::UnknownWord, ticket::Ticket,
};

/// What a template writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// All of a message about one ticket.
    Text,
    /// One line of a digest.
    Line,
    /// The first line of a digest, which says how many there are.
    Digest,
    /// The last line of a digest, which says how many are not named.
    Tail,
    /// One line about one ticket: a card's title, a short message, a letter's subject.
    Subject,
    /// A letter's text.
    Letter,
}

/// A template of an operator, and what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// Name, unique among them.
    pub name: String,
    /// What it writes.
    pub part: Part,
    /// Language of who reads it.
    pub language: Language,
    /// Channels that it is for; none means all.
    pub channels: Vec<Channel>,
    /// Causes that it is for; none means all.
    pub causes: Vec<Cause>,
    /// Tickets that it is for.
    pub matchers: Matchers,
    /// Source, in Jinja's language.
    pub template: String,
}

/// What is to be said.
#[derive(Debug, Clone, Copy)]
pub struct Occasion<'a> {
    /// Which part of a message.
    pub part: Part,
    /// Language of who reads it.
    pub language: Language,
    /// By which channel it goes.
    pub channel: Channel,
    /// Why, and of which ticket; `None` for what is about several.
    pub about: Option<(Cause, &'a Ticket)>,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 6] = [
        Self::Text,
        Self::Line,
        Self::Digest,
        Self::Tail,
        Self::Subject,
        Self::Letter,
    ];

    /// Its name in documents.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Line => "line",
            Self::Digest => "digest",
            Self::Tail => "tail",
            Self::Subject => "subject",
            Self::Letter => "letter",
        }
    }

    /// Whether it is about one ticket; else about several.
    #[must_use]
    pub fn is_of_one_ticket(self) -> bool {
        !matches!(self, Self::Digest | Self::Tail)
    }
}

impl Wording {
    /// Whether it may be used. A test says what it is in the built-in words.
    #[must_use]
    pub fn fits(&self, occasion: &Occasion<'_>) -> bool {
        self.part == occasion.part
            && self.language == occasion.language
            && (self.channels.is_empty() || self.channels.contains(&occasion.channel))
            && occasion.about.is_none_or(|(cause, ticket)| {
                cause != Cause::Test
                    && (self.causes.is_empty() || self.causes.contains(&cause))
                    && self.matchers.match_all(ticket)
            })
    }

    /// How many conditions it has.
    fn conditions(&self) -> usize {
        usize::from(!self.channels.is_empty())
            + usize::from(!self.causes.is_empty())
            + self.matchers.count()
    }
}

/// The wording for an occasion: of those that fit the one with the most conditions, by name
/// among equals; `None` for the built-in one.
#[must_use]
pub fn choose<'a>(wordings: &'a [Wording], occasion: &Occasion<'_>) -> Option<&'a Wording> {
    let fitting = wordings.iter().filter(|wording| wording.fits(occasion));
    fitting.min_by_key(|wording| (usize::MAX - wording.conditions(), wording.name.as_str()))
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Part {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|part| part.as_str() == text);
        found.ok_or(UnknownWord {
            expected: "one of text, line, digest, tail, subject, letter",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ticket::Severity;

    fn wording(name: &str) -> Wording {
        Wording {
            name: name.to_owned(),
            part: Part::Text,
            language: Language::English,
            channels: Vec::new(),
            causes: Vec::new(),
            matchers: Matchers::default(),
            template: String::new(),
        }
    }

    fn chosen(wordings: &[Wording], channel: Channel, cause: Cause) -> Option<&str> {
        let ticket = Ticket {
            scenario: "customs".to_owned(),
            severity: Severity::named("high"),
            ..Ticket::default()
        };
        let occasion = Occasion {
            part: Part::Text,
            language: Language::English,
            channel,
            about: Some((cause, &ticket)),
        };
        choose(wordings, &occasion).map(|wording| wording.name.as_str())
    }

    #[test]
    fn the_wording_with_the_most_conditions_that_hold_is_used() {
        let matchers = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            Matchers::parse(&texts).unwrap()
        };
        let wordings = [
            Wording {
                language: Language::Chinese,
                ..wording("a-other-language")
            },
            wording("b-of-all"),
            Wording {
                channels: vec![Channel::Wecom],
                ..wording("c-of-a-channel")
            },
            Wording {
                causes: vec![Cause::Overdue],
                matchers: matchers(&["scenario = customs"]),
                ..wording("d-of-a-scenario")
            },
            Wording {
                matchers: matchers(&["scenario = returns", "severity = high"]),
                ..wording("e-of-another")
            },
        ];
        let chosen = |channel, cause| chosen(&wordings, channel, cause);
        assert_eq!(chosen(Channel::Slack, Cause::Opened), Some("b-of-all"));
        assert_eq!(
            chosen(Channel::Wecom, Cause::Opened),
            Some("c-of-a-channel")
        );
        assert_eq!(
            chosen(Channel::Wecom, Cause::Overdue),
            Some("d-of-a-scenario")
        );
    }
}
