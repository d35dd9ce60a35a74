//! What crosses services: end-to-end, kill and fault tests through real servers.
