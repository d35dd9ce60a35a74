//! Messages as people read them: templates in Chinese and English.

use chrono::{DateTime, Utc};
use minijinja::{Environment, Value, context, syntax::SyntaxConfig};

use crate::domain::{delivery::Outgoing, digest, directory::Language, escalation::Cause};

/// Largest markdown of a `WeCom` group robot, in bytes: 4,096 according to
/// third-party copies of the vendor's page (<https://developer.work.weixin.qq.com/document/path/91770>).
pub const WECOM_MARKDOWN_BYTES: usize = 4_096;

/// Most deliveries that a digest tries to name.
const NAMED_AT_MOST: usize = 60;

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

    /// `WeCom` markdown about these deliveries: one whole, several as a digest
    /// that says how many there are and names the most urgent.
    ///
    /// # Errors
    ///
    /// A template is wrong.
    pub fn markdown(
        &self,
        deliveries: &[Outgoing],
        language: Language,
        now: DateTime<Utc>,
    ) -> Result<String, Error> {
        if let [one] = deliveries {
            let text = self.render("markdown", language, facts(one, language, now))?;
            return Ok(digest::cut(text.trim_end(), WECOM_MARKDOWN_BYTES));
        }
        let count = |cause: Cause| deliveries.iter().filter(|it| it.cause == cause).count();
        let critical = deliveries
            .iter()
            .filter(|it| it.ticket.severity.is_critical())
            .count();
        let header = self.render(
            "digest",
            language,
            context! {
                total => deliveries.len(),
                critical,
                overdue => count(Cause::Overdue),
                escalated => count(Cause::Escalated),
                resolved => count(Cause::Resolved),
            },
        )?;
        let mut lines = Vec::new();
        for delivery in deliveries.iter().take(NAMED_AT_MOST) {
            lines.push(self.render("line", language, facts(delivery, language, now))?);
        }
        // Proven once, so that the closure cannot fail.
        let marker = self.render("tail", language, context! { rest => "\u{0}" })?;
        let tail = |rest: usize| marker.trim_end().replace('\u{0}', &rest.to_string());
        Ok(digest::pack(
            header.trim_end(),
            lines.iter().map(|line| line.trim_end()),
            deliveries.len(),
            tail,
            WECOM_MARKDOWN_BYTES,
        ))
    }

    /// An e-mail about one delivery.
    ///
    /// # Errors
    ///
    /// A template is wrong.
    pub fn letter(
        &self,
        delivery: &Outgoing,
        language: Language,
        now: DateTime<Utc>,
    ) -> Result<Letter, Error> {
        let facts = facts(delivery, language, now);
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
fn facts(delivery: &Outgoing, language: Language, now: DateTime<Utc>) -> Value {
    let ticket = &delivery.ticket;
    let left = ticket.due_at.map(|due| (due - now).num_seconds());
    context! {
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
        time => left.map(|left| span(left.unsigned_abs(), language)).unwrap_or_default(),
        late => left.is_some_and(|left| left < 0),
        pressing => left.is_some_and(|left| left <= 3_600),
    }
}

/// Text that cannot act as markup or mention anybody, on one line.
fn plain(text: &str) -> String {
    let one_line: String = text
        .chars()
        .map(|character| match character {
            '<' => '＜',
            '>' => '＞',
            '*' | '`' => '·',
            other if other.is_control() => ' ',
            other => other,
        })
        .collect();
    digest::cut(one_line.trim(), FIELD_BYTES)
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
