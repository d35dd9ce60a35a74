//! A stand-in for the vendors' HTTP interfaces, all on one port.

mod dingtalk;
mod feishu;
pub mod incidents;
mod pagerduty;
mod request;
mod slack;
mod sms;
mod weather;
mod webhook;
mod wecom;
mod wecom_app;
pub mod wecom_callback;

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Serialize;
use tokio::net::TcpListener;

use self::{incidents::Incident, request::Request, weather::Weather};
use super::listener::{Listener, Shared};
use crate::domain::channel::Channel;

/// Secret of every robot that signs: `DingTalk`, Feishu and `PagerDuty`.
pub const SECRET: &str = "SEC-of-the-stand-in";
/// Secret of every webhook, as Standard Webhooks writes them.
pub const WEBHOOK_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A message that was accepted.
#[derive(Debug, Clone, Serialize)]
pub struct Arrival {
    /// Whose interface it came by.
    pub channel: Channel,
    /// The robot's key.
    pub robot: String,
    /// Its text.
    pub text: String,
    /// What it is known by, where the vendor knows such a thing.
    pub id: String,
    /// When it came.
    #[serde(skip)]
    pub at: Instant,
    /// Whether the sender was told that it came.
    pub answered: bool,
}

/// What was wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Violation {
    /// Over a limit of messages.
    OverLimit,
    /// During a block.
    WhileBlocked,
    /// Too many bytes or characters.
    TooLarge,
    /// Signed wrongly, or not at all.
    WrongSignature,
    /// Cannot be understood.
    Malformed,
}

/// What arrived so far.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Messages accepted, in order.
    pub accepted: Vec<Arrival>,
    /// How often what was wrong.
    pub violations: BTreeMap<Violation, usize>,
    /// Incidents of `PagerDuty`, by their keys.
    pub incidents: BTreeMap<String, Incident>,
}

/// What the next requests are answered with, instead of the truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misbehaviour {
    /// This status, with `Retry-After` in seconds when given.
    Status(u16, Option<u64>),
    /// The vendor's own way to say this error code.
    ErrorCode(i64),
    /// The message is taken, and the answer is lost.
    Silence,
}

/// The server; stops when dropped.
#[derive(Debug)]
pub struct VendorSink(Listener<Inside>);

#[derive(Debug, Default)]
struct Inside {
    report: Report,
    robots: HashMap<(Channel, String), Robot>,
    misbehaviours: VecDeque<Misbehaviour>,
    weathers: HashMap<Channel, Weather>,
    unlimited: bool,
}

/// What a vendor remembers of a robot.
#[derive(Debug, Default)]
struct Robot {
    recent: VecDeque<Instant>,
    blocked_until: Option<Instant>,
}

/// How a vendor reads and answers.
struct Interface {
    channel: Channel,
    /// Messages in windows, and how long a robot over them is blocked.
    windows: &'static [(u32, Duration)],
    block: Option<Duration>,
    read: fn(&Request) -> Result<Taken, Wrong>,
    /// The answer to an error code; 0 is none.
    answer: fn(i64, &str) -> Response,
    /// The code that says that a robot is over its limit.
    over_limit: i64,
}

/// What is wrong with a request: the vendor's code for it, what it is, in the
/// vendor's words.
struct Wrong(i64, Violation, &'static str);

/// What was read of a good request.
struct Taken {
    robot: String,
    text: String,
    id: String,
}

impl Report {
    /// How often a limit was broken.
    #[must_use]
    pub fn violations(&self) -> usize {
        self.violations.values().sum()
    }

    /// Messages accepted by a channel, in order.
    #[must_use]
    pub fn of(&self, channel: Channel) -> Vec<&Arrival> {
        let accepted = self.accepted.iter();
        accepted.filter(|it| it.channel == channel).collect()
    }
}

impl VendorSink {
    /// Starts listening; port 0 takes any that is free.
    ///
    /// # Errors
    ///
    /// The address cannot be listened on.
    pub async fn start(address: SocketAddr) -> io::Result<Self> {
        Listener::start(address, serve).await.map(Self)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.0.address()
    }

    /// Webhook URL of a robot with this key.
    #[must_use]
    pub fn webhook(&self, channel: Channel, key: &str) -> String {
        let path = match channel {
            Channel::Wecom => "cgi-bin/webhook/send?key=",
            Channel::Dingtalk => "robot/send?access_token=",
            Channel::Feishu => "open-apis/bot/v2/hook/",
            Channel::Slack => "services/",
            Channel::Pagerduty => return format!("http://{}/v2/enqueue", self.address()),
            Channel::WecomApp => return format!("http://{}", self.address()),
            Channel::Sms => "sms/send",
            _ => "hooks/",
        };
        format!("http://{}/{path}{key}", self.address())
    }

    /// What arrived so far; also served as JSON under `/report`.
    #[must_use]
    pub fn report(&self) -> Report {
        self.0.lock().report.clone()
    }

    /// How many messages were accepted so far.
    #[must_use]
    pub fn accepted(&self) -> usize {
        self.0.lock().report.accepted.len()
    }

    /// Answers one of the next requests wrongly; several queue up.
    pub fn misbehave(&self, how: Misbehaviour) {
        self.0.lock().misbehaviours.push_back(how);
    }

    /// Answers shares of a channel's requests wrongly from now on.
    pub fn misbehave_often(&self, channel: Channel, shares: Vec<(f64, Misbehaviour)>) {
        let mut inside = self.0.lock();
        inside.weathers.insert(channel, Weather::of(shares));
    }

    /// Counts no messages any more.
    pub fn lift_limits(&self) {
        self.0.lock().unlimited = true;
    }
}

async fn serve(listener: TcpListener, shared: Shared<Inside>) {
    let router = Router::new()
        .route("/report", get(report))
        .fallback(receive)
        .with_state(shared);
    // Ends when the sink is dropped.
    let _ended = axum::serve(listener, router).await;
}

async fn report(State(shared): State<Shared<Inside>>) -> Json<Report> {
    Json(shared.lock().report.clone())
}

async fn receive(State(shared): State<Shared<Inside>>, request: Request) -> Response {
    if request.path() == "/cgi-bin/gettoken" {
        return wecom_app::grant(&request);
    }
    let Some(interface) = interface(request.path()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let misbehaviour = shared.lock().misbehaviour(interface.channel);
    match misbehaviour {
        Some(Misbehaviour::Status(status, retry_after)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            match retry_after {
                Some(seconds) => (status, [("retry-after", seconds.to_string())]).into_response(),
                None => status.into_response(),
            }
        }
        Some(Misbehaviour::ErrorCode(code)) => (interface.answer)(code, "as asked for"),
        Some(Misbehaviour::Silence) => {
            let _lost = shared.lock().take(&interface, &request, false);
            std::future::pending().await
        }
        None => {
            let (code, words) = shared.lock().take(&interface, &request, true);
            (interface.answer)(code, words)
        }
    }
}

/// The HTTP status that an error code stands for, where a vendor says its errors so.
fn status(code: i64) -> Option<StatusCode> {
    StatusCode::from_u16(u16::try_from(code).ok()?).ok()
}

fn interface(path: &str) -> Option<Interface> {
    [
        ("/cgi-bin/webhook/", wecom::INTERFACE),
        ("/robot/send", dingtalk::INTERFACE),
        ("/open-apis/bot/v2/hook/", feishu::INTERFACE),
        ("/services/", slack::INTERFACE),
        ("/v2/enqueue", pagerduty::INTERFACE),
        ("/hooks/", webhook::INTERFACE),
        ("/cgi-bin/message/send", wecom_app::INTERFACE),
        ("/sms/", sms::INTERFACE),
    ]
    .into_iter()
    .find(|(prefix, _)| path.starts_with(prefix))
    .map(|(_, interface)| interface)
}

impl Inside {
    fn misbehaviour(&mut self, channel: Channel) -> Option<Misbehaviour> {
        let asked_for = self.misbehaviours.pop_front();
        asked_for.or_else(|| self.weathers.get_mut(&channel)?.next())
    }

    fn take(
        &mut self,
        interface: &Interface,
        request: &Request,
        answered: bool,
    ) -> (i64, &'static str) {
        match (interface.read)(request) {
            Err(Wrong(code, violation, words)) => {
                self.violated(violation);
                (code, words)
            }
            Ok(taken) => {
                if interface.channel == Channel::WecomApp && self.has(&taken.id) {
                    // As good as taken, but nobody is told again (said).
                    return (0, "ok");
                }
                let key = (interface.channel, taken.robot.clone());
                let now = Instant::now();
                let robot = self.robots.entry(key).or_default();
                if !self.unlimited
                    && let Some(violation) = robot.admit(interface, now)
                {
                    self.violated(violation);
                    return (interface.over_limit, "too many messages");
                }
                if interface.channel == Channel::Pagerduty {
                    let action = taken.text.split(' ').next().unwrap_or_default();
                    incidents::take(&mut self.report.incidents, action, &taken.id);
                }
                self.report.accepted.push(Arrival {
                    channel: interface.channel,
                    robot: taken.robot,
                    text: taken.text,
                    id: taken.id,
                    at: now,
                    answered,
                });
                (0, "ok")
            }
        }
    }

    /// Whether a card with a task id was taken already.
    fn has(&self, task: &str) -> bool {
        let mut accepted = self.report.accepted.iter();
        !task.is_empty() && accepted.any(|it| it.channel == Channel::WecomApp && it.id == task)
    }

    fn violated(&mut self, violation: Violation) {
        *self.report.violations.entry(violation).or_default() += 1;
    }
}

impl Robot {
    /// Counts a message, or says why it may not come.
    fn admit(&mut self, interface: &Interface, now: Instant) -> Option<Violation> {
        if self.blocked_until.is_some_and(|until| now < until) {
            return Some(Violation::WhileBlocked);
        }
        let longest = interface.windows.iter().map(|(_, window)| *window).max();
        let longest = longest.unwrap_or_default();
        self.recent
            .retain(|&earlier| now.duration_since(earlier) < longest);
        let over = interface.windows.iter().any(|(messages, window)| {
            let within = self
                .recent
                .iter()
                .filter(|&&it| now.duration_since(it) < *window);
            within.count() >= *messages as usize
        });
        if over {
            self.blocked_until = interface.block.map(|block| now + block);
            return Some(Violation::OverLimit);
        }
        self.recent.push_back(now);
        None
    }
}
