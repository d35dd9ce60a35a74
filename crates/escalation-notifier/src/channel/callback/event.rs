//! What is inside: XML. None of it may declare entities or anything else.

use roxmltree::{Document, ParsingOptions};
use secrecy::SecretString;

use super::Envelope;

/// Most elements and texts of a message; the vendor's have some thirty.
const NODES: u32 = 200;

/// Somebody pressed a button of a card.
///
/// <https://developer.work.weixin.qq.com/document/path/90240>, `template_card_event` (said).
#[derive(Debug, Clone)]
pub struct Press {
    /// Id of the application.
    pub agent: u32,
    /// Who pressed: the user id in `WeCom`.
    pub member: SecretString,
    /// Key of the button.
    pub button: String,
    /// What the card was sent as.
    pub task: String,
}

/// How a press is answered.
///
/// <https://developer.work.weixin.qq.com/document/path/90241> (read: `text`; said: `update_button`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The button cannot be pressed any more, and says this instead.
    Button(String),
    /// A message to whoever pressed; the card stays as it is.
    Text(String),
}

/// What is sealed in the body of a callback; `None` when there is no such thing.
#[must_use]
pub fn sealed(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    field(&parsed(text)?, "Encrypt")
}

/// The press that a message tells of; `None` when it tells of something else.
#[must_use]
pub fn press(message: &str) -> Option<Press> {
    let document = parsed(message)?;
    let is_press = field(&document, "MsgType")? == "event"
        && field(&document, "Event")? == "template_card_event";
    if !is_press {
        return None;
    }
    Some(Press {
        agent: field(&document, "AgentID")?.parse().ok()?,
        member: field(&document, "FromUserName")?.into(),
        button: field(&document, "EventKey")?,
        task: field(&document, "TaskId")?,
    })
}

/// A reply as it is sealed, from the company to a member.
#[must_use]
pub fn reply(reply: &Reply, corp: &str, member: &str, seconds: i64) -> String {
    let (kind, said) = match reply {
        Reply::Button(said) => (
            "update_button",
            format!("<Button><ReplaceName>{}</ReplaceName></Button>", data(said)),
        ),
        Reply::Text(said) => ("text", format!("<Content>{}</Content>", data(said))),
    };
    format!(
        "<xml><ToUserName>{}</ToUserName><FromUserName>{}</FromUserName>\
         <CreateTime>{seconds}</CreateTime><MsgType>{kind}</MsgType>{said}</xml>",
        data(member),
        data(corp),
    )
}

/// What a reply travels in.
#[must_use]
pub fn wrapped(envelope: &Envelope) -> String {
    format!(
        "<xml><Encrypt>{}</Encrypt><MsgSignature>{}</MsgSignature>\
         <TimeStamp>{}</TimeStamp><Nonce>{}</Nonce></xml>",
        data(&envelope.sealed),
        data(&envelope.signature),
        envelope.timestamp,
        data(&envelope.nonce),
    )
}

fn parsed(text: &str) -> Option<Document<'_>> {
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: NODES,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(text, options).ok()
}

/// Text of an element right below the root.
pub(crate) fn field(document: &Document<'_>, name: &str) -> Option<String> {
    let mut children = document.root_element().children();
    let element = children.find(|child| child.has_tag_name(name))?;
    Some(element.text()?.trim().to_owned())
}

/// Any text, as XML holds it.
fn data(text: &str) -> String {
    let text: String = text.chars().filter(|it| !it.is_control()).collect();
    format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))
}
