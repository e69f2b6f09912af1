// Package telemetry sends metrics and spans to the address in OpenTelemetry's standard environment
// variables. Where they are not set, it does nothing.
//
//	OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_METRICS_EXPORTER, … ──► Start ──► the process's meter and tracer providers ──► OTLP over HTTP
//
// The variables are those of the OpenTelemetry specification ("SDK environment variables", "OTLP
// exporter configuration"). The exporters read most of them themselves: headers, timeouts,
// certificates, sampling, intervals.
package telemetry

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

// serviceName is the service's name where OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES give none.
const serviceName = "terraform-provider-nanogit"

// Start begins the exports that the environment asks for. stop sends everything measured until
// then, within the time of its context, and ends the exports; it is never nil. Where the
// environment asks for nothing, Start does nothing. Failures of later exports are passed to report,
// which may be called from a background goroutine. The error names a variable whose value is
// invalid; the other exports run all the same.
func Start(ctx context.Context, version string, report func(error)) (stop func(context.Context) error, err error) {
	stop = func(context.Context) error { return nil }
	metrics, metricsErr := asked("METRICS")
	traces, tracesErr := asked("TRACES")
	err = errors.Join(metricsErr, tracesErr)
	if !metrics && !traces {
		return stop, err
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(report))
	from, resErr := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", serviceName), attribute.String("service.version", version)),
		resource.WithTelemetrySDK(), resource.WithFromEnv())
	err = errors.Join(err, resErr)
	var stops []func(context.Context) error
	if metrics {
		exporter, expErr := otlpmetrichttp.New(ctx)
		if expErr == nil {
			p := metric.NewMeterProvider(metric.WithReader(metric.NewPeriodicReader(exporter)), metric.WithResource(from))
			otel.SetMeterProvider(p)
			stops = append(stops, p.Shutdown)
		}
		err = errors.Join(err, expErr)
	}
	if traces {
		exporter, expErr := otlptracehttp.New(ctx)
		if expErr == nil {
			p := trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(from))
			otel.SetTracerProvider(p)
			stops = append(stops, p.Shutdown)
		}
		err = errors.Join(err, expErr)
	}
	return func(ctx context.Context) error {
		// Concurrently: an export that waits for an absent collector must not use up the other's
		// time.
		errs := make([]error, len(stops))
		var wg sync.WaitGroup
		for i, stop := range stops {
			wg.Go(func() { errs[i] = stop(ctx) })
		}
		wg.Wait()
		return errors.Join(errs...)
	}, err
}

// asked reports whether the environment asks for the export of "METRICS" or "TRACES". The
// specification has an SDK export by default; a plugin whose environment sets nothing does not.
func asked(signal string) (bool, error) {
	if strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") {
		return false, nil
	}
	endpoint := os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") + os.Getenv("OTEL_EXPORTER_OTLP_"+signal+"_ENDPOINT")
	name := "OTEL_" + signal + "_EXPORTER"
	switch exporter := os.Getenv(name); exporter {
	case "":
		if endpoint == "" {
			return false, nil
		}
	case "none":
		return false, nil
	case "otlp":
	default:
		return false, fmt.Errorf("%s: %.40q is neither otlp nor none", name, exporter)
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_" + signal + "_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"} {
		switch protocol := os.Getenv(name); protocol {
		case "":
			continue
		case "http/protobuf":
			return true, nil
		default:
			return false, fmt.Errorf("%s: %.40q is not http/protobuf (port 4318 of a collector)", name, protocol)
		}
	}
	return true, nil
}
