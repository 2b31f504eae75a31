package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"time"

	lumberjack "github.com/elastic/go-lumber/client/v2"
)

const window = 500

func (run Run) windows(service string) [][]interface{} {
	var windows [][]interface{}
	for from := 0; from < len(run.Events); from += window {
		var events []interface{}
		for _, event := range run.Events[from:min(from+window, len(run.Events))] {
			fields := event.Fields(service)
			fields["@timestamp"] = event.Time().Format("2006-01-02T15:04:05.000Z")
			events = append(events, fields)
		}
		windows = append(windows, events)
	}
	return windows
}

// dialer connects plainly, or by TLS when the run names an authority.
func (run Run) dialer() (func(network, address string) (net.Conn, error), error) {
	file := run.Options["ca"]
	if file == "" {
		return net.Dial, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	config := &tls.Config{RootCAs: roots, ServerName: "localhost"}
	return func(network, address string) (net.Conn, error) {
		return tls.Dial(network, address, config)
	}, nil
}

func sendLumberjack(_ context.Context, run Run) error {
	dial, err := run.dialer()
	if err != nil {
		return err
	}
	client, err := lumberjack.SyncDialWith(dial, run.Address,
		lumberjack.CompressionLevel(run.Number("compression", 0)), lumberjack.Timeout(30*time.Second))
	if err != nil {
		return err
	}
	defer client.Close()
	for _, events := range run.windows(run.Options["service"]) {
		taken, err := client.Send(events)
		if err != nil {
			return err
		}
		if taken != len(events) {
			return fmt.Errorf("of %d events %d were confirmed", len(events), taken)
		}
	}
	return nil
}

func sendLumberjackAsync(ctx context.Context, run Run) error {
	client, err := lumberjack.AsyncDial(run.Address, run.Number("inflight", 4),
		lumberjack.CompressionLevel(run.Number("compression", 3)), lumberjack.Timeout(30*time.Second))
	if err != nil {
		return err
	}
	defer client.Close()
	windows := run.windows(run.Options["service"])
	results := make(chan error, len(windows))
	for _, events := range windows {
		expected := uint32(len(events))
		err := client.Send(func(seq uint32, err error) {
			if err == nil && seq != expected {
				err = fmt.Errorf("of %d events %d were confirmed", expected, seq)
			}
			results <- err
		}, events)
		if err != nil {
			return err
		}
	}
	for range windows {
		select {
		case err := <-results:
			if err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
