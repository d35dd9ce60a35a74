//! Scenarios and publish gates, as listings and services read them.

/// A kind of trouble: who is accountable for it first, and what people are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// Name, as rules write it.
    pub name: String,
    /// Its name for people.
    pub title: Text,
    /// What it is about.
    pub description: Option<Text>,
    /// Department that is accountable first.
    pub department: Option<String>,
    /// Name of the procedure.
    pub sop: Option<String>,
    /// Template of what the customer is told, in minijinja.
    pub customer_text: Option<Text>,
    /// Template of what colleagues are told, in minijinja.
    pub internal_text: Option<Text>,
}

/// A text in two languages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// In English.
    pub en: String,
    /// In Chinese; may be empty.
    pub zh: String,
}

/// What a rule set must find in a stored sample before it is activated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishGate {
    /// Name of the gate.
    pub name: String,
    /// Name of the stored sample.
    pub sample: String,
    /// Most orders in trouble that may be missed.
    pub max_missed: u32,
    /// Most orders that may be found though nothing is wrong with them; none means any number.
    pub max_false: Option<u32>,
    /// Rules whose findings count; empty means all.
    pub rules: Vec<String>,
}
