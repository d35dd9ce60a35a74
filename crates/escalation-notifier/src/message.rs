//! Messages as people read them: templates in Chinese and English, and an operator's own.

pub(crate) mod check;
pub(crate) mod code;
mod engine;
mod facts;
mod own;
pub(crate) mod sample;
mod size;

use chrono::{DateTime, Utc};
use minijinja::{Environment, Value};

pub(crate) use self::facts::span;
use self::facts::{FIELD_BYTES, counts, facts, rest};
pub(crate) use self::own::bounded;
pub(crate) use self::size::too_much;
use crate::{
    channel::{email, markup::Markup, vendor::Limits},
    domain::{
        channel::Channel,
        delivery::Outgoing,
        digest,
        directory::Language,
        wording::{self, Occasion, Part, Wording},
    },
};

/// Most deliveries that a digest tries to name.
const NAMED_AT_MOST: usize = 60;

/// Most lines of a text, its headers and what a notice has included.
const LINES_AT_MOST: usize = NAMED_AT_MOST + 20;

/// Stands for how many are not named while the others are packed.
const REST: &str = "\u{0}";

/// How close to the room that there is the fields of a long text are cut, in bytes.
const CLOSE: usize = 8;

/// An e-mail's subject and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Subject.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

/// How a text has to look, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form<'a> {
    /// By which channel it goes.
    pub channel: Channel,
    /// How it is marked up.
    pub markup: Markup,
    /// Largest text in bytes.
    pub bytes: usize,
    /// Language of who reads it.
    pub language: Language,
    /// Words of the operator's own.
    pub wordings: &'a [Wording],
}

/// The templates, compiled.
#[derive(Debug)]
pub struct Templates {
    built_in: Environment<'static>,
    own: own::Engine,
}

/// A template is wrong; those built in are proven by tests.
#[derive(Debug, thiserror::Error)]
#[error("a message template is wrong")]
pub struct Error(#[from] minijinja::Error);

impl<'a> Form<'a> {
    /// A letter's form, which is not marked up.
    #[must_use]
    pub fn of_letter(language: Language, wordings: &'a [Wording]) -> Self {
        Self::within(&email::LIMITS, Channel::Email, language, wordings)
    }

    /// The form of what a channel carries within limits.
    #[must_use]
    pub fn within(
        limits: &Limits,
        channel: Channel,
        language: Language,
        wordings: &'a [Wording],
    ) -> Self {
        Self {
            channel,
            markup: limits.markup,
            bytes: limits.bytes,
            language,
            wordings,
        }
    }

    /// The same without markup.
    fn plain(self) -> Self {
        Self {
            markup: Markup::Plain,
            ..self
        }
    }
}

impl Templates {
    /// The templates built in.
    ///
    /// # Errors
    ///
    /// One of them does not compile.
    pub fn built_in() -> Result<Self, Error> {
        let mut built_in = engine::environment();
        for (name, source) in [
            ("zh/text", include_str!("../templates/zh/text.j2")),
            ("zh/line", include_str!("../templates/zh/line.j2")),
            ("zh/digest", include_str!("../templates/zh/digest.j2")),
            ("zh/tail", include_str!("../templates/zh/tail.j2")),
            ("zh/subject", include_str!("../templates/zh/subject.j2")),
            ("zh/letter", include_str!("../templates/zh/letter.j2")),
            ("en/text", include_str!("../templates/en/text.j2")),
            ("en/line", include_str!("../templates/en/line.j2")),
            ("en/digest", include_str!("../templates/en/digest.j2")),
            ("en/tail", include_str!("../templates/en/tail.j2")),
            ("en/subject", include_str!("../templates/en/subject.j2")),
            ("en/letter", include_str!("../templates/en/letter.j2")),
        ] {
            built_in.add_template(name, source)?;
        }
        let own = own::Engine::new();
        Ok(Self { built_in, own })
    }

    /// A text about these deliveries: one whole, with a link that acknowledges it,
    /// several as a digest that says how many there are, with a link that shows them all,
    /// and names the most urgent.
    ///
    /// # Errors
    ///
    /// A built-in template is wrong.
    pub fn text(
        &self,
        deliveries: &[Outgoing],
        link: Option<&str>,
        form: Form<'_>,
        now: DateTime<Utc>,
    ) -> Result<String, Error> {
        let line_end = form.markup.line_end();
        let room = form.bytes - (line_end.len() - 1) * LINES_AT_MOST;
        let text = match deliveries {
            [one] => self.whole(Part::Text, one, link, form, room, now)?,
            many => self.digest(many, link, form, room, now)?,
        };
        Ok(text.replace('\n', line_end))
    }

    fn digest(
        &self,
        deliveries: &[Outgoing],
        link: Option<&str>,
        form: Form<'_>,
        room: usize,
        now: DateTime<Utc>,
    ) -> Result<String, Error> {
        let counted = counts(deliveries, link, form.markup);
        let header = self.say(Part::Digest, None, form, counted)?;
        let mut lines = Vec::new();
        for delivery in deliveries.iter().take(NAMED_AT_MOST) {
            let line = self.of_one(Part::Line, delivery, None, form, FIELD_BYTES, now);
            lines.push(line?);
        }
        // Said once, so that the closure cannot fail.
        let marker = self.say(Part::Tail, None, form, rest(REST, form.markup))?;
        let marker = digest::cut(&marker, room / 4);
        let tail = |rest: usize| marker.replace(REST, &rest.to_string());
        let lines = lines.iter().map(String::as_str);
        Ok(digest::pack(&header, lines, deliveries.len(), tail, room))
    }

    /// One line about these deliveries, without markup.
    ///
    /// # Errors
    ///
    /// A built-in template is wrong.
    pub fn title(
        &self,
        deliveries: &[Outgoing],
        form: Form<'_>,
        now: DateTime<Utc>,
    ) -> Result<String, Error> {
        let form = form.plain();
        let title = match deliveries {
            [one] => self.of_one(Part::Subject, one, None, form, FIELD_BYTES, now)?,
            many => self.say(Part::Digest, None, form, counts(many, None, form.markup))?,
        };
        Ok(title.trim().replace('\n', " "))
    }

    /// An e-mail about these deliveries: one in words of letters, several as a digest.
    ///
    /// # Errors
    ///
    /// A built-in template is wrong.
    pub fn letter(
        &self,
        deliveries: &[Outgoing],
        link: Option<&str>,
        form: Form<'_>,
        now: DateTime<Utc>,
    ) -> Result<Letter, Error> {
        let mut text = match deliveries {
            [one] => self.whole(Part::Letter, one, link, form, form.bytes - 1, now)?,
            many => self.text(many, link, form, now)?,
        };
        text.push('\n');
        Ok(Letter {
            subject: self.title(deliveries, form, now)?,
            text,
        })
    }

    /// All of what is said of a delivery, its longest fields cut so far that the rest of it,
    /// such as its link, has room.
    fn whole(
        &self,
        part: Part,
        delivery: &Outgoing,
        link: Option<&str>,
        form: Form<'_>,
        room: usize,
        now: DateTime<Utc>,
    ) -> Result<String, Error> {
        let write = |field| self.of_one(part, delivery, link, form, field, now);
        let whole = write(room)?;
        if whole.len() <= room {
            return Ok(whole);
        }
        let mut cut = digest::cut(&whole, room);
        let (mut fits, mut too_long) = (0, room);
        while too_long - fits > CLOSE {
            let field = usize::midpoint(fits, too_long);
            let text = write(field)?;
            if text.len() <= room {
                (fits, cut) = (field, text);
            } else {
                too_long = field;
            }
        }
        Ok(cut)
    }

    fn of_one(
        &self,
        part: Part,
        delivery: &Outgoing,
        link: Option<&str>,
        form: Form<'_>,
        field: usize,
        now: DateTime<Utc>,
    ) -> Result<String, Error> {
        let facts = facts(delivery, link, form.markup, field, form.language, now);
        self.say(part, Some(delivery), form, facts)
    }

    /// What the operator says, else the built-in template does: without a line end.
    fn say(
        &self,
        part: Part,
        about: Option<&Outgoing>,
        form: Form<'_>,
        facts: Value,
    ) -> Result<String, Error> {
        let occasion = Occasion {
            part,
            language: form.language,
            channel: form.channel,
            about: about.map(|it| (it.cause, &it.ticket)),
        };
        let own = wording::choose(form.wordings, &occasion);
        if let Some(said) = own.and_then(|own| self.own.say(own, &facts)) {
            return Ok(said);
        }
        let name = format!("{}/{part}", form.language.tag());
        let said = self.built_in.get_template(&name)?.render(facts)?;
        Ok(said.trim_end().to_owned())
    }
}

#[cfg(test)]
mod tests;
