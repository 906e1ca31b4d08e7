// A program traced by OpenTelemetry's SDK for JavaScript; prints its spans as they should be read back.
// Run by test_opentelemetry_js.py; its argument is the address to send to.
const { context, SpanKind, SpanStatusCode, trace } = require("@opentelemetry/api");
const { OTLPTraceExporter } = require("@opentelemetry/exporter-trace-otlp-http");
const { resourceFromAttributes } = require("@opentelemetry/resources");
const { BasicTracerProvider, SimpleSpanProcessor } = require("@opentelemetry/sdk-trace-base");

const url = `${process.argv[2]}/v1/traces`;
const provider = new BasicTracerProvider({
  resource: resourceFromAttributes({ "service.name": "menu", "service.version": "step-10" }),
  spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter({ url }))],
});
const tracer = provider.getTracer("beer.scope", "1.2");

const root = tracer.startSpan("GET /pair/<kind>", {
  kind: SpanKind.SERVER,
  attributes: { "http.request.method": "GET", "http.route": "/pair/<kind>", rows: 60, share: 0.25 },
});
root.setAttributes({ größe: "\u{1F37A} ½", hit: true, names: ["ipa", "stout"] });
const query = tracer.startSpan(
  "SELECT beers",
  { kind: SpanKind.CLIENT, links: [{ context: root.spanContext(), attributes: { why: "asked" } }] },
  trace.setSpan(context.active(), root),
);
query.addEvent("retry", { attempt: 2 });
query.setStatus({ code: SpanStatusCode.ERROR, message: "no such beer" });
query.end();
root.end();

const nanoseconds = ([seconds, rest]) => BigInt(seconds) * 1_000_000_000n + BigInt(rest);
const tag = (value) =>
  typeof value === "boolean" ? String(value) : Array.isArray(value) ? JSON.stringify(value) : value;
const expected = [root, query].map((span) => ({
  trace_id: span.spanContext().traceId,
  id: span.spanContext().spanId,
  parent_id: span.parentSpanContext?.spanId ?? null,
  service: "menu",
  name: span.name,
  start: String(nanoseconds(span.startTime)),
  duration: Number(nanoseconds(span.endTime) - nanoseconds(span.startTime)),
  error: span === query ? 1 : 0,
  tags: {
    ...Object.fromEntries(Object.entries(span.attributes).map(([key, value]) => [key, tag(value)])),
    "span.kind": SpanKind[span.kind].toLowerCase(),
    "otel.scope.name": "beer.scope",
    "otel.scope.version": "1.2",
    version: "step-10",
  },
  events: span.events.map((event) => ({
    time: String(nanoseconds(event.time)),
    name: event.name,
    attributes: event.attributes,
  })),
  links: span.links.map((link) => ({
    trace_id: link.context.traceId,
    span_id: link.context.spanId,
    attributes: link.attributes,
  })),
}));
provider.shutdown().then(() => console.log(JSON.stringify(expected)));
