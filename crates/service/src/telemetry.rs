//! Logs to the terminal or as JSON, metrics, and one trace across gRPC and NATS: the
//! W3C `traceparent` travels in tonic metadata, in NATS headers and in the event log.

mod export;

use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, TracerProvider,
};
use opentelemetry::{Context, global};
use tonic::metadata::MetadataMap;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

use crate::Error;
use crate::config::{LogFormat, TelemetrySettings};
use export::Export;

/// Name of the header and metadata key.
pub const TRACEPARENT: &str = "traceparent";

/// Keeps telemetry going; what is not yet sent goes out when it is dropped.
#[derive(Debug)]
pub struct Telemetry {
    export: Option<Export>,
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(export) = self.export.take() {
            export.shutdown();
        }
    }
}

/// Installs the process's subscriber and its meters: logs on stderr, traces and
/// metrics to the OTLP endpoint when one is set. Only a `main` calls it, within
/// the runtime and before a service starts.
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
    let export = settings
        .otlp_endpoint
        .as_deref()
        .map(|endpoint| Export::new(settings, endpoint, service))
        .transpose()?;
    let traces = export.as_ref().map(|export| {
        let spans = tracing_subscriber::filter::LevelFilter::INFO;
        tracing_opentelemetry::layer()
            .with_tracer(export.traces.tracer("orderwatch"))
            .with_filter(spans)
    });
    tracing_subscriber::registry()
        .with(output)
        .with(traces)
        .try_init()
        .map_err(telemetry_error)?;
    if let Some(export) = &export {
        global::set_meter_provider(export.metrics.clone());
    }
    Ok(Telemetry { export })
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
    use opentelemetry_sdk::trace::SdkTracerProvider;

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
