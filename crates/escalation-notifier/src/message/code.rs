//! The letter that brings a code to an address that is to be verified.

use chrono::TimeDelta;
use minijinja::{Environment, context};

use super::{Error, Letter};
use crate::domain::directory::Language;

/// Subject in the first line, text after the blank one.
fn template(language: Language) -> &'static str {
    match language {
        Language::Chinese => include_str!("../../templates/zh/code.j2"),
        Language::English => include_str!("../../templates/en/code.j2"),
    }
}

/// A letter with a code.
///
/// # Errors
///
/// The template is wrong.
pub(crate) fn letter(code: &str, good_for: TimeDelta, language: Language) -> Result<Letter, Error> {
    let minutes = good_for.num_minutes();
    let facts = context! { code, minutes };
    let whole = Environment::new().render_str(template(language), facts)?;
    let (subject, text) = whole.split_once("\n\n").unwrap_or((&whole, &whole));
    Ok(Letter {
        subject: subject.to_owned(),
        text: text.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_in_either_language_has_the_code_and_how_long_it_is_good_for() {
        for (language, subject) in [
            (Language::Chinese, "Orderwatch 验证码 012345，15 分钟内有效"),
            (
                Language::English,
                "Your Orderwatch code is 012345, good for 15 minutes",
            ),
        ] {
            let letter = letter("012345", TimeDelta::minutes(15), language).unwrap();
            assert_eq!(letter.subject, subject);
            assert!(letter.text.contains("012345") && letter.text.contains("15"));
        }
    }
}
