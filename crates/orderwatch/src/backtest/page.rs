//! A backtest as one HTML file: styles and charts inside, nothing fetched, nothing run.

mod chart;
mod sheet;
mod words;

use clap::ValueEnum;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, context, syntax::SyntaxConfig};

use super::outcome::Outcome;
use crate::failure::{Exit, Failure};

/// Name of the template; its ending has every value escaped.
const TEMPLATE: &str = "backtest.html";

/// Language that a page is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PageLanguage {
    /// English.
    #[default]
    En,
    /// Chinese.
    Zh,
}

/// Writes the page.
///
/// # Errors
///
/// The template is wrong, which its tests exclude.
pub(crate) fn page(outcome: &Outcome, language: PageLanguage) -> Result<String, Failure> {
    render(outcome, language).map_err(|error| {
        let what = format!("cannot write the page: {error:#}");
        Failure::new(Exit::Internal, what)
    })
}

fn render(outcome: &Outcome, language: PageLanguage) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()?,
    );
    environment.add_template(TEMPLATE, include_str!("../../templates/backtest.html"))?;
    let words = words::words(language);
    let sheet = sheet::Sheet::of(outcome, &words, language);
    environment.get_template(TEMPLATE)?.render(context! {
        lang => if language == PageLanguage::Zh { "zh-CN" } else { "en" },
        style => Value::from_safe_string(
            include_str!("../../templates/backtest.css").to_owned()
        ),
        t => Value::from(Serde(&words)),
        sheet => Value::from(Serde(&sheet)),
        outcome => Value::from(Serde(outcome)),
    })
}

#[cfg(test)]
mod tests;
