//! Progress on standard error: a bar on a terminal, plain lines elsewhere.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::visible;

/// How often a plain line is written where there is no terminal.
const PLAIN_EVERY: Duration = Duration::from_secs(5);

/// How far one piece of work has come.
pub(crate) struct Progress {
    bar: ProgressBar,
    what: String,
    plain: Option<Mutex<Instant>>,
}

impl Progress {
    /// Starts to tell about work with a known number of units; 0 if unknown.
    pub(crate) fn new(what: &str, total: u64, unit: &str) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = if total == 0 {
            ProgressBar::no_length()
        } else {
            ProgressBar::new(total)
        };
        bar.set_draw_target(if terminal {
            ProgressDrawTarget::stderr_with_hz(8)
        } else {
            ProgressDrawTarget::hidden()
        });
        let template = match (unit, total) {
            (_, 0) => "{msg} {spinner} {human_pos} {elapsed}".to_owned(),
            ("bytes", _) => {
                "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}".to_owned()
            }
            (unit, _) => format!("{{msg}} {{wide_bar}} {{human_pos}}/{{human_len}} {unit} {{eta}}"),
        };
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        let plain = (!terminal).then(|| Mutex::new(Instant::now()));
        Self {
            bar,
            what: what.to_owned(),
            plain,
        }
    }

    /// Says that more units are done.
    pub(crate) fn advance(&self, units: u64) {
        self.bar.inc(units);
        self.tick();
    }

    /// Says how many units are done.
    pub(crate) fn set(&self, done: u64) {
        self.bar.set_position(done);
        self.tick();
    }

    /// Shows what is being done.
    pub(crate) fn say(&self, text: &str) {
        self.bar
            .set_message(format!("{}: {}", self.what, visible(text)));
        self.tick();
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn tick(&self) {
        self.bar.tick();
        let Some(Ok(mut last)) = self.plain.as_ref().map(Mutex::lock) else {
            return;
        };
        if last.elapsed() < PLAIN_EVERY {
            return;
        }
        *last = Instant::now();
        match self.bar.length() {
            Some(total) if total > 0 => {
                let percent = self.bar.position() * 100 / total;
                eprintln!("{} {percent}%", self.bar.message());
            }
            _ => eprintln!("{} {}", self.bar.message(), self.bar.position()),
        }
    }
}

/// Writes a plain line beside the data.
pub(crate) fn note(text: &str) {
    eprintln!("{}", visible(text));
}
