"""OpenTelemetry: a span for each request and its stages, sent where ``OTEL_…`` variables say.

Imported only where traces are wanted; needs the extra ``tracing``. FastAPI's own spans, which it
makes where a global provider is set up, have queries and clients' addresses: none is set up here.
"""

from importlib.metadata import version
from time import perf_counter_ns, time_ns

from fastapi import Request
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator


class Traces:
    """The traces of one app, which go on where clients' ``traceparent`` headers began them.

    The variables that OpenTelemetry defines set the rest: ``OTEL_EXPORTER_OTLP_ENDPOINT``,
    ``OTEL_TRACES_SAMPLER``, ``OTEL_SERVICE_NAME`` and so on.
    """

    def __init__(self) -> None:
        own = Resource({"service.name": "lookalike", "service.version": version("lookalike")})
        self._provider = TracerProvider(resource=own.merge(OTELResourceDetector().detect()))
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("lookalike")
        self._propagator = TraceContextTextMapPropagator()

    def start(self, request: Request) -> "Trace":
        """The span of a request; paths are noted without their query, which may hold secrets."""
        span = self._tracer.start_span(
            request.method,
            self._propagator.extract(request.headers),
            SpanKind.SERVER,
            {
                "http.request.method": request.method,
                "url.path": request.url.path,
                "lookalike.request_id": request.state.request_id,
            },
        )
        return Trace(self._tracer, span, request.method)

    def close(self) -> None:
        """Send what is not sent yet."""
        self._provider.shutdown()


class Trace:
    """One request's span, and those of its stages below it."""

    def __init__(self, tracer: Tracer, span: Span, method: str) -> None:
        self._tracer = tracer
        self._method = method
        self._span = span
        self._context = set_span_in_context(span)
        self._zero = time_ns() - perf_counter_ns()

    @property
    def trace_id(self) -> str:
        """As the log has it."""
        return f"{self._span.get_span_context().trace_id:032x}"

    def add_stage(self, stage: str, start: float, end: float) -> None:
        """Note a stage that has ended, and when, in seconds of ``perf_counter``."""
        if self._span.is_recording():
            first, last = (self._zero + int(1e9 * moment) for moment in (start, end))
            self._tracer.start_span(stage, self._context, start_time=first).end(last)

    def end(self, route: str, status: int) -> None:
        """The request was answered."""
        if route:
            self._span.set_attribute("http.route", route)
            self._span.update_name(f"{self._method} {route}")
        self._span.set_attribute("http.response.status_code", status)
        if status >= 500:
            self._span.set_status(StatusCode.ERROR)
        self._span.end()
