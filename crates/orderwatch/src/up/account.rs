//! The account that runs PostgreSQL, which refuses to run as root.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::failure::{Exit, Failure};

/// An account of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Account {
    /// The account for PostgreSQL when this process is root; none otherwise,
    /// because it may then run as ourselves.
    pub(crate) fn unprivileged() -> Result<Option<Self>, Failure> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let accounts = std::fs::read_to_string("/etc/passwd")
            .map_err(|error| Failure::file(Path::new("/etc/passwd"), "read", &error))?;
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| Self::find(&accounts, name))
            .map(Some)
            .ok_or_else(|| {
                Failure::new(
                    Exit::FailedPrecondition,
                    "PostgreSQL refuses to run as root, and this machine has neither a user `postgres` nor `nobody`",
                )
                .remedy("run as another user, add one with `useradd --system postgres`, or give --postgres-url")
            })
    }

    fn find(accounts: &str, name: &str) -> Option<Self> {
        accounts.lines().find_map(|line| {
            let mut fields = line.split(':');
            if fields.next() != Some(name) {
                return None;
            }
            let uid = fields.nth(1)?.parse().ok()?;
            let gid = fields.next()?.parse().ok()?;
            Some(Self {
                name: name.to_owned(),
                uid,
                gid,
            })
        })
    }

    /// The first folder above `path` that this account may not enter.
    pub(crate) fn shut_out_by(&self, path: &Path) -> io::Result<Option<PathBuf>> {
        let mut folders: Vec<&Path> = path.ancestors().skip(1).collect();
        folders.reverse();
        for folder in folders {
            let metadata = std::fs::metadata(folder)?;
            let bit = if metadata.uid() == self.uid {
                0o100
            } else if metadata.gid() == self.gid {
                0o010
            } else {
                0o001
            };
            if metadata.mode() & bit == 0 {
                return Ok(Some(folder.to_owned()));
            }
        }
        Ok(None)
    }

    /// Makes a file or folder belong to this account.
    pub(crate) fn own(&self, path: &Path) -> io::Result<()> {
        std::os::unix::fs::chown(path, Some(self.uid), Some(self.gid))
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn an_account_is_found_by_its_name() {
        let accounts = "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65533:n:/:/bin/false\n";
        let found = Account::find(accounts, "nobody").unwrap();
        assert_eq!((found.uid, found.gid), (65534, 65533));
        assert_eq!(Account::find(accounts, "postgres"), None);
    }

    #[test]
    fn a_closed_folder_shuts_others_out() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
        let stranger = Account {
            name: "stranger".to_owned(),
            uid: 4_000_001,
            gid: 4_000_001,
        };
        let within = folder.path().join("data");
        assert_eq!(
            stranger.shut_out_by(&within).unwrap().unwrap(),
            folder.path()
        );
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o711)).unwrap();
        assert_eq!(stranger.shut_out_by(&within).unwrap(), None);
    }
}
