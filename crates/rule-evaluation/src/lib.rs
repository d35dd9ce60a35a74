//! Judges every order continuously against the rule set in force.
