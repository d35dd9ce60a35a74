//! Layers the sources and reads them, removing each faulty key to find the next.

use std::collections::HashMap;
use std::path::Path;

use config::{Config, Environment, File, FileFormat, Map, Value, ValueKind};
use serde::de::DeserializeOwned;

use super::{ConfigErrors, Faults, Settings};

/// Sections of the services; one file may hold them all.
const SERVICES: [&str; 5] = [
    "ingest",
    "rule_evaluation",
    "ticketing",
    "escalation_notifier",
    "audit",
];

/// Names of the sections of [`Settings`].
const SHARED: [&str; 8] = [
    "server",
    "postgres",
    "nats",
    "telemetry",
    "clock",
    "endpoints",
    "event_log",
    "shutdown",
];

/// What was loaded.
#[derive(Clone, Debug)]
pub struct Loaded<R> {
    /// What every service has.
    pub settings: Settings,
    /// The service's own section.
    pub own: R,
}

/// Loads the configuration of a service: defaults (those of `Deserialize`, so
/// every field needs one), then the file, then `ORDERWATCH__SECTION__KEY` of
/// the environment given.
///
/// # Errors
/// Every fault, each by its key.
pub fn load<R: DeserializeOwned>(
    service: &str,
    file: Option<&Path>,
    env: impl IntoIterator<Item = (String, String)>,
) -> Result<Loaded<R>, ConfigErrors> {
    load_with(service, file, env, |raw, _| raw)
}

/// Loads as [`load`] does and validates the service's own section as well, so
/// that faults of both kinds are reported together.
///
/// # Errors
/// Every fault, each by its key.
pub fn load_with<R: DeserializeOwned, C>(
    service: &str,
    file: Option<&Path>,
    env: impl IntoIterator<Item = (String, String)>,
    validate: impl FnOnce(R, &mut Faults) -> C,
) -> Result<Loaded<C>, ConfigErrors> {
    let mut faults = Faults::default();
    let section = service.replace('-', "_");
    let mut tree = layers(file, env, &mut faults);
    let own_tree = tree
        .remove(&section)
        .unwrap_or_else(|| Value::from(Map::<String, Value>::new()));
    report_unknown_sections(&mut tree, &mut faults);
    let settings: Option<Settings> = read(Value::from(tree), "", &mut faults);
    let own: Option<R> = read(own_tree, &section, &mut faults);
    if let Some(settings) = &settings {
        settings.check(&mut faults);
    }
    let own = own.map(|own| validate(own, &mut faults));
    faults.into_result()?;
    match (settings, own) {
        (Some(settings), Some(own)) => Ok(Loaded { settings, own }),
        // Unreachable: what cannot be read has left a fault.
        _ => Err(incomplete(&section)),
    }
}

fn incomplete(section: &str) -> ConfigErrors {
    let mut faults = Faults::default();
    faults.add(section, "cannot be read");
    match faults.into_result() {
        Err(errors) => errors,
        Ok(()) => unreachable!("a fault was noted"),
    }
}

fn layers(
    file: Option<&Path>,
    env: impl IntoIterator<Item = (String, String)>,
    faults: &mut Faults,
) -> Map<String, Value> {
    let variables: HashMap<String, String> = env
        .into_iter()
        .filter(|(key, _)| key.starts_with("ORDERWATCH__"))
        .collect();
    let environment = || {
        Environment::with_prefix("ORDERWATCH")
            .prefix_separator("__")
            .separator("__")
            .source(Some(variables.clone()))
    };
    let mut builder = Config::builder();
    if let Some(path) = file {
        builder = builder.add_source(File::from(path).format(FileFormat::Toml));
    }
    let built = builder.add_source(environment()).build().or_else(|error| {
        let path = file
            .map(|path| path.display().to_string())
            .unwrap_or_default();
        faults.add(path, error);
        Config::builder().add_source(environment()).build()
    });
    let table = built.and_then(|config| config.cache.into_table());
    faults.check("ORDERWATCH__", table).unwrap_or_default()
}

fn report_unknown_sections(tree: &mut Map<String, Value>, faults: &mut Faults) {
    tree.retain(|key, _| {
        if SERVICES.contains(&key.as_str()) {
            return false;
        }
        if SHARED.contains(&key.as_str()) {
            return true;
        }
        let known: Vec<&str> = SHARED.iter().chain(&SERVICES).copied().collect();
        faults.add(key.clone(), unknown(key, &known));
        false
    });
}

/// Reads a tree; a key that does not read is noted and taken out, until the
/// rest reads.
fn read<T: DeserializeOwned>(mut tree: Value, section: &str, faults: &mut Faults) -> Option<T> {
    loop {
        let error = match serde_path_to_error::deserialize::<_, T>(tree.clone()) {
            Ok(read) => return Some(read),
            Err(error) => error,
        };
        let path = error.path().to_string();
        let inner = error.into_inner();
        let (path, message) = describe(&path, &inner);
        let key = [section, &path]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(".");
        faults.add(key, message);
        if path.is_empty() || !remove(&mut tree, &path) {
            return None;
        }
    }
}

/// Path and wording of a fault; serde names an unknown field in its message.
fn describe(path: &str, error: &config::ConfigError) -> (String, String) {
    let text = error.to_string();
    let path = if path == "." { "" } else { path };
    let Some(rest) = text.split("unknown field `").nth(1) else {
        return (path.to_owned(), text);
    };
    let quoted: Vec<&str> = rest.split('`').step_by(2).collect();
    let name = quoted.first().copied().unwrap_or_default();
    let known: Vec<&str> = rest.split('`').skip(2).step_by(2).collect();
    let full = match path {
        "" => name.to_owned(),
        path if path == name || path.ends_with(&format!(".{name}")) => path.to_owned(),
        path => format!("{path}.{name}"),
    };
    (full, unknown(name, &known))
}

fn unknown(name: &str, known: &[&str]) -> String {
    let nearest = known
        .iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), *candidate))
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .filter(|(likeness, _)| *likeness > 0.75);
    match nearest {
        Some((_, candidate)) => format!("is not known; did you mean {candidate}?"),
        None => format!("is not known; known are {}", known.join(", ")),
    }
}

fn remove(tree: &mut Value, path: &str) -> bool {
    let (first, rest) = path
        .split_once('.')
        .map_or((path, None), |(first, rest)| (first, Some(rest)));
    let first = first.split('[').next().unwrap_or(first);
    let ValueKind::Table(table) = &mut tree.kind else {
        return false;
    };
    match rest {
        Some(rest) if !path.starts_with(&format!("{first}[")) => {
            table
                .get_mut(first)
                .is_some_and(|inner| remove(inner, rest))
                || table.remove(first).is_some()
        }
        _ => table.remove(first).is_some(),
    }
}
