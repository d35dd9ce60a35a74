//! How long a request may take: a limit for each, but none for a stream of requests,
//! which lasts as long as its client has something to say.

use std::collections::HashSet;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use prost::Message;
use prost_types::FileDescriptorSet;
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};

/// Gives every request its limit.
#[derive(Clone, Debug)]
pub(super) struct DeadlineLayer {
    limit: Duration,
    streams: Arc<HashSet<String>>,
}

impl DeadlineLayer {
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            limit,
            streams: Arc::new(client_streams(contracts::FILE_DESCRIPTOR_SET)),
        }
    }
}

impl<S> Layer<S> for DeadlineLayer {
    type Service = Deadline<S>;

    fn layer(&self, inner: S) -> Deadline<S> {
        Deadline {
            inner,
            layer: self.clone(),
        }
    }
}

/// Answers `DEADLINE_EXCEEDED` for requests that take longer than the limit.
#[derive(Clone, Debug)]
pub(super) struct Deadline<S> {
    inner: S,
    layer: DeadlineLayer,
}

impl<S, B> Service<http::Request<B>> for Deadline<S>
where
    S: Service<http::Request<B>, Response = http::Response<Body>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let is_stream = self.layer.streams.contains(request.uri().path());
        let limit = self.layer.limit;
        let answer = self.inner.call(request);
        if is_stream {
            return Box::pin(answer);
        }
        Box::pin(async move {
            tokio::time::timeout(limit, answer)
                .await
                .unwrap_or_else(|_| {
                    let message = format!(
                        "not done within {limit:?}; ask for less, or raise server.request_timeout"
                    );
                    Ok(Status::deadline_exceeded(message).into_http())
                })
        })
    }
}

/// Paths of the methods whose requests are streams.
fn client_streams(descriptors: &[u8]) -> HashSet<String> {
    let files = FileDescriptorSet::decode(descriptors)
        .unwrap_or_default()
        .file;
    let mut paths = HashSet::new();
    for file in files {
        for service in &file.service {
            for method in service
                .method
                .iter()
                .filter(|method| method.client_streaming())
            {
                paths.insert(format!(
                    "/{}.{}/{}",
                    file.package(),
                    service.name(),
                    method.name()
                ));
            }
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tower::ServiceExt;

    use super::*;

    async fn ask(path: &str) -> Option<String> {
        let slow = tower::service_fn(|_: http::Request<()>| async {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok::<_, Infallible>(http::Response::new(Body::empty()))
        });
        let request = http::Request::builder().uri(path).body(()).unwrap();
        let answer = DeadlineLayer::new(Duration::from_secs(1))
            .layer(slow)
            .oneshot(request)
            .await
            .unwrap();
        answer
            .headers()
            .get("grpc-status")
            .map(|code| code.to_str().unwrap().to_owned())
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_is_ended_at_its_limit_and_a_stream_of_requests_is_not() {
        let deadline_exceeded = Some("4".to_owned());
        assert_eq!(
            ask("/orderwatch.ingest.v1.IngestService/PushFacts").await,
            deadline_exceeded
        );
        assert_eq!(
            ask("/orderwatch.ingest.v1.IngestService/PushFactsStream").await,
            None
        );
    }
}
