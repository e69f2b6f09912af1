package objstore

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// scope is the name under which OpenTelemetry files the measurements of this package.
const scope = "github.com/nanogit/terraform-provider-nanogit/internal/objstore"

// The instruments of a Metered. Each measurement says the type of the store
// (nanogit.object_cache.type) and the operation (nanogit.object_cache.operation: get, put,
// get_note, set_note).
const (
	metricObjects  = "nanogit.object_cache.objects"            // {object}; result: hit, miss; of a put: sent, failed
	metricBytes    = "nanogit.object_cache.io"                 // By, content that was got or put
	metricDuration = "nanogit.object_cache.operation.duration" // s; error.type where it failed
)

// MeterOptions say how measurements are labelled and where they go.
type MeterOptions struct {
	// Type is the type of the store, as in object_cache.
	Type string
	// Meter and Tracer take the measurements; nil is the provider that is registered with
	// OpenTelemetry, which by default does nothing.
	Meter  metric.MeterProvider
	Tracer trace.TracerProvider
}

// Totals are the calls, objects and bytes that went through a Metered since it was made.
type Totals struct {
	Gets, Puts       int64 // calls
	Hits, Misses     int64 // objects
	Put              int64 // objects handed to the store without an error
	BytesIn, Bytes   int64 // of content put, and got
	Errors           int64 // calls that failed
	GetTime, PutTime time.Duration
}

// String returns the totals as a line for a log.
func (t Totals) String() string {
	return fmt.Sprintf("%d gets in %s: %d hits (%d bytes), %d misses; %d puts in %s: %d objects (%d bytes); %d errors",
		t.Gets, t.GetTime.Round(time.Microsecond), t.Hits, t.Bytes, t.Misses,
		t.Puts, t.PutTime.Round(time.Microsecond), t.Put, t.BytesIn, t.Errors)
}

// Metered measures a store: hits, misses, bytes, time and errors, as OpenTelemetry metrics and
// spans and as totals.
type Metered struct {
	store    Store
	tracer   trace.Tracer
	kind     attribute.KeyValue
	objects  metric.Int64Counter
	bytes    metric.Int64Counter
	duration metric.Float64Histogram

	gets, puts, hits, misses, put, bytesIn, bytesOut, errs, getTime, putTime atomic.Int64
}

// NewMetered returns s with measurements. Closing it closes s.
func NewMetered(s Store, o MeterOptions) (*Metered, error) {
	if o.Meter == nil {
		o.Meter = otel.GetMeterProvider()
	}
	if o.Tracer == nil {
		o.Tracer = otel.GetTracerProvider()
	}
	m := &Metered{store: s, tracer: o.Tracer.Tracer(scope), kind: attribute.String("nanogit.object_cache.type", o.Type)}
	meter := o.Meter.Meter(scope)
	var errs [3]error
	m.objects, errs[0] = meter.Int64Counter(metricObjects, metric.WithUnit("{object}"),
		metric.WithDescription("Objects that the object cache was asked for and that it was given."))
	m.bytes, errs[1] = meter.Int64Counter(metricBytes, metric.WithUnit("By"),
		metric.WithDescription("Content that was read from and written to the object cache."))
	m.duration, errs[2] = meter.Float64Histogram(metricDuration, metric.WithUnit("s"),
		metric.WithDescription("How long operations of the object cache took."),
		metric.WithExplicitBucketBoundaries(.0001, .0005, .001, .005, .01, .05, .1, .5, 1, 2, 5, 10))
	return m, errors.Join(errs[:]...)
}

// Totals returns the measurements up to now.
func (m *Metered) Totals() Totals {
	return Totals{
		Gets: m.gets.Load(), Puts: m.puts.Load(), Hits: m.hits.Load(), Misses: m.misses.Load(), Put: m.put.Load(),
		BytesIn: m.bytesIn.Load(), Bytes: m.bytesOut.Load(), Errors: m.errs.Load(),
		GetTime: time.Duration(m.getTime.Load()), PutTime: time.Duration(m.putTime.Load()),
	}
}

// call is an operation under way.
type call struct {
	m         *Metered
	span      trace.Span
	operation attribute.KeyValue
	began     time.Time
}

func (m *Metered) begin(ctx context.Context, operation string, n int) (context.Context, call) {
	c := call{m: m, operation: attribute.String("nanogit.object_cache.operation", operation), began: time.Now()}
	ctx, c.span = m.tracer.Start(ctx, "object_cache "+operation, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(m.kind, c.operation, attribute.Int("nanogit.object_cache.batch_size", n)))
	return ctx, c
}

// count adds objects with a result.
func (c call) count(ctx context.Context, result string, n int64) {
	if n > 0 {
		c.m.objects.Add(ctx, n, metric.WithAttributes(c.m.kind, c.operation, attribute.String("nanogit.object_cache.result", result)))
	}
}

// end ends the operation; took is the sum that its time is added to.
func (c call) end(ctx context.Context, err error, bytes int64, took *atomic.Int64) {
	ctx = context.WithoutCancel(ctx) // a cancelled operation is counted too
	d := time.Since(c.began)
	took.Add(int64(d))
	attributes := []attribute.KeyValue{c.m.kind, c.operation}
	if bytes > 0 {
		c.m.bytes.Add(ctx, bytes, metric.WithAttributes(attributes...))
		c.span.SetAttributes(attribute.Int64("nanogit.object_cache.bytes", bytes))
	}
	if err != nil {
		c.m.errs.Add(1)
		attributes = append(attributes, attribute.String("error.type", errorType(err)))
		// The error's text stays here: it may name servers and directories.
		c.span.SetStatus(codes.Error, errorType(err))
	}
	c.m.duration.Record(ctx, d.Seconds(), metric.WithAttributes(attributes...))
	c.span.End()
}

// errorType returns a word for the class of an error.
func errorType(err error) string {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, ErrCorrupt):
		return "corrupt"
	case errors.Is(err, ErrClosed):
		return "closed"
	case errors.Is(err, ErrInvalid):
		return "invalid"
	}
	return "unavailable"
}

// Get measures a Get.
func (m *Metered) Get(ctx context.Context, ids []gitobj.ID) ([]Object, error) {
	ctx, c := m.begin(ctx, "get", len(ids))
	objects, err := m.store.Get(ctx, ids)
	var hits, bytes int64
	for _, o := range objects {
		if o.Held() {
			hits++
			bytes += int64(len(o.Data))
		}
	}
	misses := int64(len(ids)) - hits
	m.gets.Add(1)
	m.hits.Add(hits)
	m.misses.Add(misses)
	m.bytesOut.Add(bytes)
	c.count(ctx, "hit", hits)
	c.count(ctx, "miss", misses)
	c.span.SetAttributes(attribute.Int64("nanogit.object_cache.hits", hits))
	c.end(ctx, err, bytes, &m.getTime)
	return objects, err
}

// Put measures a Put.
func (m *Metered) Put(ctx context.Context, objects []Object) error {
	ctx, c := m.begin(ctx, "put", len(objects))
	var bytes int64
	for _, o := range objects {
		bytes += int64(len(o.Data))
	}
	n := int64(len(objects))
	err := m.store.Put(ctx, objects)
	m.puts.Add(1)
	if err == nil {
		m.put.Add(n)
		m.bytesIn.Add(bytes)
		c.count(ctx, "sent", n)
	} else {
		bytes = 0
		c.count(ctx, "failed", n)
	}
	c.end(ctx, err, bytes, &m.putTime)
	return err
}

// Hint measures a Hint.
func (m *Metered) Hint(ctx context.Context, key string) ([]byte, error) {
	ctx, c := m.begin(ctx, "get_note", 1)
	value, err := Hint(ctx, m.store, key)
	c.end(ctx, err, int64(len(value)), &m.getTime)
	return value, err
}

// SetHint measures a SetHint.
func (m *Metered) SetHint(ctx context.Context, key string, value []byte) error {
	ctx, c := m.begin(ctx, "set_note", 1)
	err := SetHint(ctx, m.store, key, value)
	c.end(ctx, err, int64(len(value)), &m.putTime)
	return err
}

// Close closes the store.
func (m *Metered) Close() error { return m.store.Close() }
