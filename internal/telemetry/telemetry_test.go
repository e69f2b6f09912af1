package telemetry

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric/noop"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
	metricspb "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collector is an OTLP collector that keeps the names of the metrics and spans it receives.
type collector struct {
	*httptest.Server
	mu                sync.Mutex
	metrics, spans    []string
	services, headers []string
}

// newCollector starts a collector, which the test's end closes.
func newCollector(t *testing.T) *collector {
	c := new(collector)
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.headers = append(c.headers, r.Header.Get("X-Key"))
		switch r.URL.Path {
		case "/v1/metrics":
			var req metricspb.ExportMetricsServiceRequest
			if err := proto.Unmarshal(body, &req); err != nil {
				t.Errorf("metrics: %v", err)
			}
			for _, rm := range req.GetResourceMetrics() {
				for _, a := range rm.GetResource().GetAttributes() {
					c.services = append(c.services, a.GetKey()+"="+a.GetValue().GetStringValue())
				}
				for _, sm := range rm.GetScopeMetrics() {
					for _, m := range sm.GetMetrics() {
						c.metrics = append(c.metrics, m.GetName())
					}
				}
			}
		case "/v1/traces":
			var req tracepb.ExportTraceServiceRequest
			if err := proto.Unmarshal(body, &req); err != nil {
				t.Errorf("spans: %v", err)
			}
			for _, rs := range req.GetResourceSpans() {
				for _, ss := range rs.GetScopeSpans() {
					for _, s := range ss.GetSpans() {
						c.spans = append(c.spans, s.GetName())
					}
				}
			}
		default:
			t.Errorf("request for %s", r.URL.Path)
		}
	}))
	t.Cleanup(c.Close)
	return c
}

// clean unsets the variables of the environment, and the providers that an earlier test set up.
func clean(t *testing.T) {
	t.Helper()
	for _, name := range []string{"OTEL_SDK_DISABLED", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_METRICS_EXPORTER", "OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_PROTOCOL"} {
		t.Setenv(name, "")
	}
	otel.SetMeterProvider(noop.NewMeterProvider())
	otel.SetTracerProvider(tracenoop.NewTracerProvider())
}

// measure makes a metric and a span with the providers that are set up.
func measure(t *testing.T) {
	t.Helper()
	counter, err := otel.Meter("test").Int64Counter("things")
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(t.Context(), 1)
	_, span := otel.Tracer("test").Start(t.Context(), "work")
	span.End()
}

func TestWhatWasMeasuredArrivesBeforeTheEnd(t *testing.T) {
	for name, c := range map[string]struct {
		env            map[string]string
		metrics, spans int
	}{
		"an endpoint":            {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "URL"}, 1, 1},
		"an endpoint of metrics": {map[string]string{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "URL/v1/metrics"}, 1, 0},
		"an endpoint of traces":  {map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "URL/v1/traces"}, 0, 1},
		"metrics turned off":     {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "URL", "OTEL_METRICS_EXPORTER": "none"}, 0, 1},
		"traces by name":         {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "URL", "OTEL_METRICS_EXPORTER": "none", "OTEL_TRACES_EXPORTER": "otlp"}, 0, 1},
		"all turned off":         {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "URL", "OTEL_SDK_DISABLED": "true"}, 0, 0},
		"the protocol by name":   {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "URL", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, 1, 1},
		"nothing":                {nil, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			clean(t)
			got := newCollector(t)
			for key, value := range c.env {
				t.Setenv(key, strings.Replace(value, "URL", got.URL, 1))
			}
			t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=secret")
			stop, err := Start(t.Context(), "1.2.3", func(err error) { t.Errorf("reported: %v", err) })
			if err != nil {
				t.Fatal(err)
			}
			measure(t)
			if err := stop(t.Context()); err != nil {
				t.Error(err)
			}
			if len(got.metrics) != c.metrics || len(got.spans) != c.spans {
				t.Errorf("metrics %q, spans %q; want %d and %d", got.metrics, got.spans, c.metrics, c.spans)
			}
			if slices.ContainsFunc(got.headers, func(h string) bool { return h != "secret" }) {
				t.Errorf("headers %q", got.headers)
			}
			for _, want := range []string{"service.name=terraform-provider-nanogit", "service.version=1.2.3"} {
				if c.metrics > 0 && !slices.Contains(got.services, want) {
					t.Errorf("the resource is %q, without %s", got.services, want)
				}
			}
		})
	}
}

func TestTheEnvironmentNamesTheService(t *testing.T) {
	clean(t)
	got := newCollector(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", got.URL)
	t.Setenv("OTEL_SERVICE_NAME", "deploy")
	stop, err := Start(t.Context(), "1", func(error) {})
	if err != nil {
		t.Fatal(err)
	}
	measure(t)
	if err := stop(t.Context()); err != nil {
		t.Error(err)
	}
	if !slices.Contains(got.services, "service.name=deploy") {
		t.Errorf("the resource is %q", got.services)
	}
}

func TestWithoutTheVariablesNothingRuns(t *testing.T) {
	clean(t)
	before := runtime.NumGoroutine()
	stop, err := Start(t.Context(), "1", nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines more", n-before)
	}
	if err := stop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestVariablesThatMakeNoSenseAreReported(t *testing.T) {
	for name, value := range map[string]string{"OTEL_METRICS_EXPORTER": "prometheus", "OTEL_TRACES_EXPORTER": "zipkin", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"} {
		clean(t)
		t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
		if name != "OTEL_EXPORTER_OTLP_PROTOCOL" {
			t.Setenv("OTEL_SDK_DISABLED", "false")
		}
		t.Setenv(name, value)
		stop, err := Start(t.Context(), "1", func(error) {})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%s: %v", name, value, err)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		_ = stop(ended) // nobody listens
	}
}

func TestStopEndsWithItsContext(t *testing.T) {
	clean(t)
	release := make(chan struct{})
	hangs := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer hangs.Close()
	defer close(release)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", hangs.URL)
	stop, err := Start(t.Context(), "1", func(error) {})
	if err != nil {
		t.Fatal(err)
	}
	measure(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := stop(ended); err == nil {
		t.Error("nothing was sent, and nothing is said")
	}
}
