package main

import (
	"context"
	"net"
	"strconv"

	"github.com/fluent/fluent-logger-golang/fluent"
)

// Each message waits for its confirmation.
func sendFluent(_ context.Context, run Run) error {
	host, text, err := net.SplitHostPort(run.Address)
	if err != nil {
		return err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return err
	}
	logger, err := fluent.New(fluent.Config{
		FluentHost:         host,
		FluentPort:         port,
		RequestAck:         true,
		SubSecondPrecision: true,
	})
	if err != nil {
		return err
	}
	defer logger.Close()
	for _, event := range run.Events[:min(run.Number("count", len(run.Events)), len(run.Events))] {
		fields := event.Fields(run.Options["service"])
		if err := logger.PostWithTime("outsiders", event.Time(), fields); err != nil {
			return err
		}
	}
	return nil
}
