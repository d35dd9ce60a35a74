//! How the day gets to Orderwatch when nothing is pushed over gRPC.

use std::net::SocketAddr;
use std::sync::Arc;

use clap::Args;
use simulator::vendor::Credentials;
use simulator::{Shop, Vendors};

use super::live::Places;
use super::pace::Pace;
use super::pushing::Webhooks;
use super::served::Served;
use crate::failure::{Exit, Failure};
use crate::output;

/// The vendors, and who asks them.
#[derive(Debug, Args)]
#[group(id = "vendors")]
pub(crate) struct Arguments {
    /// Serve the shop's systems over HTTP as their vendors do, troubles included, and let
    /// connectors fetch the day.
    #[arg(long)]
    pub(super) connectors: bool,
    /// Serve them and do nothing else, so that connectors can be tried.
    #[arg(long, conflicts_with_all = ["connectors", "fast"])]
    pub(super) serve: bool,
    /// Where they are served.
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "127.0.0.1:0",
        hide_default_value = true
    )]
    listen: SocketAddr,
    /// Where ingest takes webhooks, such as http://127.0.0.1:7480; without it the carrier pushes
    /// nothing.
    #[arg(long, value_name = "URL", requires = "connectors")]
    webhooks: Option<String>,
    /// Token, key, salt and signing secret of all of them.
    #[arg(
        long,
        env = "ORDERWATCH_VENDOR_SECRET",
        hide_env_values = true,
        value_name = "SECRET",
        default_value = "simulated"
    )]
    vendor_secret: String,
}

impl Arguments {
    pub(super) fn places(&self) -> Result<Places, Failure> {
        let webhooks = self.webhooks.as_deref().map(Webhooks::of);
        Ok(Places {
            listen: self.listen,
            webhooks: webhooks.transpose()?,
            credentials: self.credentials(),
        })
    }

    fn credentials(&self) -> Credentials {
        Credentials::all(&self.vendor_secret)
    }
}

/// Serves the systems until somebody ends it.
pub(super) async fn serve(shop: Shop, arguments: &Arguments, pace: Pace) -> Result<(), Failure> {
    let vendors = Vendors::open(Arc::new(shop.live()), arguments.credentials());
    let served = Served::open(vendors, arguments.listen, pace).await?;
    for vendor in ["jushuitan", "kuaidi100", "hubspot", "customs"] {
        output::line(&format!("{vendor} {}", served.url(vendor)))?;
    }
    output::line(&format!("the day began at {}", shop.opens()))?;
    let ended = tokio::signal::ctrl_c().await;
    ended.map_err(|error| Failure::new(Exit::Internal, error.to_string()))
}
