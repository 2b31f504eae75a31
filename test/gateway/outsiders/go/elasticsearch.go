package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/elastic/go-elasticsearch/v8"
	"github.com/elastic/go-elasticsearch/v8/esutil"
)

func sendElasticsearch(ctx context.Context, run Run) error {
	client, err := elasticsearch.NewClient(elasticsearch.Config{
		Addresses:           []string{run.Address},
		Username:            "watchkeeper",
		Password:            run.Options["token"],
		CompressRequestBody: true,
		RetryOnStatus:       []int{429, 502, 503, 504},
		MaxRetries:          10,
		RetryBackoff:        func(attempt int) time.Duration { return time.Duration(attempt) * 100 * time.Millisecond },
	})
	if err != nil {
		return err
	}
	var failure atomic.Value
	indexer, err := esutil.NewBulkIndexer(esutil.BulkIndexerConfig{
		Client:     client,
		Index:      "outsiders",
		NumWorkers: 3,
		FlushBytes: 128 * 1024,
		OnError:    func(_ context.Context, err error) { failure.Store(err.Error()) },
	})
	if err != nil {
		return err
	}
	for _, event := range run.Events {
		fields := event.Fields(run.Options["service"])
		fields["@timestamp"] = event.Time().Format(time.RFC3339Nano)
		body, err := json.Marshal(fields)
		if err != nil {
			return err
		}
		if err := indexer.Add(ctx, esutil.BulkIndexerItem{Action: "create", Body: bytes.NewReader(body)}); err != nil {
			return err
		}
	}
	if err := indexer.Close(ctx); err != nil {
		return err
	}
	stats := indexer.Stats()
	if reason := failure.Load(); reason != nil {
		return fmt.Errorf("%v", reason)
	}
	if stats.NumFlushed != uint64(len(run.Events)) || stats.NumFailed > 0 {
		return fmt.Errorf("%d flushed, %d failed", stats.NumFlushed, stats.NumFailed)
	}
	return nil
}
