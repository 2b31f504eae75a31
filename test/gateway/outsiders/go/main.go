// Sends the events of a file through a client that others wrote, so that the
// test can compare what arrived with what was sent.
//
// Usage: outsiders <client> <address> <events.json> [option=value …]
// It ends with 0 once the client says that all events were taken.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Event is one line of the test's corpus.
type Event struct {
	Number     int            `json:"n"`
	Millis     int64          `json:"ms"`
	Level      string         `json:"level"`
	Message    string         `json:"message"`
	Attributes map[string]any `json:"attributes"`
}

// Fields is the event as loggers write it, without its time.
func (event Event) Fields(service string) map[string]any {
	fields := map[string]any{"level": event.Level, "message": event.Message, "service": service, "n": event.Number}
	for name, value := range event.Attributes {
		fields[name] = value
	}
	return fields
}

// Time is the event's time, with ns below the ms.
func (event Event) Time() time.Time {
	return time.UnixMilli(event.Millis).Add(654_321 * time.Nanosecond).UTC()
}

// Run is how a client is called.
type Run struct {
	Address string
	Events  []Event
	Options map[string]string
}

// Number reads an option.
func (run Run) Number(name string, otherwise int) int {
	if number, err := strconv.Atoi(run.Options[name]); err == nil {
		return number
	}
	return otherwise
}

var clients = map[string]func(context.Context, Run) error{
	"lumberjack":       sendLumberjack,
	"lumberjack-async": sendLumberjackAsync,
	"fluent":           sendFluent,
	"elasticsearch":    sendElasticsearch,
	"otlp":             sendOtlp,
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 3 {
		return fmt.Errorf("usage: outsiders <client> <address> <events.json> [option=value …]")
	}
	send, ok := clients[args[0]]
	if !ok {
		return fmt.Errorf("there is no client %q", args[0])
	}
	text, err := os.ReadFile(args[2])
	if err != nil {
		return err
	}
	run := Run{Address: args[1], Options: map[string]string{}}
	if err := json.Unmarshal(text, &run.Events); err != nil {
		return err
	}
	for _, option := range args[3:] {
		name, value, _ := strings.Cut(option, "=")
		run.Options[name] = value
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return send(ctx, run)
}
