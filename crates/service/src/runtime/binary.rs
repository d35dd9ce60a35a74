//! The `main` of every service binary.

use std::path::PathBuf;
use std::process::ExitCode;

use serde::de::DeserializeOwned;

use super::{Context, Running, Service, probe};
use crate::Error;
use crate::config::{Faults, Loaded, load_with};
use crate::error::{Classified, ErrorKind, chain};
use crate::lifecycle::{Shutdown, stop_on_signals};
use crate::telemetry;

const USAGE: &str = "[--config FILE] [--check-config | --probe]

  --config FILE    TOML file to read (also: ORDERWATCH_CONFIG)
  --check-config   report every fault of the configuration, and end
  --probe          ask the service that runs with this configuration whether it
                   serves: ends with 0 or 69, for container health checks
  --version        tell the version, and end

Every setting can be given as ORDERWATCH__SECTION__KEY as well, such as
ORDERWATCH__POSTGRES__URL or ORDERWATCH__SERVER__LISTEN.";

enum Command {
    Run {
        config: Option<PathBuf>,
        purpose: Purpose,
    },
    Tell(String),
}

/// What the configuration is loaded for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Serve,
    Check,
    Probe,
}

/// Loads the configuration, starts the service, waits for SIGINT or SIGTERM,
/// drains. Exit codes: 0 stopped as asked, 64 usage, 69 a part is away or the
/// address is taken, 70 a fault of ours, 78 configuration.
pub fn main<R, C, E, F>(
    service: &'static Service,
    validate: impl FnOnce(R, &mut Faults) -> C,
    start: impl FnOnce(Context, C) -> F,
) -> ExitCode
where
    R: DeserializeOwned,
    E: Classified,
    F: Future<Output = Result<Running, E>>,
{
    let (config, purpose) = match command(service, std::env::args().skip(1)) {
        Ok(Command::Run { config, purpose }) => (config, purpose),
        Ok(Command::Tell(text)) => {
            println!("{text}");
            return ExitCode::SUCCESS;
        }
        Err(text) => {
            eprintln!("{text}");
            return ExitCode::from(64);
        }
    };
    let loaded = match load_with(service.name, config.as_deref(), std::env::vars(), validate) {
        Ok(loaded) => loaded,
        Err(errors) => return failed(service, &Error::Config(errors)),
    };
    if purpose == Purpose::Check {
        println!("{}: the configuration has no faults", service.name);
        return ExitCode::SUCCESS;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) if purpose == Purpose::Probe => {
            match runtime.block_on(probe::serves(loaded.settings.listen(service.port))) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => failed(service, &error),
            }
        }
        Ok(runtime) => runtime.block_on(run(service, loaded, start)),
        Err(source) => failed(
            service,
            &Error::Io {
                what: "cannot start the runtime".to_owned(),
                source,
            },
        ),
    }
}

async fn run<C, E, F>(
    service: &'static Service,
    loaded: Loaded<C>,
    start: impl FnOnce(Context, C) -> F,
) -> ExitCode
where
    E: Classified,
    F: Future<Output = Result<Running, E>>,
{
    let _telemetry = match telemetry::install(&loaded.settings.telemetry, service.name) {
        Ok(telemetry) => telemetry,
        Err(error) => return failed(service, &error),
    };
    let shutdown = Shutdown::new();
    if let Err(source) = stop_on_signals(&shutdown) {
        return failed(
            service,
            &Error::Io {
                what: "cannot listen for signals".to_owned(),
                source,
            },
        );
    }
    let clock = loaded.settings.clock.clock();
    let context = match Context::start(service, loaded.settings, clock, shutdown).await {
        Ok(context) => context,
        Err(error) => return failed(service, &error),
    };
    match start(context, loaded.own).await {
        Ok(running) => match running.wait().await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(service, &error),
        },
        Err(error) => failed(service, &error),
    }
}

fn failed<E: Classified>(service: &Service, error: &E) -> ExitCode {
    eprintln!("{}: {} [{}]", service.name, chain(error), error.code());
    let code = match error.kind() {
        _ if error.code() == "OW-CONFIG" => 78,
        ErrorKind::InvalidArgument => 78,
        ErrorKind::Unavailable | ErrorKind::FailedPrecondition => 69,
        _ => 70,
    };
    ExitCode::from(code)
}

fn command(
    service: &Service,
    mut arguments: impl Iterator<Item = String>,
) -> Result<Command, String> {
    let mut config = std::env::var_os("ORDERWATCH_CONFIG").map(PathBuf::from);
    let mut purpose = Purpose::Serve;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--config" => {
                let path = arguments
                    .next()
                    .ok_or_else(|| "--config needs a file".to_owned())?;
                config = Some(path.into());
            }
            "--check-config" => purpose = Purpose::Check,
            "--probe" => purpose = Purpose::Probe,
            "--version" => {
                return Ok(Command::Tell(format!(
                    "{} {}",
                    service.name,
                    env!("CARGO_PKG_VERSION")
                )));
            }
            "--help" | "-h" => {
                return Ok(Command::Tell(format!("Usage: {} {USAGE}", service.name)));
            }
            other => {
                return Err(format!(
                    "unknown argument {other}\nUsage: {} {USAGE}",
                    service.name
                ));
            }
        }
    }
    Ok(Command::Run { config, purpose })
}
