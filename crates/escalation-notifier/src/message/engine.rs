//! What every template may use.

use minijinja::{AutoEscape, Environment, State, syntax::SyntaxConfig};

use crate::channel::markup::Markup;

/// An environment with the filters that mark text up; what others wrote comes into it
/// escaped, so nothing is escaped here.
pub(super) fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    // The delimiters are the usual ones, so this cannot fail.
    if let Ok(syntax) = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()
    {
        environment.set_syntax(syntax);
    }
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.add_filter("bold", bold);
    environment.add_filter("warning", |state: &State<'_, '_>, text: &str| {
        markup(state).warning(text)
    });
    environment.add_filter("link", |state: &State<'_, '_>, text: &str, to: &str| {
        markup(state).link(text, to)
    });
    environment
}

/// Text that stands out, once: time that presses does already.
fn bold(state: &State<'_, '_>, text: &str) -> String {
    let is = |name: &str| state.lookup(name);
    let presses = is("pressing").is_some_and(|it| it.is_true());
    if presses && is("time").is_some_and(|time| time.as_str() == Some(text)) {
        return text.to_owned();
    }
    markup(state).bold(text)
}

/// Markup of the text that is being written.
fn markup(state: &State<'_, '_>) -> Markup {
    state
        .lookup("markup")
        .and_then(|name| Markup::named(name.as_str()?))
        .unwrap_or(Markup::Plain)
}
