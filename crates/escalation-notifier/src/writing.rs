//! A message is written for a robot or as a letter: in words, and with what can be pressed or
//! followed.

use chrono::Utc;
use uuid::Uuid;

use crate::{
    channel::{
        markup::Markup,
        vendor::{Content, Vendor},
    },
    domain::{delivery::Outgoing, directory::Language, endpoint::Own},
    error::Error,
    message::{Form, Letter},
    notifier::Inner,
    store::messages::Message,
};

/// A message as it is put on the wire, and as it is shown before.
#[derive(Debug)]
pub(crate) struct Written<'a> {
    name: Uuid,
    deliveries: &'a [Outgoing],
    language: Language,
    /// One line about it.
    pub(crate) title: String,
    /// All of it.
    pub(crate) text: String,
    link: Option<String>,
    is_card: bool,
}

impl Inner {
    /// Writes a message for a robot that has something of its own.
    ///
    /// # Errors
    ///
    /// A built-in template is wrong.
    pub(crate) fn written<'a>(
        &self,
        vendor: &dyn Vendor,
        own: &Own,
        message: &'a Message,
        form: Form<'_>,
    ) -> Result<Written<'a>, Error> {
        let now = self.clock.now();
        let deliveries = message.deliveries.as_slice();
        let link = self.link_of(message);
        let is_card = vendor.makes_cards(own) && self.is_answerable(deliveries);
        // A card has a button and leads to the page itself, so its text does neither.
        let (form, linked) = if is_card {
            let markup = Markup::Plain;
            (Form { markup, ..form }, None)
        } else {
            (form, link.as_deref())
        };
        Ok(Written {
            name: message.name(),
            deliveries,
            language: form.language,
            title: self.templates.title(deliveries, form, now)?,
            text: self.templates.text(deliveries, linked, form, now)?,
            link,
            is_card,
        })
    }

    /// Writes a message as a letter.
    ///
    /// # Errors
    ///
    /// A built-in template is wrong.
    pub(crate) fn letter(&self, message: &Message, form: Form<'_>) -> Result<Letter, Error> {
        let (link, now) = (self.link_of(message), self.clock.now());
        let letter = self
            .templates
            .letter(&message.deliveries, link.as_deref(), form, now);
        Ok(letter?)
    }

    /// Where what a message tells of is acknowledged, when that is possible.
    fn link_of(&self, message: &Message) -> Option<String> {
        match message.deliveries.as_slice() {
            [one] => self.link(one),
            _ => self.link_of_digest(message.name()),
        }
    }
}

impl Written<'_> {
    /// What a vendor puts on the wire, for a person where it tells people one by one.
    pub(crate) fn content<'a>(&'a self, to: Option<&'a str>) -> Content<'a> {
        Content {
            name: self.name,
            deliveries: self.deliveries,
            to,
            title: &self.title,
            text: &self.text,
            link: self.link.as_deref(),
            is_card: self.is_card,
            language: self.language,
            at: Utc::now(),
        }
    }
}
