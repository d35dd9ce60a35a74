//! Messages as they would go out, written and not sent.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    addressing::{self, To},
    channel::{
        markup::Markup,
        vendor::{self, stand_in},
    },
    domain::{
        channel::Channel,
        delivery::Outgoing,
        directory::{Directory, Language},
        endpoint::Own,
        escalation::Cause,
        policy::PolicySet,
        resources::Resources,
        ticket::Ticket,
        wording::{self, Occasion, Part},
    },
    error::Error,
    message::{Form, sample},
    notifier::Notifier,
    store::{escalations, messages::Message, policies},
};

/// What is to be shown.
#[derive(Debug)]
pub(crate) struct Wish {
    /// A ticket that was told of; a sample when there is none.
    pub(crate) ticket_id: Option<String>,
    /// Why it is told.
    pub(crate) cause: Cause,
    /// To whom.
    pub(crate) to: To,
    /// In which language, if not in that of who reads it.
    pub(crate) language: Option<Language>,
    /// Documents that are tried as if they were applied.
    pub(crate) resources: Option<Resources>,
    /// How many tickets it tells of, at least one.
    pub(crate) tickets: usize,
}

/// A message as it would go out.
#[derive(Debug)]
pub(crate) struct Preview {
    pub(crate) channel: Channel,
    /// Endpoint, or masked address; empty for nobody in particular.
    pub(crate) shown: String,
    pub(crate) language: Language,
    pub(crate) title: String,
    pub(crate) text: String,
    /// Body of the request.
    pub(crate) body: String,
    /// Largest text in bytes.
    pub(crate) at_most: usize,
    /// Names of the operator's templates that wrote parts of it.
    pub(crate) templates: Vec<String>,
}

/// A way that a message may go.
struct Way {
    channel: Channel,
    shown: String,
    language: Language,
    own: Own,
}

impl Notifier {
    /// Writes messages as they would go out.
    ///
    /// # Errors
    ///
    /// The documents have faults, or what was named is not there.
    pub(crate) async fn preview(&self, wish: Wish) -> Result<Vec<Preview>, Error> {
        let now = self.inner.clock.now();
        let mut conn = self.inner.pool.acquire().await?;
        let set = self.set_with(&mut conn, wish.resources).await?;
        let ticket = match &wish.ticket_id {
            Some(id) => told_of(&mut conn, id).await?,
            None => sample::ticket(now),
        };
        drop(conn);
        let mut ways = self.ways_to(&wish.to, &set.directory)?;
        if let Some(language) = wish.language {
            ways.iter_mut().for_each(|way| way.language = language);
        }
        let message = Message {
            id: Uuid::nil(),
            deliveries: sample::several(&ticket, wish.cause, wish.tickets, now),
        };
        let previews = ways.into_iter();
        previews
            .map(|way| self.write(way, &message, &set))
            .collect()
    }

    /// The documents in force, with others tried in the place of their namesakes.
    async fn set_with(
        &self,
        conn: &mut PgConnection,
        tried: Option<Resources>,
    ) -> Result<PolicySet, Error> {
        let book = &self.inner.policies;
        let Some(tried) = tried else {
            return Ok((*book.in_force(conn).await?).clone());
        };
        let version = policies::latest(conn).await?;
        let before = book.resources(conn, version).await?;
        let set = before.merged(tried).policy_set(version);
        set.map_err(Error::Policies)
    }

    fn ways_to(&self, to: &To, directory: &Directory) -> Result<Vec<Way>, Error> {
        let of = |channel: Channel, shown: String, language: Language| {
            let robot = directory
                .endpoint_for(channel)
                .and_then(|it| it.robots.first());
            let own = robot.map_or_else(|| stand_in::own(channel), |robot| robot.own.clone());
            Way {
                channel,
                shown,
                language,
                own,
            }
        };
        let anybody = |channel| of(channel, String::new(), directory.language);
        Ok(match to {
            To::Anybody => {
                let all = Channel::ENDPOINTS.into_iter().chain([Channel::Email]);
                all.map(anybody).collect()
            }
            To::Channel(channel) => vec![anybody(*channel)],
            To::Endpoint(name) => {
                let channel = addressing::channel_of(name, directory)?;
                let language = directory.language_of_endpoint(name);
                vec![of(channel, name.clone(), language)]
            }
            To::Person(name, channel) => {
                let ways = addressing::ways_to(name, *channel, directory, self.inner.reach())?;
                let ways = ways.into_iter();
                ways.map(|way| {
                    let language = match way.channel.is_personal() {
                        true => directory.language_of_person(name),
                        false => directory.language_of_endpoint(&way.recipient),
                    };
                    of(way.channel, way.shown, language)
                })
                .collect()
            }
        })
    }

    fn write(&self, way: Way, message: &Message, set: &PolicySet) -> Result<Preview, Error> {
        let Some(vendor) = vendor::of(way.channel) else {
            let form = Form::of_letter(way.language, &set.wordings);
            let letter = self.inner.letter(message, form)?;
            return Ok(Preview {
                templates: written_by(set, form, &message.deliveries),
                channel: way.channel,
                shown: way.shown,
                language: way.language,
                body: format!("Subject: {}\n\n{}", letter.subject, letter.text),
                title: letter.subject,
                text: letter.text,
                at_most: form.bytes,
            });
        };
        let limits = vendor.limits();
        let form = Form::within(&limits, way.channel, way.language, &set.wordings);
        // Where a message tells of one, the others have messages of their own.
        let most = if limits.digests { usize::MAX } else { 1 };
        let deliveries = message.deliveries.iter().take(most).cloned().collect();
        let message = Message {
            deliveries,
            ..*message
        };
        let written = self.inner.written(vendor, &way.own, &message, form)?;
        let address = match way.shown.as_str() {
            "" => "***",
            shown => shown,
        };
        let content = written.content(way.channel.contact().map(|_| address));
        let call = stand_in::call(vendor, way.channel, way.own, &content);
        let body = match call {
            Ok(call) => String::from_utf8_lossy(&call.body).into_owned(),
            Err(why) => format!("nothing would be sent: {why}"),
        };
        Ok(Preview {
            templates: written_by(set, form, &message.deliveries),
            channel: way.channel,
            shown: way.shown,
            language: way.language,
            body,
            title: written.title,
            text: written.text,
            at_most: limits.bytes,
        })
    }
}

/// A ticket as it was told of last.
async fn told_of(conn: &mut PgConnection, id: &str) -> Result<Ticket, Error> {
    let found = escalations::of_ticket(conn, id).await?;
    let escalation = found.ok_or_else(|| Error::Unknown {
        what: "escalation of ticket",
        name: id.to_owned(),
    })?;
    Ok(escalation.ticket)
}

/// Names of the operator's templates that write parts of a message.
fn written_by(set: &PolicySet, form: Form<'_>, deliveries: &[Outgoing]) -> Vec<String> {
    let parts: &[Part] = match (deliveries, form.markup) {
        ([_], Markup::Plain) if form.channel == Channel::Email => &[Part::Subject, Part::Letter],
        ([_], _) => &[Part::Subject, Part::Text],
        _ => &[Part::Digest, Part::Line, Part::Tail],
    };
    let mut names: Vec<String> = Vec::new();
    for (part, delivery) in parts
        .iter()
        .flat_map(|&part| deliveries.iter().map(move |it| (part, it)))
    {
        let occasion = Occasion {
            part,
            language: form.language,
            channel: form.channel,
            about: part
                .is_of_one_ticket()
                .then_some((delivery.cause, &delivery.ticket)),
        };
        let own = wording::choose(&set.wordings, &occasion);
        names.extend(own.map(|own| own.name.clone()));
    }
    names.sort();
    names.dedup();
    names
}
