//! What every service stands on: configuration, telemetry, health, clock, database, outbox, shutdown.
