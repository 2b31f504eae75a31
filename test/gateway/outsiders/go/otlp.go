package main

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/log"
	sdk "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"

	"go.opentelemetry.io/otel/attribute"
)

var severities = map[string]log.Severity{
	"DEBUG": log.SeverityDebug, "INFO": log.SeverityInfo, "WARNING": log.SeverityWarn,
	"ERROR": log.SeverityError, "CRITICAL": log.SeverityFatal,
}

func sendOtlp(ctx context.Context, run Run) error {
	exporter, err := otlploghttp.New(ctx,
		otlploghttp.WithEndpointURL(run.Address+"/otlp/v1/logs"),
		otlploghttp.WithHeaders(map[string]string{"Authorization": "Bearer " + run.Options["token"]}),
		otlploghttp.WithCompression(otlploghttp.GzipCompression),
		otlploghttp.WithRetry(otlploghttp.RetryConfig{
			Enabled: true, InitialInterval: 100 * time.Millisecond,
			MaxInterval: time.Second, MaxElapsedTime: 30 * time.Second,
		}),
	)
	if err != nil {
		return err
	}
	failing := &failing{Exporter: exporter}
	provider := sdk.NewLoggerProvider(
		sdk.WithResource(resource.NewSchemaless(
			attribute.String("service.name", run.Options["service"]),
			attribute.StringSlice("process.command_args", []string{"a", "b"}))),
		sdk.WithProcessor(sdk.NewBatchProcessor(failing, sdk.WithMaxQueueSize(len(run.Events)+1))),
		sdk.WithAttributeCountLimit(-1),
	)
	logger := provider.Logger("outsiders")
	for _, event := range run.Events {
		var record log.Record
		record.SetTimestamp(event.Time())
		record.SetSeverity(severities[event.Level])
		record.SetBody(log.StringValue(event.Message))
		record.AddAttributes(log.Int("n", event.Number))
		for name, value := range event.Attributes {
			record.AddAttributes(log.KeyValue{Key: name, Value: valueOf(value)})
		}
		logger.Emit(ctx, record)
	}
	if err := provider.Shutdown(ctx); err != nil {
		return err
	}
	return failing.err
}

// failing remembers the error that the processor only logs.
type failing struct {
	sdk.Exporter
	err error
}

func (exporter *failing) Export(ctx context.Context, records []sdk.Record) error {
	err := exporter.Exporter.Export(ctx, records)
	if err != nil && exporter.err == nil {
		exporter.err = fmt.Errorf("export: %w", err)
	}
	return err
}

func valueOf(value any) log.Value {
	switch value := value.(type) {
	case string:
		return log.StringValue(value)
	case bool:
		return log.BoolValue(value)
	case float64:
		if value == float64(int64(value)) {
			return log.Int64Value(int64(value))
		}
		return log.Float64Value(value)
	case []any:
		values := make([]log.Value, len(value))
		for index, each := range value {
			values[index] = valueOf(each)
		}
		return log.SliceValue(values...)
	case map[string]any:
		var values []log.KeyValue
		for name, each := range value {
			values = append(values, log.KeyValue{Key: name, Value: valueOf(each)})
		}
		return log.MapValue(values...)
	default:
		return log.Value{}
	}
}
