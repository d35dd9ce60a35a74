//! A stand-in for an SMTP relay.

use std::{collections::VecDeque, io, net::SocketAddr};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinSet,
};

use super::listener::{Listener, Shared};

/// A letter that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Envelope recipient.
    pub to: String,
    /// Headers and text as they came.
    pub content: String,
}

/// What is done with one of the next letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misbehaviour {
    /// The recipient is refused with this code: 4xx for now, 5xx for good.
    RefuseRecipient(u16),
    /// The letter is taken after its final dot and the line is cut before the
    /// sender hears of it.
    TakeAndHangUp,
}

/// The server; stops when dropped.
#[derive(Debug)]
pub struct SmtpSink(Listener<Inside>);

#[derive(Debug, Default)]
struct Inside {
    letters: Vec<Letter>,
    misbehaviours: VecDeque<Misbehaviour>,
}

impl SmtpSink {
    /// Starts listening; port 0 takes any that is free.
    ///
    /// # Errors
    ///
    /// The address cannot be listened on.
    pub async fn start(address: SocketAddr) -> io::Result<Self> {
        Listener::start(address, accept).await.map(Self)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.0.address()
    }

    /// Letters taken so far, in order.
    #[must_use]
    pub fn letters(&self) -> Vec<Letter> {
        self.0.lock().letters.clone()
    }

    /// Does this with one of the next letters; several queue up.
    pub fn misbehave(&self, how: Misbehaviour) {
        self.0.lock().misbehaviours.push_back(how);
    }
}

impl Letter {
    /// Value of a header, when it is there.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let headers = self.content.split("\r\n\r\n").next()?;
        headers.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

async fn accept(listener: TcpListener, shared: Shared<Inside>) {
    let mut dialogues = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let dialogue = Dialogue::new(stream, shared.clone());
        dialogues.spawn(async move {
            // A line that breaks is the sender's affair.
            let _ended = dialogue.run().await;
        });
        while dialogues.try_join_next().is_some() {}
    }
}

struct Dialogue {
    lines: Lines<BufReader<OwnedReadHalf>>,
    writer: OwnedWriteHalf,
    shared: Shared<Inside>,
}

impl Dialogue {
    fn new(stream: TcpStream, shared: Shared<Inside>) -> Self {
        let (reader, writer) = stream.into_split();
        Self {
            lines: BufReader::new(reader).lines(),
            writer,
            shared,
        }
    }

    async fn say(&mut self, line: &str) -> io::Result<()> {
        self.writer
            .write_all(format!("{line}\r\n").as_bytes())
            .await
    }

    async fn run(mut self) -> io::Result<()> {
        self.say("220 sink ESMTP").await?;
        let mut to = String::new();
        while let Some(line) = self.lines.next_line().await? {
            let verb: String = line
                .chars()
                .take(4)
                .collect::<String>()
                .to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" | "HELO" => self.say("250 8BITMIME").await?,
                "RCPT" => match self.refusal() {
                    Some(code) => self.say(&format!("{code} not now {line}")).await?,
                    None => {
                        to = between(&line, '<', '>');
                        self.say("250 ok").await?;
                    }
                },
                "DATA" => {
                    self.say("354 go ahead").await?;
                    let content = self.content().await?;
                    if self.take(Letter {
                        to: to.clone(),
                        content,
                    }) {
                        return Ok(());
                    }
                    self.say("250 taken").await?;
                }
                "QUIT" => return self.say("221 bye").await,
                _ => self.say("250 ok").await?,
            }
        }
        Ok(())
    }

    /// Lines up to the final dot, with leading dots taken off again.
    async fn content(&mut self) -> io::Result<String> {
        let mut content = String::new();
        while let Some(line) = self.lines.next_line().await? {
            if line == "." {
                return Ok(content);
            }
            content.push_str(line.strip_prefix('.').unwrap_or(&line));
            content.push_str("\r\n");
        }
        Err(io::ErrorKind::UnexpectedEof.into())
    }

    fn refusal(&self) -> Option<u16> {
        let mut inside = self.shared.lock();
        match inside.misbehaviours.front() {
            Some(&Misbehaviour::RefuseRecipient(code)) => {
                inside.misbehaviours.pop_front();
                Some(code)
            }
            _ => None,
        }
    }

    /// Takes a letter; true when the line is to be cut.
    fn take(&self, letter: Letter) -> bool {
        let mut inside = self.shared.lock();
        inside.letters.push(letter);
        let hang_up = inside.misbehaviours.front() == Some(&Misbehaviour::TakeAndHangUp);
        if hang_up {
            inside.misbehaviours.pop_front();
        }
        hang_up
    }
}

fn between(line: &str, open: char, close: char) -> String {
    let inside = line
        .split_once(open)
        .and_then(|(_, rest)| rest.split_once(close));
    inside
        .map(|(inside, _)| inside.to_owned())
        .unwrap_or_default()
}
