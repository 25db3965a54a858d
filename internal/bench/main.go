// Command bench measures Lanyard's speed, end to end: the built program in a
// process of its own with a fresh private PostgreSQL and production durability,
// loaded over loopback through its RPC. It prints one line per figure,
//
//	name value unit ratio
//
// where ratio is to the limit measured in the same run, or "-" where there is
// none. After each load it checks that what was answered is what is there: a fast
// wrong answer fails the run. It stops by itself within ten minutes.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"time"
)

// budget is how long the whole run may take.
const budget = 10 * time.Minute

func main() {
	binary := flag.String("binary", "bin/lanyard", "the program to measure")
	metrics := flag.String("metrics", "", "address of the program's metrics and profiles; empty switches them off")
	only := flag.String("only", "", "the one part to measure; empty measures all")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), budget)
	defer cancel()
	if err := run(ctx, *binary, *metrics, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// steps are the parts of the run after the start; -only names one of them.
var steps = []struct {
	name string
	run  func(ctx context.Context, s *server, o *organiser) error
}{
	{"bundle", measureBundle},
	{"onsale", measureOnSale},
	{"soldout", measureSoldOut},
	{"paid", measurePaid},
	{"list", measureList},
	{"door", measureDoor},
	{"search", measureSearch},
	{"books", measureBooks},
}

func run(ctx context.Context, binary, metrics, only string) error {
	dir, err := os.MkdirTemp("", "lanyard-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil { // root's database runs as another user
		return err
	}
	s, cold, err := start(ctx, binary, dir, metrics)
	if err != nil {
		return err
	}
	if err := s.stop(); err != nil {
		return err
	}
	print("cold_start_ms", ms(cold), "ms", "-")
	s, warm, err := start(ctx, binary, dir, metrics)
	if err != nil {
		return err
	}
	defer s.stop()
	print("warm_start_ms", ms(warm), "ms", "-")

	o, err := signIn(ctx, s)
	if err != nil {
		return err
	}
	for _, step := range steps {
		if only != "" && only != step.name {
			continue
		}
		if err := step.run(ctx, s, o); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	rss, err := s.residentMB()
	if err != nil {
		return err
	}
	print("rss_mb", rss, "MB", "-")
	return nil
}

func print(name string, value float64, unit, ratio string) {
	places := 1
	if value < 10 {
		places = 3
	}
	fmt.Printf("%s %.*f %s %s\n", name, places, value, unit, ratio)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// percentile is the p-th of durations, which it sorts.
func percentile(d []time.Duration, p float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return d[min(len(d)-1, int(float64(len(d))*p))]
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}
