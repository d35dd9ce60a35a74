//! Logs to the terminal or as JSON, and one trace across gRPC and NATS: the
//! W3C `traceparent` travels in tonic metadata, in NATS headers and in the event log.

use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tonic::metadata::MetadataMap;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

use crate::Error;
use crate::config::{LogFormat, TelemetrySettings};

/// Name of the header and metadata key.
pub const TRACEPARENT: &str = "traceparent";

/// Keeps telemetry going; what is not yet sent goes out when it is dropped.
#[derive(Debug)]
pub struct Telemetry {
    provider: Option<SdkTracerProvider>,
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(provider) = self.provider.take() {
            // Nobody is left to be told.
            let _ = provider.shutdown();
        }
    }
}

/// Installs the process's subscriber: logs on stderr, traces to the OTLP
/// endpoint when one is set. Only a `main` calls it, within the runtime.
///
/// # Errors
/// [`Error::Telemetry`] for a malformed filter or endpoint, or a second call.
pub fn install(settings: &TelemetrySettings, service: &str) -> Result<Telemetry, Error> {
    let filter = EnvFilter::try_new(&settings.filter).map_err(telemetry_error)?;
    let output: Box<dyn Layer<Registry> + Send + Sync> = match settings.format {
        LogFormat::Text => fmt::layer()
            .with_writer(std::io::stderr)
            .with_target(false)
            .with_filter(filter)
            .boxed(),
        LogFormat::Json => fmt::layer()
            .json()
            .flatten_event(true)
            .with_writer(std::io::stderr)
            .with_filter(filter)
            .boxed(),
    };
    let provider = settings
        .otlp_endpoint
        .as_deref()
        .map(|endpoint| provider(settings, endpoint, service))
        .transpose()?;
    let traces = provider.as_ref().map(|provider| {
        let spans = tracing_subscriber::filter::LevelFilter::INFO;
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("orderwatch"))
            .with_filter(spans)
    });
    tracing_subscriber::registry()
        .with(output)
        .with(traces)
        .try_init()
        .map_err(telemetry_error)?;
    Ok(Telemetry { provider })
}

fn provider(
    settings: &TelemetrySettings,
    endpoint: &str,
    service: &str,
) -> Result<SdkTracerProvider, Error> {
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .build()
        .map_err(telemetry_error)?;
    let resource = Resource::builder()
        .with_attribute(KeyValue::new("service.name", service.to_owned()))
        .build();
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(settings.sample_ratio)));
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(sampler)
        .with_resource(resource)
        .build())
}

fn telemetry_error(error: impl std::fmt::Display) -> Error {
    Error::Telemetry(error.to_string())
}

/// The trace context of the current span, when it is traced.
#[must_use]
pub fn traceparent() -> Option<String> {
    let context = Span::current().context();
    let span = context.span();
    let span = span.span_context();
    span.is_valid().then(|| {
        format!(
            "00-{}-{}-{:02x}",
            span.trace_id(),
            span.span_id(),
            span.trace_flags().to_u8()
        )
    })
}

/// Makes a span go on with the trace that a `traceparent` names.
pub fn continue_trace(span: &Span, traceparent: Option<&str>) {
    if let Some(parent) = traceparent.and_then(parse) {
        // Fails only for a span that no tracer watches.
        let _ = span.set_parent(Context::new().with_remote_span_context(parent));
    }
}

/// Ties a span to a further trace, for a batch of several causes.
pub fn link_trace(span: &Span, traceparent: Option<&str>) {
    if let Some(cause) = traceparent.and_then(parse) {
        span.add_link(cause);
    }
}

/// Writes the current trace context into gRPC metadata.
pub fn inject(metadata: &mut MetadataMap) {
    if let Some(value) = traceparent().and_then(|text| text.parse().ok()) {
        metadata.insert(TRACEPARENT, value);
    }
}

/// W3C Trace Context, version 00: `00-<trace id>-<span id>-<flags>`.
fn parse(text: &str) -> Option<SpanContext> {
    let mut parts = text.trim().split('-');
    let (_version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?);
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    let context = SpanContext::new(trace, span, flags, true, TraceState::default());
    context.is_valid().then_some(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_span_goes_on_with_the_trace_of_its_cause() {
        let provider = SdkTracerProvider::builder().build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let span = tracing::info_span!("handle");
            continue_trace(&span, Some(PARENT));
            let told = span.in_scope(traceparent).unwrap();
            assert!(
                told.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"),
                "{told}"
            );
        });
    }

    #[test]
    fn a_malformed_traceparent_is_no_trace() {
        assert!(parse("00-xyz-1-01").is_none());
        assert!(parse("00-00000000000000000000000000000000-00f067aa0ba902b7-01").is_none());
    }
}
