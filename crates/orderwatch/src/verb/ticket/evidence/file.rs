//! Files on this side: read to be sent, and written as they come.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use contracts::ticketing::v1::{
    self as wire, AttachEvidenceRequest, attach_evidence_request as out,
    read_evidence_response as incoming,
};
use futures::{Stream, StreamExt, stream};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use ticketing::domain::evidence::{FileName, guess};

use crate::failure::{Exit, Failure};

/// Bytes of a message.
const PIECE: usize = 128 * 1024;

/// A file to be sent.
pub(super) struct Outgoing {
    path: PathBuf,
    pub(super) name: String,
    pub(super) media_type: String,
    pub(super) size: i64,
    pub(super) sha256: String,
}

/// Where a file is to be written.
pub(super) struct Target {
    path: PathBuf,
    overwrite: bool,
}

/// A file that comes in.
pub(super) struct Incoming {
    target: Target,
    file: NamedTempFile,
    record: Option<wire::Evidence>,
    hash: Sha256,
}

impl Outgoing {
    /// Reads it through, to describe it.
    pub(super) async fn read(path: &Path) -> Result<Self, Failure> {
        let wanted = path.to_owned();
        let described = tokio::task::spawn_blocking(move || describe(&wanted)).await;
        let described = described.map_err(io::Error::other).flatten();
        described.map_err(|error| Failure::file(path, "read", &error))
    }

    /// The messages that carry it. Should it have become unreadable, they end early, and the
    /// server says after how many bytes.
    pub(super) fn messages(
        &self,
        header: wire::EvidenceHeader,
    ) -> impl Stream<Item = AttachEvidenceRequest> + Send + 'static {
        let first = AttachEvidenceRequest {
            part: Some(out::Part::Header(header)),
        };
        let path = self.path.clone();
        let pieces = stream::once(tokio::fs::File::open(path)).flat_map(|opened| {
            stream::unfold(opened.ok(), async |opened| {
                let mut file = opened?;
                let piece = next_piece(&mut file).await.ok().flatten()?;
                Some((piece, Some(file)))
            })
        });
        let message = |piece| AttachEvidenceRequest {
            part: Some(out::Part::Content(piece)),
        };
        stream::iter([first]).chain(pieces.map(message))
    }
}

impl Target {
    /// Says at once when something is there that may not be written over.
    pub(super) fn new(path: PathBuf, overwrite: bool) -> Result<Self, Failure> {
        let target = Self { path, overwrite };
        match target.path.symlink_metadata() {
            Ok(found) if found.is_dir() || !overwrite => Err(target.is_taken()),
            _ => Ok(target),
        }
    }

    /// Begins a file beside it.
    pub(super) fn begin(self) -> Result<Incoming, Failure> {
        let folder = self.path.parent().filter(|it| !it.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let file = NamedTempFile::new_in(folder);
        let file = file.map_err(|error| Failure::file(folder, "write in", &error))?;
        Ok(Incoming {
            target: self,
            file,
            record: None,
            hash: Sha256::new(),
        })
    }

    fn is_taken(&self) -> Failure {
        let path = self.path.display();
        Failure::new(Exit::AlreadyExists, format!("{path} is there already"))
            .remedy("name another file, or say --overwrite")
    }
}

impl Incoming {
    pub(super) fn take(&mut self, message: wire::ReadEvidenceResponse) -> Result<(), Failure> {
        match message.part {
            Some(incoming::Part::Evidence(record)) => self.record = Some(record),
            Some(incoming::Part::Content(piece)) => {
                self.hash.update(&piece);
                let written = self.file.write_all(&piece);
                written.map_err(|error| Failure::file(&self.target.path, "write", &error))?;
            }
            None => {}
        }
        Ok(())
    }

    /// Gives the file its name, when all of it has come as it was attached.
    pub(super) fn keep(self) -> Result<wire::Evidence, Failure> {
        let came = hex::encode(self.hash.finalize());
        let record = self.record.filter(|record| record.sha256 == came);
        let record = record.ok_or_else(|| {
            let what = format!("another content came than was attached: its SHA-256 is {came}");
            Failure::new(Exit::DataLoss, what)
        })?;
        let target = &self.target;
        let kept = if target.overwrite {
            self.file.persist(&target.path)
        } else {
            self.file.persist_noclobber(&target.path)
        };
        match kept {
            Ok(_) => Ok(record),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                Err(target.is_taken())
            }
            Err(error) => Err(Failure::file(&target.path, "write", &error.error)),
        }
    }
}

fn describe(path: &Path) -> io::Result<Outgoing> {
    let mut file = File::open(path)?;
    let (mut hash, mut size, mut beginning) = (Sha256::new(), 0, Vec::new());
    let mut piece = vec![0; PIECE];
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            break;
        }
        if size == 0 {
            beginning.extend_from_slice(&piece[..read]);
        }
        hash.update(&piece[..read]);
        size += i64::try_from(read).unwrap_or(i64::MAX);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // A name that is none is told by the server, with what is wrong with it.
    let media_type = FileName::try_from(name.to_string()).map(|name| guess(&name, &beginning));
    Ok(Outgoing {
        path: path.to_owned(),
        name: name.into_owned(),
        media_type: media_type.unwrap_or_else(|_| "application/octet-stream".to_owned()),
        size,
        sha256: hex::encode(hash.finalize()),
    })
}

async fn next_piece(file: &mut tokio::fs::File) -> io::Result<Option<Vec<u8>>> {
    use tokio::io::AsyncReadExt as _;

    let mut piece = Vec::with_capacity(PIECE);
    file.take(PIECE as u64).read_to_end(&mut piece).await?;
    Ok(Some(piece).filter(|piece| !piece.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTENT: &[u8] = b"%PDF-1.7\n%%EOF\n";

    fn fetched(target: Target, content: &[u8]) -> Result<wire::Evidence, Failure> {
        let record = wire::Evidence {
            sha256: hex::encode(Sha256::digest(CONTENT)),
            ..wire::Evidence::default()
        };
        let mut incoming = target.begin()?;
        for part in [
            incoming::Part::Evidence(record),
            incoming::Part::Content(content.to_vec()),
        ] {
            incoming.take(wire::ReadEvidenceResponse { part: Some(part) })?;
        }
        incoming.keep()
    }

    fn names(folder: &Path) -> usize {
        folder.read_dir().unwrap().count()
    }

    #[test]
    fn what_is_there_is_written_over_only_when_that_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bill.pdf");
        fetched(Target::new(path.clone(), false).unwrap(), CONTENT).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), CONTENT);

        std::fs::write(&path, "mine").unwrap();
        let taken = Target::new(path.clone(), false).err().unwrap();
        assert_eq!(taken.exit(), Exit::AlreadyExists);
        // It came to be while the file was on its way.
        let late = Target {
            path: path.clone(),
            overwrite: false,
        };
        assert_eq!(
            fetched(late, CONTENT).unwrap_err().exit(),
            Exit::AlreadyExists
        );
        assert_eq!(std::fs::read(&path).unwrap(), b"mine");

        fetched(Target::new(path.clone(), true).unwrap(), CONTENT).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), CONTENT);
        assert_eq!(names(folder.path()), 1);
    }

    #[test]
    fn a_content_that_was_damaged_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::new(folder.path().join("bill.pdf"), false).unwrap();
        let refused = fetched(target, &CONTENT[1..]).unwrap_err();
        assert_eq!(refused.exit(), Exit::DataLoss);
        assert_eq!(names(folder.path()), 0);
    }

    #[tokio::test]
    async fn a_file_is_described_and_sent_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bill.pdf");
        let content = [CONTENT, &vec![b' '; 2 * PIECE]].concat();
        std::fs::write(&path, &content).unwrap();
        let outgoing = Outgoing::read(&path).await.unwrap();
        assert_eq!(
            (outgoing.name.as_str(), outgoing.media_type.as_str()),
            ("bill.pdf", "application/pdf")
        );
        assert_eq!(outgoing.sha256, hex::encode(Sha256::digest(&content)));
        let messages: Vec<_> = outgoing
            .messages(wire::EvidenceHeader::default())
            .collect()
            .await;
        let sent: Vec<u8> = messages
            .into_iter()
            .flat_map(|message| match message.part {
                Some(out::Part::Content(piece)) => piece,
                _ => Vec::new(),
            })
            .collect();
        assert!(sent == content, "another content would be sent");
    }
}
