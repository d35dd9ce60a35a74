#![doc = include_str!("../README.md")]

mod analysis;
pub mod backtest;
mod check;
mod constant;
mod datum;
pub mod documents;
mod evaluate;
pub mod example;
mod exemption;
mod explain;
mod expression;
mod fault;
mod judge;
mod language;
mod program;
mod rule_set;
mod schema;
mod signal;
pub mod visual;

pub use constant::{ConstantValue, evaluate_constant};
pub use exemption::{
    Bearing, Condition, CsvFault, Entry, Exemption, Naming, Scope, Subject, exemption_from_csv,
};
pub use explain::{Explanation, Language};
pub use fault::Fault;
pub use judge::{
    Cause, Effective, Judgement, Kind, Late, Spoken, State, Transition, judge, judge_in,
};
pub use program::Scratch;
pub use rule_set::{
    Campaign, Choice, Considered, Faults, Mode, PublishGate, Question, ResourceFault, Rule,
    RuleSet, Scenario, Severity, Text, Threshold, ThresholdRow, ValueType,
};
pub use schema::schema;
pub use signal::{Course, Interval};

/// The systems that a rule reads: its verdicts wait until all of them have reported.
pub type Gate = order::Systems;
