//! The escalation notifier against a real PostgreSQL, stand-ins of the vendors
//! and, once, a real broker.

#[cfg(test)]
mod acknowledge;
#[cfg(test)]
mod alertmanager;
#[cfg(test)]
mod burst;
#[cfg(test)]
mod by_name;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod directory;
#[cfg(test)]
mod endpoints;
#[cfg(test)]
mod explanations;
#[cfg(test)]
mod failover;
#[cfg(test)]
mod feed;
#[cfg(test)]
mod groups;
#[cfg(test)]
mod happenings;
#[cfg(test)]
mod letters;
#[cfg(test)]
mod levels;
#[cfg(test)]
mod office;
#[cfg(test)]
mod on_call;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod quiet;
#[cfg(test)]
mod quiet_hours;
#[cfg(test)]
mod robots;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod storm;
#[cfg(test)]
mod verification;
#[cfg(test)]
mod whole;
