//! Messages as people read them: templates in Chinese and English.

pub(crate) mod code;

use chrono::{DateTime, Utc};
use minijinja::{Environment, State, Value, context, syntax::SyntaxConfig};

use crate::{
    channel::markup::Markup,
    domain::{delivery::Outgoing, digest, directory::Language, escalation::Cause},
};

/// Most deliveries that a digest tries to name.
const NAMED_AT_MOST: usize = 60;

/// Most lines of a text, its headers and what a notice has included.
const LINES_AT_MOST: usize = NAMED_AT_MOST + 20;

/// Longest that a single field of a message may be, in bytes.
const FIELD_BYTES: usize = 600;

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
pub struct Form {
    /// How it is marked up.
    pub markup: Markup,
    /// Largest text in bytes.
    pub bytes: usize,
    /// Language of who reads it.
    pub language: Language,
}

/// The templates, compiled.
#[derive(Debug)]
pub struct Templates {
    environment: Environment<'static>,
}

/// A template is wrong; those built in are proven by tests.
#[derive(Debug, thiserror::Error)]
#[error("a message template is wrong")]
pub struct Error(#[from] minijinja::Error);

impl Templates {
    /// The templates built in.
    ///
    /// # Errors
    ///
    /// One of them does not compile.
    pub fn built_in() -> Result<Self, Error> {
        let mut environment = Environment::new();
        environment.set_syntax(
            SyntaxConfig::builder()
                .trim_blocks(true)
                .lstrip_blocks(true)
                .build()?,
        );
        environment.add_filter("bold", |state: &State<'_, '_>, text: &str| {
            markup(state).bold(text)
        });
        environment.add_filter("warning", |state: &State<'_, '_>, text: &str| {
            markup(state).warning(text)
        });
        environment.add_filter("link", |state: &State<'_, '_>, text: &str, to: &str| {
            markup(state).link(text, to)
        });
        for (name, source) in [
            ("zh/markdown", include_str!("../templates/zh/markdown.j2")),
            ("zh/line", include_str!("../templates/zh/line.j2")),
            ("zh/digest", include_str!("../templates/zh/digest.j2")),
            ("zh/tail", include_str!("../templates/zh/tail.j2")),
            ("zh/subject", include_str!("../templates/zh/subject.j2")),
            ("zh/letter", include_str!("../templates/zh/letter.j2")),
            ("en/markdown", include_str!("../templates/en/markdown.j2")),
            ("en/line", include_str!("../templates/en/line.j2")),
            ("en/digest", include_str!("../templates/en/digest.j2")),
            ("en/tail", include_str!("../templates/en/tail.j2")),
            ("en/subject", include_str!("../templates/en/subject.j2")),
            ("en/letter", include_str!("../templates/en/letter.j2")),
        ] {
            environment.add_template(name, source)?;
        }
        Ok(Self { environment })
    }

    /// A text about these deliveries: one whole, with a link that acknowledges it,
    /// several as a digest that says how many there are and names the most urgent.
    ///
    /// # Errors
    ///
    /// A template is wrong.
    pub fn text(
        &self,
        deliveries: &[Outgoing],
        link: Option<&str>,
        form: Form,
        now: DateTime<Utc>,
    ) -> Result<String, Error> {
        let line_end = form.markup.line_end();
        let room = form.bytes - (line_end.len() - 1) * LINES_AT_MOST;
        let text = match deliveries {
            [one] => {
                let text = self.render("markdown", form.language, facts(one, link, form, now))?;
                digest::cut(text.trim_end(), room)
            }
            many => self.digest(many, form, room, now)?,
        };
        Ok(text.replace('\n', line_end))
    }

    fn digest(
        &self,
        deliveries: &[Outgoing],
        form: Form,
        room: usize,
        now: DateTime<Utc>,
    ) -> Result<String, Error> {
        let language = form.language;
        let header = self.render("digest", language, counts(deliveries, form.markup))?;
        let mut lines = Vec::new();
        for delivery in deliveries.iter().take(NAMED_AT_MOST) {
            lines.push(self.render("line", language, facts(delivery, None, form, now))?);
        }
        // Proven once, so that the closure cannot fail.
        let marker = self.render("tail", language, context! { rest => "\u{0}" })?;
        let tail = |rest: usize| marker.trim_end().replace('\u{0}', &rest.to_string());
        Ok(digest::pack(
            header.trim_end(),
            lines.iter().map(|line| line.trim_end()),
            deliveries.len(),
            tail,
            room,
        ))
    }

    /// One line about these deliveries, without markup.
    ///
    /// # Errors
    ///
    /// A template is wrong.
    pub fn title(
        &self,
        deliveries: &[Outgoing],
        language: Language,
        now: DateTime<Utc>,
    ) -> Result<String, Error> {
        let title = match deliveries {
            [one] => self.render("subject", language, facts(one, None, plain(language), now))?,
            many => self.render("digest", language, counts(many, Markup::Plain))?,
        };
        Ok(title.trim().to_owned())
    }

    /// An e-mail about one delivery.
    ///
    /// # Errors
    ///
    /// A template is wrong.
    pub fn letter(
        &self,
        delivery: &Outgoing,
        link: Option<&str>,
        language: Language,
        now: DateTime<Utc>,
    ) -> Result<Letter, Error> {
        let facts = facts(delivery, link, plain(language), now);
        let subject = self.render("subject", language, facts.clone())?;
        let text = self.render("letter", language, facts)?;
        Ok(Letter {
            subject: subject.trim().to_owned(),
            text,
        })
    }

    fn render(&self, name: &str, language: Language, facts: Value) -> Result<String, Error> {
        let template = self
            .environment
            .get_template(&format!("{}/{name}", language.tag()))?;
        Ok(template.render(facts)?)
    }
}

/// What templates may speak of.
fn facts(delivery: &Outgoing, link: Option<&str>, form: Form, now: DateTime<Utc>) -> Value {
    let ticket = &delivery.ticket;
    let plain = |text: &str| digest::cut(&form.markup.literal(text), FIELD_BYTES);
    let left = ticket.due_at.map(|due| (due - now).num_seconds());
    context! {
        markup => form.markup.as_str(),
        quote => form.markup.quote(),
        acknowledge => link.unwrap_or_default(),
        delivery => delivery.id.to_string(),
        ticket => plain(&ticket.id),
        order => plain(&ticket.order_id),
        warehouse => plain(&ticket.warehouse),
        region => plain(&ticket.region),
        scenario => plain(&ticket.scenario),
        severity => plain(ticket.severity.as_str()),
        department => plain(&ticket.department),
        assignee => plain(&ticket.assignee),
        step => plain(&ticket.step),
        instructions => plain(&ticket.instructions),
        cause => delivery.cause.as_str(),
        level => delivery.level,
        critical => ticket.severity.is_critical(),
        // Time left, or time since; empty when there is no deadline.
        time => left.map(|left| span(left.unsigned_abs(), form.language)).unwrap_or_default(),
        late => left.is_some_and(|left| left < 0),
        pressing => left.is_some_and(|left| left <= 3_600),
    }
}

/// What the header of a digest counts.
fn counts(deliveries: &[Outgoing], markup: Markup) -> Value {
    let of = |cause: Cause| deliveries.iter().filter(|it| it.cause == cause).count();
    let critical = |it: &&Outgoing| it.ticket.severity.is_critical();
    context! {
        markup => markup.as_str(),
        total => deliveries.len(),
        critical => deliveries.iter().filter(critical).count(),
        overdue => of(Cause::Overdue),
        escalated => of(Cause::Escalated),
        resolved => of(Cause::Resolved),
    }
}

/// A letter's form, and a title's.
fn plain(language: Language) -> Form {
    Form {
        markup: Markup::Plain,
        bytes: usize::MAX,
        language,
    }
}

/// Markup of the text that is being written.
fn markup(state: &State<'_, '_>) -> Markup {
    state
        .lookup("markup")
        .and_then(|name| Markup::named(name.as_str()?))
        .unwrap_or(Markup::Plain)
}

/// A span of time in its two largest units.
fn span(seconds: u64, language: Language) -> String {
    let minutes = seconds.div_ceil(60);
    let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    match (language, days, hours) {
        (Language::Chinese, 0, 0) => format!("{minutes} 分钟"),
        (Language::Chinese, 0, _) => format!("{hours} 小时 {minutes} 分钟"),
        (Language::Chinese, _, _) => format!("{days} 天 {hours} 小时"),
        (Language::English, 0, 0) => format!("{minutes} min"),
        (Language::English, 0, _) => format!("{hours} h {minutes} min"),
        (Language::English, _, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests;
