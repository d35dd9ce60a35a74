//! `orderwatch explain`: why an order is judged as it is, and why somebody was told.

mod notification;

use clap::{Args, Subcommand, ValueEnum};
use contracts::rules::v1::ExplainOrderRequest;

use crate::cli::Global;
use crate::failure::Failure;
use crate::output;
use crate::resource::Explanation;

/// What to explain.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: Option<What>,
    /// The order's id.
    #[arg(required = true)]
    order: Option<String>,
    /// Only this rule.
    #[arg(long)]
    rule: Option<String>,
    /// Language of the reasons [default: that of LANG].
    #[arg(long, alias = "language", value_enum)]
    lang: Option<Language>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Say why somebody was told of a ticket, and why somebody else was not.
    Notification(notification::Arguments),
}

/// Language of what people read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    #[default]
    En,
    Zh,
}

impl Language {
    /// The one given, else that of the locale.
    pub(super) fn chosen(given: Option<Self>) -> Self {
        let locale = std::env::var("LC_ALL")
            .or_else(|_| std::env::var("LANG"))
            .ok();
        given.unwrap_or_else(|| Self::of_locale(locale.as_deref()))
    }

    /// The one of two texts that is in this language.
    pub(crate) fn pick<'t>(self, english: &'t str, chinese: &'t str) -> &'t str {
        match self {
            Language::En => english,
            Language::Zh => chinese,
        }
    }

    fn of_locale(locale: Option<&str>) -> Self {
        match locale {
            Some(locale) if locale.starts_with("zh") => Language::Zh,
            _ => Language::En,
        }
    }

    pub(super) fn code(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Zh => "zh",
        }
    }
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    if let Some(What::Notification(notification)) = arguments.what {
        return notification::run(global, notification).await;
    }
    let language = Language::chosen(arguments.lang);
    let request = ExplainOrderRequest {
        order_id: arguments.order.unwrap_or_default(),
        rule: arguments.rule.unwrap_or_default(),
        language: language.code().to_owned(),
    };
    let connection = global.connection();
    let answer = connection
        .rules()
        .call(request, async |mut client, request| {
            client.explain_order(request).await
        })
        .await?;
    output::one(global.output, &Explanation::new(answer, language))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_follows_the_locale() {
        assert_eq!(Language::of_locale(Some("zh_CN.UTF-8")), Language::Zh);
        assert_eq!(Language::of_locale(Some("C")), Language::En);
        assert_eq!(Language::of_locale(None), Language::En);
    }
}
