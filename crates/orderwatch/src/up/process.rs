//! Processes that are not our children: orphans of an `up` that was killed.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A running process that was recognised as one of ours.
pub(crate) struct Orphan {
    pid: Pid,
    mark: String,
}

impl Orphan {
    /// Finds the process whose id stands in the first line of a file, if it
    /// runs and its command line holds `mark`. An id may have been given to
    /// somebody else meanwhile, so the id alone proves nothing.
    pub(crate) fn find(pid_file: &Path, mark: &str) -> Option<Self> {
        let text = std::fs::read_to_string(pid_file).ok()?;
        let pid = Pid::from_raw(text.lines().next()?.trim().parse().ok()?)?;
        let orphan = Self {
            pid,
            mark: mark.to_owned(),
        };
        orphan.runs().then_some(orphan)
    }

    /// Its process id.
    pub(crate) fn id(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    fn runs(&self) -> bool {
        test_kill_process(self.pid).is_ok() && command_line(self.id()).contains(&self.mark)
    }

    /// Asks it to stop, more and more firmly, until it is gone.
    pub(crate) async fn stop(&self, signals: &[(Signal, Duration)]) {
        for (signal, grace) in signals {
            let _ = kill_process(self.pid, *signal);
            let deadline = tokio::time::Instant::now() + *grace;
            while tokio::time::Instant::now() < deadline {
                if !self.runs() {
                    return;
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    }
}

/// The command line of a process; empty when it is gone or a zombie.
fn command_line(pid: i32) -> String {
    if let Ok(line) = std::fs::read(format!("/proc/{pid}/cmdline")) {
        return String::from_utf8_lossy(&line).replace('\0', " ");
    }
    if Path::new("/proc/self").exists() {
        return String::new();
    }
    Command::new("ps")
        .args(["-ww", "-o", "args=", "-p", &pid.to_string()])
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pid_file(pid: u32) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), format!("{pid}\nmore\n")).unwrap();
        file
    }

    #[tokio::test]
    async fn an_orphan_is_recognised_and_stopped() {
        let mut child = tokio::process::Command::new("sleep")
            .arg("123456")
            .spawn()
            .unwrap();
        let file = pid_file(child.id().unwrap());
        assert!(Orphan::find(file.path(), "somebody else").is_none());
        let orphan = loop {
            // Its command line shows a moment after it was started.
            if let Some(orphan) = Orphan::find(file.path(), "sleep 123456") {
                break orphan;
            }
            tokio::task::yield_now().await;
        };
        orphan
            .stop(&[(Signal::TERM, Duration::from_secs(10))])
            .await;
        assert!(!child.wait().await.unwrap().success());
        assert!(Orphan::find(file.path(), "sleep 123456").is_none());
    }
}
