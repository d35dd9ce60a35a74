//! Ports: five for the services, two for the private servers, all at fixed
//! places above one base.

use std::net::{Ipv4Addr, TcpListener};

use crate::failure::{Exit, Failure};
use crate::server::{Server, Service};

/// The ports of one `up`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ports {
    base: u16,
}

/// Distance between the bases that are tried.
const STRIDE: u16 = 20;
const POSTGRES: u16 = 10;
const NATS: u16 = 11;

/// Which private servers need a port.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Private {
    pub(crate) postgres: bool,
    pub(crate) nats: bool,
}

impl Ports {
    /// Takes the base asked for, or the one of the last start, or the first
    /// whose ports are free.
    ///
    /// # Errors
    ///
    /// The base asked for has a port that is taken, or none is free.
    pub(crate) fn choose(
        asked: Option<u16>,
        last: Option<u16>,
        private: Private,
    ) -> Result<Self, Failure> {
        if let Some(base) = asked {
            let ports = Self { base };
            let taken = ports.taken(private)?;
            if taken.is_empty() {
                return Ok(ports);
            }
            let which: Vec<String> = taken
                .iter()
                .map(|(port, user)| format!("port {port}, needed for {user}"))
                .collect();
            let at: Vec<String> = taken
                .iter()
                .map(|(port, _)| format!("127.0.0.1:{port}"))
                .collect();
            return Err(Failure::new(
                Exit::AlreadyExists,
                format!("{}: taken by another process", which.join("; ")),
            )
            .at(at.join(", "))
            .remedy("stop that process, choose another --port-base, or leave it out to have free ports found"));
        }
        let bases = (Server::DEFAULT_BASE_PORT..30_000).step_by(usize::from(STRIDE));
        for base in last.into_iter().chain(bases) {
            let ports = Self { base };
            if ports.taken(private)?.is_empty() {
                return Ok(ports);
            }
        }
        Err(
            Failure::new(Exit::ResourceExhausted, "no range of free ports was found")
                .remedy("name one with --port-base"),
        )
    }

    pub(crate) fn base(self) -> u16 {
        self.base
    }

    pub(crate) fn of(self, service: Service) -> u16 {
        self.base + service.offset()
    }

    pub(crate) fn postgres(self) -> u16 {
        self.base + POSTGRES
    }

    pub(crate) fn nats(self) -> u16 {
        self.base + NATS
    }

    fn taken(self, private: Private) -> Result<Vec<(u16, String)>, Failure> {
        if self.base == 0 || self.base > u16::MAX - NATS {
            return Err(Failure::invalid(format!(
                "--port-base {} leaves no room: choose one from 1 to {}",
                self.base,
                u16::MAX - NATS
            )));
        }
        let mut needed: Vec<(u16, String)> = Service::ALL
            .into_iter()
            .map(|service| (self.of(service), service.to_string()))
            .collect();
        if private.postgres {
            needed.push((self.postgres(), "PostgreSQL".to_owned()));
        }
        if private.nats {
            needed.push((self.nats(), "nats-server".to_owned()));
        }
        needed.retain(|(port, _)| !is_free(*port));
        Ok(needed)
    }
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: Private = Private {
        postgres: true,
        nats: true,
    };

    /// Others may hold ports beside it at any time, so it need not be the only one named.
    #[test]
    fn a_port_taken_is_named_with_its_remedy() {
        let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = holder.local_addr().unwrap().port();
        let failure = Ports::choose(Some(port - POSTGRES), None, BOTH).unwrap_err();
        let text = failure.to_string();
        assert_eq!(failure.exit(), Exit::AlreadyExists);
        assert!(
            text.contains(&port.to_string()) && text.contains("--port-base"),
            "{text}"
        );
    }

    #[test]
    fn without_a_wish_free_ports_are_found() {
        let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let last = holder.local_addr().unwrap().port() - NATS;
        let chosen = Ports::choose(None, Some(last), BOTH).unwrap();
        assert_ne!(chosen.base(), last);
    }

    #[test]
    fn a_base_without_room_is_refused() {
        let failure = Ports::choose(Some(65_530), None, BOTH).unwrap_err();
        assert_eq!(failure.exit(), Exit::InvalidArgument);
    }
}
