//! Channels to other services, which carry the trace along.

use std::time::Duration;

use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use crate::{Error, telemetry};

/// A channel whose requests carry the current trace.
pub type Traced = InterceptedService<Channel, CarryTrace>;

/// Writes the current trace context into each request.
#[derive(Clone, Copy, Debug, Default)]
pub struct CarryTrace;

impl Interceptor for CarryTrace {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        telemetry::inject(request.metadata_mut());
        Ok(request)
    }
}

/// A channel to `endpoint` that connects when it is first used and again as
/// often as needed; a request takes at most `timeout`.
///
/// # Errors
/// [`Error::Endpoint`] when the address is malformed.
pub fn channel(endpoint: &str, timeout: Duration) -> Result<Traced, Error> {
    let malformed = |reason: String| Error::Endpoint {
        endpoint: endpoint.to_owned(),
        reason,
    };
    let parsed =
        Endpoint::from_shared(endpoint.to_owned()).map_err(|error| malformed(error.to_string()))?;
    if parsed.uri().host().is_none() || parsed.uri().scheme().is_none() {
        return Err(malformed("scheme or host is missing".to_owned()));
    }
    let channel = parsed
        .connect_timeout(Duration::from_secs(3))
        .timeout(timeout)
        .http2_keep_alive_interval(Duration::from_secs(20))
        .keep_alive_while_idle(true)
        .tcp_nodelay(true)
        .connect_lazy();
    Ok(InterceptedService::new(channel, CarryTrace))
}
