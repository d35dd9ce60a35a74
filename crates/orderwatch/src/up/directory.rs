//! The data directory: what one `up` keeps between its starts.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use escalation_notifier::keyring::fresh_key;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::account::Account;
use crate::failure::{Exit, Failure};
use crate::progress::note;

/// A data directory that belongs to this process.
pub(crate) struct Directory {
    path: PathBuf,
    /// Held for as long as this process lives.
    _lock: File,
}

/// What is remembered from one start to the next.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Memory {
    pub(crate) port_base: Option<u16>,
    pub(crate) clock: Option<ScaledClock>,
}

/// A scaled clock that goes on where it was, however often it is started.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ScaledClock {
    /// What the clock showed at `anchor`.
    pub(crate) start: DateTime<Utc>,
    /// The real instant of the first start.
    pub(crate) anchor: DateTime<Utc>,
    /// Seconds that pass in one real second.
    pub(crate) speed: f64,
}

impl Directory {
    /// Makes a directory if there is none, and takes it for this process.
    ///
    /// # Errors
    ///
    /// Another process has it, or it cannot be written.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let fault = |error| Failure::file(path, "use the data directory", &error);
        std::fs::create_dir_all(path.join("log")).map_err(fault)?;
        let path = path.canonicalize().map_err(fault)?;
        let lock = lock(&path)?;
        Ok(Self { path, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where a server of that name writes its log.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.path.join("log").join(format!("{name}.log"))
    }

    /// What was remembered; nothing at the first start.
    pub(crate) fn recall(&self) -> Memory {
        std::fs::read(self.path.join("up.json"))
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default()
    }

    /// Remembers for the next start.
    pub(crate) fn remember(&self, memory: &Memory) -> Result<(), Failure> {
        let file = self.path.join("up.json");
        let draft = self.path.join("up.json.new");
        let text = serde_json::to_vec_pretty(memory).unwrap_or_default();
        std::fs::write(&draft, text)
            .and_then(|()| std::fs::rename(&draft, &file))
            .map_err(|error| Failure::file(&file, "write", &error))
    }

    /// Where the key is that personal data is sealed with; made at the first start.
    pub(crate) fn personal_data_key(&self) -> Result<PathBuf, Failure> {
        let file = self.path.join("personal-data.key");
        if file.exists() {
            return Ok(file);
        }
        let key = fresh_key().map_err(|error| Failure::new(Exit::Internal, error.to_string()))?;
        // Under another name first, so that a key is never half written.
        let draft = self.path.join("personal-data.key.new");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        options
            .open(&draft)
            .and_then(|mut file| file.write_all(key.as_bytes()))
            .and_then(|()| std::fs::rename(&draft, &file))
            .map_err(|error| Failure::file(&file, "write", &error))?;
        Ok(file)
    }

    /// A folder that `account` owns and can reach: within the directory, or
    /// where it is shut out of that, in a place of the system.
    pub(crate) fn folder_of(&self, account: Option<&Account>) -> Result<PathBuf, Failure> {
        let within = self.path.join("postgres");
        let Some(account) = account else {
            make(&within, None)?;
            return Ok(within);
        };
        let fault = |error| Failure::file(&within, "look at", &error);
        let Some(closed) = account.shut_out_by(&within).map_err(fault)? else {
            make(&within, Some(account))?;
            return Ok(within);
        };
        let elsewhere = self.elsewhere(account)?;
        note(&format!(
            "PostgreSQL keeps its data in {}: it runs as {}, who may not enter {}",
            elsewhere.display(),
            account.name,
            closed.display()
        ));
        Ok(elsewhere)
    }

    fn elsewhere(&self, account: &Account) -> Result<PathBuf, Failure> {
        let digest = Sha256::digest(self.path.as_os_str().as_encoded_bytes());
        let name = hex::encode(&digest[..8]);
        let mut last = None;
        for place in ["/var/lib/orderwatch", "/tmp/orderwatch"] {
            let folder = Path::new(place).join(&name);
            let made = std::fs::create_dir_all(place)
                .map_err(|error| Failure::file(Path::new(place), "make", &error))
                .and_then(|()| make(&folder, Some(account)));
            match made {
                Ok(()) => return Ok(folder),
                Err(failure) => last = Some(failure),
            }
        }
        Err(last
            .unwrap_or_else(|| Failure::new(Exit::Internal, "no place for PostgreSQL's data"))
            .remedy("choose a --data-dir that every user may enter, or give --postgres-url"))
    }
}

fn make(folder: &Path, account: Option<&Account>) -> Result<(), Failure> {
    let made = match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    };
    made.and_then(|()| account.map_or(Ok(()), |account| account.own(folder)))
        .map_err(|error| Failure::file(folder, "make", &error))
}

fn lock(path: &Path) -> Result<File, Failure> {
    let file = path.join("up.lock");
    let fault = |error| Failure::file(&file, "lock", &error);
    let mut lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&file)
        .map_err(fault)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(taken(path, &mut lock)),
        Err(TryLockError::Error(error)) => return Err(fault(error)),
    }
    lock.set_len(0)
        .and_then(|()| write!(lock, "{}", std::process::id()))
        .map_err(fault)?;
    Ok(lock)
}

fn taken(path: &Path, lock: &mut File) -> Failure {
    let mut holder = String::new();
    let _ = lock
        .rewind()
        .and_then(|()| lock.read_to_string(&mut holder).map(drop));
    Failure::new(
        Exit::AlreadyExists,
        format!(
            "process {} runs on {} already",
            holder.trim(),
            path.display()
        ),
    )
    .remedy("stop it, or choose another --data-dir")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_belongs_to_one_process_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = Directory::open(folder.path()).unwrap();
        let refused = Directory::open(folder.path()).err().unwrap();
        assert_eq!(refused.exit(), Exit::AlreadyExists);
        assert!(
            refused
                .to_string()
                .contains(&std::process::id().to_string())
        );
        drop(first);
        assert!(Directory::open(folder.path()).is_ok());
    }

    #[test]
    fn a_directory_remembers_its_ports() {
        let folder = tempfile::tempdir().unwrap();
        let directory = Directory::open(folder.path()).unwrap();
        assert_eq!(directory.recall().port_base, None);
        directory
            .remember(&Memory {
                port_base: Some(7500),
                clock: None,
            })
            .unwrap();
        assert_eq!(directory.recall().port_base, Some(7500));
    }
}
