//! Reminds and escalates until somebody acts, and says each thing once.
