//! Configuration: defaults, then a TOML file, then `ORDERWATCH__…` of the
//! environment; every fault at once, each by its key.
//!
//! Settings that every service has stand at the top (`[server]`, `[postgres]`,
//! …), a service's own in the section named after it (`[rule_evaluation]`). One
//! file may serve several services.

mod fault;
mod interval;
mod load;
mod settings;

pub use fault::{ConfigErrors, Fault, Faults};
pub use interval::{Interval, MalformedInterval};
pub use load::{Loaded, load, load_with};
pub use settings::{
    ClockSettings, EventLogSettings, LogFormat, NatsSettings, PostgresSettings, ServerSettings,
    Settings, ShutdownSettings, TelemetrySettings,
};
