//! JetStream streams, publish, consume, dead letters, trace headers.
