//! A private PostgreSQL.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::Signal;
use sqlx::{Connection as _, PgConnection};

use super::account::Account;
use super::binaries;
use super::child::{Recipe, Server};
use super::directory::Directory;
use super::process::Orphan;
use crate::failure::{Exit, Failure};
use crate::progress::note;

const ROLE: &str = "orderwatch";
const DATABASE: &str = "orderwatch";

/// Fast shutdown, then immediate: both lose nothing that was committed.
const STOP: &[(Signal, Duration)] = &[
    (Signal::INT, Duration::from_secs(10)),
    (Signal::QUIT, Duration::from_secs(5)),
    (Signal::KILL, Duration::from_secs(5)),
];

/// Settings of a server that five services share, on a machine of any size.
const SETTINGS: &[&str] = &[
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=250",
    "shared_buffers=256MB",
    "max_wal_size=2GB",
    "wal_compression=on",
    "checkpoint_timeout=10min",
    "random_page_cost=1.1",
    "jit=off",
    "timezone=UTC",
    "log_timezone=UTC",
];

/// A PostgreSQL whose data belongs to one data directory.
pub(crate) struct Postgres {
    recipe: Recipe,
    data: PathBuf,
    port: u16,
    password: String,
}

/// PostgreSQL's programs, and the folder that keeps its data.
pub(crate) struct Installation {
    account: Option<Account>,
    programs: PathBuf,
    folder: PathBuf,
    log: PathBuf,
}

impl Installation {
    /// Finds programs and folder, and stops an orphan that uses it.
    ///
    /// # Errors
    ///
    /// No program, or no place for the data.
    pub(crate) async fn find(directory: &Directory) -> Result<Self, Failure> {
        let account = Account::unprivileged()?;
        let programs = binaries::postgres(account.as_ref())?;
        let folder = directory.folder_of(account.as_ref())?;
        stop_orphan(&folder.join("data")).await;
        Ok(Self {
            account,
            programs,
            folder,
            log: directory.log("postgres"),
        })
    }

    /// Makes the data if there is none.
    ///
    /// # Errors
    ///
    /// The folder cannot be written, or `initdb` failed.
    pub(crate) async fn server(self, port: u16) -> Result<Postgres, Failure> {
        let data = self.folder.join("data");
        let password = password(&self.folder.join("password"), self.account.as_ref())?;
        if !data.join("PG_VERSION").exists() {
            note("making PostgreSQL's data");
            initialise(&self.programs, &self.folder, self.account.as_ref()).await?;
        }
        let recipe = Recipe {
            name: "postgres",
            program: self.programs.join("postgres"),
            arguments: arguments(&data, port),
            account: self.account,
            log: self.log,
            stop: STOP,
        };
        Ok(Postgres {
            recipe,
            data,
            port,
            password,
        })
    }
}

impl Postgres {
    /// Where services find it.
    pub(crate) fn url(&self) -> String {
        self.database_url(DATABASE)
    }

    fn database_url(&self, database: &str) -> String {
        format!(
            "postgres://{ROLE}:{}@127.0.0.1:{}/{database}",
            self.password, self.port
        )
    }

    /// The address to ask for readiness.
    pub(crate) fn maintenance_url(&self) -> String {
        self.database_url("postgres")
    }
}

impl Server for Postgres {
    fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// A postmaster that was killed leaves its lock behind. PostgreSQL removes
    /// it by itself unless the process id was given to somebody else since.
    async fn prepare(&self) -> io::Result<()> {
        stop_orphan(&self.data).await;
        match std::fs::remove_file(self.data.join("postmaster.pid")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Waits until a PostgreSQL answers, and makes the database if it has none.
pub(crate) async fn make_database(maintenance_url: &str) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(maintenance_url).await?;
    let there: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(DATABASE)
            .fetch_one(&mut connection)
            .await?;
    if !there {
        sqlx::query("create database orderwatch")
            .execute(&mut connection)
            .await?;
    }
    connection.close().await
}

async fn stop_orphan(data: &Path) {
    let mark = format!("-D {}", data.display());
    if let Some(orphan) = Orphan::find(&data.join("postmaster.pid"), &mark) {
        tracing::info!(
            process.pid = orphan.id(),
            "stopping a postgres left by an earlier start"
        );
        orphan.stop(STOP).await;
    }
}

fn arguments(data: &Path, port: u16) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec![
        "-D".into(),
        data.into(),
        "-p".into(),
        port.to_string().into(),
    ];
    for setting in SETTINGS {
        arguments.push("-c".into());
        arguments.push(setting.into());
    }
    arguments
}

/// Reads the password, or makes one.
fn password(file: &Path, account: Option<&Account>) -> Result<String, Failure> {
    let fault = |error| Failure::file(file, "keep the password in", &error);
    match std::fs::read_to_string(file) {
        Ok(password) if !password.trim().is_empty() => return Ok(password.trim().to_owned()),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(fault(error)),
        _ => {}
    }
    let password = uuid::Uuid::new_v4().simple().to_string();
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(file)
        .and_then(|mut file| file.write_all(password.as_bytes()))
        .and_then(|()| account.map_or(Ok(()), |account| account.own(file)))
        .map_err(fault)?;
    Ok(password)
}

/// Makes the data beside its place first, so that a start cut short leaves
/// nothing half made.
async fn initialise(
    programs: &Path,
    folder: &Path,
    account: Option<&Account>,
) -> Result<(), Failure> {
    let draft = folder.join("data.new");
    let fault = |error| Failure::file(&draft, "make", &error);
    if draft.exists() {
        std::fs::remove_dir_all(&draft).map_err(fault)?;
    }
    let mut command = tokio::process::Command::new(programs.join("initdb"));
    command
        .arg("-D")
        .arg(&draft)
        .args([
            "-U",
            ROLE,
            "-A",
            "scram-sha-256",
            "-E",
            "UTF8",
            "--locale=C",
            "--pwfile",
        ])
        .arg(folder.join("password"))
        .current_dir("/")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    if let Some(account) = account {
        command.uid(account.uid).gid(account.gid);
    }
    let output = command.output().await.map_err(fault)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(
            Failure::new(Exit::Internal, "PostgreSQL's data could not be made")
                .at(draft.display().to_string())
                .detail(said.trim().to_owned()),
        );
    }
    std::fs::rename(&draft, folder.join("data")).map_err(fault)
}
