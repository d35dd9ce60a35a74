//! Accepts facts, journals them before acknowledging, and publishes them.
