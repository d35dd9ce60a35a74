//! A collector that receives over OTLP what a service tells in numbers.

use std::collections::BTreeMap;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{Metric, NumberDataPoint};
use service::config::TelemetrySettings;
use tokio::sync::watch;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

/// The last export, by what it tells of whom: `metric{attribute="value",…}`.
pub(crate) type Exported = BTreeMap<String, f64>;

pub(crate) struct Collector {
    endpoint: String,
    exported: watch::Receiver<Exported>,
}

impl Collector {
    pub(crate) async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let (sender, exported) = watch::channel(Exported::new());
        let server = tonic::transport::Server::builder()
            .add_service(MetricsServiceServer::new(Receiving(sender)))
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(server);
        Self { endpoint, exported }
    }

    /// Settings that send to it.
    pub(crate) fn settings(&self, every: Duration) -> TelemetrySettings {
        TelemetrySettings {
            otlp_endpoint: Some(self.endpoint.clone()),
            metrics_every: every.into(),
            ..TelemetrySettings::default()
        }
    }

    /// What was received last.
    pub(crate) fn last(&self) -> Exported {
        self.exported.borrow().clone()
    }

    /// Waits for an export as a test wants it.
    pub(crate) async fn until(&self, wanted: impl Fn(&Exported) -> bool) -> Exported {
        let mut exported = self.exported.clone();
        let awaited = exported.wait_for(|exported| wanted(exported));
        match tokio::time::timeout(Duration::from_secs(30), awaited).await {
            Ok(exported) => exported.unwrap().clone(),
            Err(_) => panic!("in vain: {:#?}", self.last()),
        }
    }
}

struct Receiving(watch::Sender<Exported>);

#[tonic::async_trait]
impl MetricsService for Receiving {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let mut exported = Exported::new();
        for resource in request.into_inner().resource_metrics {
            let told = resource.resource.unwrap_or_default().attributes;
            exported.insert(format!("resource{}", attributes(&told)), 1.0);
            let scopes = resource.scope_metrics.into_iter();
            for metric in scopes.flat_map(|scope| scope.metrics) {
                exported.extend(points(&metric));
            }
        }
        self.0.send_replace(exported);
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

fn points(metric: &Metric) -> Vec<(String, f64)> {
    let points = match metric.data.as_ref().unwrap() {
        Data::Gauge(gauge) => &gauge.data_points,
        Data::Sum(sum) => &sum.data_points,
        other => panic!("neither gauge nor sum: {other:?}"),
    };
    let named = |point: &NumberDataPoint| {
        let name = format!("{}{}", metric.name, attributes(&point.attributes));
        let value = match point.value.unwrap() {
            Number::AsDouble(value) => value,
            Number::AsInt(value) => value as f64,
        };
        (name, value)
    };
    points.iter().map(named).collect()
}

/// In the order of their names, without what the SDK says of itself.
fn attributes(all: &[KeyValue]) -> String {
    let mut told: Vec<String> = all
        .iter()
        .filter(|one| !one.key.starts_with("telemetry.sdk."))
        .map(|one| {
            let value = one.value.as_ref().and_then(|value| value.value.as_ref());
            let Some(Value::StringValue(text)) = value else {
                panic!("{one:?}");
            };
            format!("{}={text:?}", one.key)
        })
        .collect();
    told.sort();
    format!("{{{}}}", told.join(","))
}
