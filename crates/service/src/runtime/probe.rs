//! Asks a running service whether it serves.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tonic::transport::Endpoint;
use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::Error;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks the gRPC health service of the process that listens at `address`.
///
/// # Errors
/// When nobody answers there within two seconds, or the answer is not "serving".
pub(super) async fn serves(address: SocketAddr) -> Result<(), Error> {
    let endpoint = format!("http://{}", reachable(address));
    let failed = |status: tonic::Status| Error::Upstream {
        upstream: "the service".to_owned(),
        endpoint: endpoint.clone(),
        status: Box::new(status),
    };
    let channel = Endpoint::from_shared(endpoint.clone())
        .map_err(|error| failed(tonic::Status::invalid_argument(error.to_string())))?
        .timeout(PATIENCE)
        .connect_timeout(PATIENCE)
        .connect_lazy();
    let request = HealthCheckRequest {
        service: String::new(),
    };
    let answer = HealthClient::new(channel)
        .check(request)
        .await
        .map_err(&failed)?
        .into_inner();
    if answer.status == ServingStatus::Serving as i32 {
        Ok(())
    } else {
        Err(failed(tonic::Status::unavailable("not serving")))
    }
}

/// An address that means every interface is reached on this machine's own.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_listens_everywhere_is_asked_on_this_machine() {
        let everywhere: SocketAddr = "0.0.0.0:7401".parse().unwrap();
        assert_eq!(reachable(everywhere).to_string(), "127.0.0.1:7401");
        let everywhere: SocketAddr = "[::]:7401".parse().unwrap();
        assert_eq!(reachable(everywhere).to_string(), "[::1]:7401");
    }

    #[tokio::test]
    async fn nobody_there_is_said_with_the_address() {
        let error = serves("127.0.0.1:1".parse().unwrap()).await.unwrap_err();
        assert!(error.to_string().contains("127.0.0.1:1"), "{error}");
    }
}
