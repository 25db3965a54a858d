package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"sync"
	"time"

	"connectrpc.com/connect"

	catalogv1 "lanyard/gen/lanyard/catalog/v1"
	"lanyard/gen/lanyard/catalog/v1/catalogv1connect"
)

var assetLink = regexp.MustCompile(`/assets/[^"']+\.(?:js|css)`)

// measureBundle is what the attendee's pages load besides themselves.
func measureBundle(ctx context.Context, s *server, _ *organiser) error {
	page, err := get(ctx, s.base+"/o/midlands-life-sciences")
	if err != nil {
		return err
	}
	total := 0
	seen := map[string]bool{}
	for _, path := range assetLink.FindAllString(string(page), -1) {
		if seen[path] {
			continue
		}
		seen[path] = true
		b, err := get(ctx, s.base+path)
		if err != nil {
			return err
		}
		var z bytes.Buffer
		w, _ := gzip.NewWriterLevel(&z, gzip.BestCompression) // the level is a known one
		if _, err := w.Write(b); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		total += z.Len()
	}
	print("bundle_kb", float64(total)/1024, "kB", "-")
	return nil
}

func get(ctx context.Context, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s", url, resp.Status)
	}
	return io.ReadAll(resp.Body)
}

const listedEvents = 10_000

var (
	topics    = []string{"data", "devices", "trials", "funding", "ai", "regulation", "nursing", "imaging"}
	countries = []string{"United Kingdom", "Ireland", "France", "Germany", "Poland", "Spain"}
	subjects  = []string{"Cardiac", "Digital", "Rapid", "Open", "Rural", "Genomic", "Urban", "Paediatric"}
)

// measureList is the programme with ten thousand events, searched and filtered
// at random.
func measureList(ctx context.Context, s *server, o *organiser) error {
	var csv bytes.Buffer
	csv.WriteString("external_id,title,mode,starts_on,ends_on,timezone,city,country,topic,url\n")
	today := time.Now()
	for i := range listedEvents {
		day := today.AddDate(0, 0, 1+i%360).Format(time.DateOnly)
		fmt.Fprintf(&csv, "bench-%d,%s %s meeting %d,in_person,%s,%s,Europe/London,Leeds,%s,%s,https://example.org/%d\n",
			i, subjects[i%8], topics[i/8%8], i, day, day, countries[i%6], topics[i%8], i)
	}
	began := time.Now()
	r, err := o.events.ImportEvents(ctx, &catalogv1.ImportEventsRequest{OrgId: o.org, RequestId: o.requestID(), Csv: csv.Bytes(), Publish: true})
	if err != nil {
		return err
	}
	if r.GetCreated() != listedEvents {
		return fmt.Errorf("%d of %d events were imported", r.GetCreated(), listedEvents)
	}
	print("import_events_per_s", listedEvents/time.Since(began).Seconds(), "events/s", "-")

	const readers, each = 8, 250
	took := make([][]time.Duration, readers)
	errs := make([]error, readers)
	t := &http.Transport{MaxIdleConnsPerHost: readers}
	client := catalogv1connect.NewProgrammeServiceClient(&http.Client{Transport: t}, s.base+"/rpc", connect.WithHTTPGet())
	var all sync.WaitGroup
	for i := range readers {
		all.Go(func() {
			for range each {
				sent := time.Now()
				if _, errs[i] = client.ListProgramme(ctx, anyQuery()); errs[i] != nil {
					return
				}
				took[i] = append(took[i], time.Since(sent))
			}
		})
	}
	all.Wait()
	var sum []time.Duration
	for i := range readers {
		if errs[i] != nil {
			return errs[i]
		}
		sum = append(sum, took[i]...)
	}
	print("list_p99_ms", ms(percentile(sum, 0.99)), "ms", "-")
	return nil
}

// anyQuery is what somebody may look for.
func anyQuery() *catalogv1.ListProgrammeRequest {
	q := &catalogv1.ListProgrammeRequest{PageSize: 50}
	switch rand.IntN(5) {
	case 0:
		q.Query = subjects[rand.IntN(8)] + " " + topics[rand.IntN(8)]
	case 1:
		q.Topic = topics[rand.IntN(8)]
	case 2:
		q.Country = countries[rand.IntN(6)]
	case 3:
		q.Month = time.Now().AddDate(0, rand.IntN(10), 0).Format("2006-01")
	}
	return q
}
