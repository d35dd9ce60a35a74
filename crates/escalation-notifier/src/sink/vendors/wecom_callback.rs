//! What `WeCom` calls back with when somebody presses a button, and how it reads the answer.

use chrono::{DateTime, Utc};
use outbound::Url;
use roxmltree::Document;

use crate::channel::callback::{Envelope, Seal, event};

/// What the stand-in's callbacks are signed with.
pub const TOKEN: &str = "token-of-the-stand-in";
/// What they are sealed with, an `EncodingAESKey`.
pub const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

/// A member's hand in an application of a company.
#[derive(Debug, Clone, Copy)]
pub struct Application<'a> {
    /// Id of the company.
    pub corp: &'a str,
    /// Id of the application.
    pub agent: u32,
}

/// A request that calls back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// What follows the question mark of the address.
    pub query: String,
    /// Its body; none when it only makes sure of the address.
    pub body: String,
}

impl Application<'_> {
    /// Makes sure of an address: the word is to come back.
    #[must_use]
    pub fn echo(&self, word: &str, at: DateTime<Utc>) -> Callback {
        let envelope = self.sealed(word, at);
        let query = query(&envelope, &[("echostr", &envelope.sealed)]);
        let body = String::new();
        Callback { query, body }
    }

    /// A member presses a button of a card.
    #[must_use]
    pub fn press(&self, member: &str, button: &str, task: &str, at: DateTime<Utc>) -> Callback {
        let Self { corp, agent } = self;
        let message = format!(
            "<xml><ToUserName><![CDATA[{corp}]]></ToUserName>\
             <FromUserName><![CDATA[{member}]]></FromUserName>\
             <CreateTime>{}</CreateTime><MsgType><![CDATA[event]]></MsgType>\
             <Event><![CDATA[template_card_event]]></Event>\
             <EventKey><![CDATA[{button}]]></EventKey><TaskId><![CDATA[{task}]]></TaskId>\
             <CardType><![CDATA[button_interaction]]></CardType>\
             <ResponseCode><![CDATA[response-code]]></ResponseCode>\
             <AgentID>{agent}</AgentID></xml>",
            at.timestamp(),
        );
        self.said(&message, at)
    }

    /// Any message, sealed and signed.
    #[must_use]
    pub fn said(&self, message: &str, at: DateTime<Utc>) -> Callback {
        let Self { corp, agent } = self;
        let envelope = self.sealed(message, at);
        let body = format!(
            "<xml><ToUserName><![CDATA[{corp}]]></ToUserName>\
             <AgentID><![CDATA[{agent}]]></AgentID>\
             <Encrypt><![CDATA[{}]]></Encrypt></xml>",
            envelope.sealed,
        );
        let query = query(&envelope, &[]);
        Callback { query, body }
    }

    /// What the card's button says after an answer, or the message that the member gets;
    /// `None` when the answer is not one that the vendor reads.
    #[must_use]
    pub fn shown(&self, answer: &str, now: DateTime<Utc>) -> Option<(String, String)> {
        let outside = Document::parse(answer).ok()?;
        let envelope = Envelope {
            signature: event::field(&outside, "MsgSignature")?,
            timestamp: event::field(&outside, "TimeStamp")?,
            nonce: event::field(&outside, "Nonce")?,
            sealed: event::field(&outside, "Encrypt")?,
        };
        let message = self.seal()?.open(&envelope, now).ok()?;
        let inside = Document::parse(&message).ok()?;
        let is_from_us = event::field(&inside, "FromUserName")? == self.corp;
        let kind = event::field(&inside, "MsgType")?;
        let mut nodes = inside.descendants();
        let said = nodes.find(|it| it.has_tag_name("ReplaceName") || it.has_tag_name("Content"))?;
        is_from_us.then_some((kind, said.text()?.to_owned()))
    }

    fn seal(&self) -> Option<Seal> {
        Seal::new(TOKEN.into(), &KEY.into(), self.corp).ok()
    }

    fn sealed(&self, message: &str, at: DateTime<Utc>) -> Envelope {
        let seal = self.seal();
        let nonce = rand::random::<u32>().to_string();
        let closed = seal.map(|seal| seal.close(message, rand::random(), &nonce, at));
        closed.unwrap_or_default()
    }
}

fn query(envelope: &Envelope, more: &[(&str, &str)]) -> String {
    let mut url = Url::parse("http://localhost").ok();
    url.as_mut()
        .map(|url| {
            let mut pairs = url.query_pairs_mut();
            pairs
                .append_pair("msg_signature", &envelope.signature)
                .append_pair("timestamp", &envelope.timestamp)
                .append_pair("nonce", &envelope.nonce)
                .extend_pairs(more);
            drop(pairs);
            url.query().unwrap_or_default().to_owned()
        })
        .unwrap_or_default()
}
