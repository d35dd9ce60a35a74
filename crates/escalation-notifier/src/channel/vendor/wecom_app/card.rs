//! A card with a button, by which a ticket is taken on where it is shown.
//!
//! <https://developer.work.weixin.qq.com/document/path/90236>, `button_interaction` (said: copies
//! of that page): a task id of at most 128 bytes of letters, digits and `_-@`, which no other
//! message of the application has; 36 characters of title and 160 of text, further ones may not
//! be shown; a button's word of 10 characters.

use serde_json::{Value, json};

use crate::{channel::vendor::Content, domain::directory::Language};

/// Key of the button that takes a ticket on.
pub(crate) const ACKNOWLEDGE: &str = "acknowledge";
/// Characters of a title that are shown (said).
pub(crate) const TITLE_CHARACTERS: usize = 36;
/// Characters of a text that are shown (said).
pub(crate) const TEXT_CHARACTERS: usize = 160;

/// The card of a message about one delivery: the text's first line is its title.
pub(super) fn card(content: &Content<'_>, task: &str) -> Value {
    let (title, text) = content.text.split_once('\n').unwrap_or((content.text, ""));
    let mut card = json!({
        "card_type": "button_interaction",
        "task_id": task,
        "main_title": { "title": cut(title, TITLE_CHARACTERS) },
        "sub_title_text": cut(text.trim(), TEXT_CHARACTERS),
        "button_list": [{ "text": button(content.language), "style": 1, "key": ACKNOWLEDGE }],
    });
    if let Some(link) = content.link {
        card["card_action"] = json!({ "type": 1, "url": link });
    }
    card
}

fn button(language: Language) -> &'static str {
    match language {
        Language::Chinese => "我来处理",
        Language::English => "Take it on",
    }
}

/// At most so many characters, the last of them an ellipsis where something is left out.
fn cut(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let kept = text.chars().take(limit.saturating_sub(1));
    kept.chain(['…']).collect()
}
