//! Event-time rules: check, compile, evaluate as a signal, explain, next change.
