//! Traces and metrics on their way to the OTLP endpoint.

use opentelemetry::KeyValue;
use opentelemetry_otlp::{MetricExporter, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};

use super::telemetry_error;
use crate::Error;
use crate::config::TelemetrySettings;

/// What sends to one endpoint.
#[derive(Debug)]
pub(super) struct Export {
    pub(super) traces: SdkTracerProvider,
    pub(super) metrics: SdkMeterProvider,
}

impl Export {
    /// Sets up sending to an endpoint in the name of a service.
    pub(super) fn new(
        settings: &TelemetrySettings,
        endpoint: &str,
        service: &str,
    ) -> Result<Self, Error> {
        let resource = Resource::builder()
            .with_attribute(KeyValue::new("service.name", service.to_owned()))
            .build();
        Ok(Self {
            traces: traces(settings, endpoint, resource.clone())?,
            metrics: metrics(settings, endpoint, resource)?,
        })
    }

    /// Sends what is not yet sent, and then nothing any more.
    pub(super) fn shutdown(&self) {
        // Nobody is left to be told.
        let _ = self.metrics.shutdown();
        let _ = self.traces.shutdown();
    }
}

fn traces(
    settings: &TelemetrySettings,
    endpoint: &str,
    resource: Resource,
) -> Result<SdkTracerProvider, Error> {
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .build()
        .map_err(telemetry_error)?;
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(settings.sample_ratio)));
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(sampler)
        .with_resource(resource)
        .build())
}

fn metrics(
    settings: &TelemetrySettings,
    endpoint: &str,
    resource: Resource,
) -> Result<SdkMeterProvider, Error> {
    let exporter = MetricExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .build()
        .map_err(telemetry_error)?;
    let reader = PeriodicReader::builder(exporter)
        .with_interval(settings.metrics_every.duration())
        .build();
    Ok(SdkMeterProvider::builder()
        .with_reader(reader)
        .with_resource(resource)
        .build())
}
