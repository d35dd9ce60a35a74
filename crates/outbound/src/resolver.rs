//! Names become addresses here and nowhere else, so that what was checked is what is called.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::destinations::Destinations;

/// Hands out only addresses that may be called.
pub(crate) struct Checked {
    pub(crate) destinations: Arc<Destinations>,
    pub(crate) names: Arc<dyn Resolve>,
}

/// The machine's own resolver.
#[derive(Debug)]
pub(crate) struct System;

/// A name has no address.
#[derive(Debug, thiserror::Error)]
#[error("it has no address")]
struct Nowhere;

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let resolving = self.names.resolve(name);
        let destinations = Arc::clone(&self.destinations);
        Box::pin(async move {
            let mut admitted = Vec::new();
            let mut refused = None;
            for found in resolving.await? {
                match destinations.admit(&host, found.ip()) {
                    // Neither a port nor a zone of the resolver's choice.
                    Ok(()) => admitted.push(SocketAddr::new(found.ip(), 0)),
                    Err(refusal) => refused = Some(refusal),
                }
            }
            match refused {
                _ if !admitted.is_empty() => Ok(Box::new(admitted.into_iter()) as Addrs),
                Some(refusal) => Err(refusal.into()),
                None => Err(Nowhere.into()),
            }
        })
    }
}

impl Resolve for System {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(Box::new(found.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}
