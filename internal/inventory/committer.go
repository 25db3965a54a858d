package inventory

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"lanyard/internal/fault"
	"lanyard/internal/uid"
)

// A batch of at least crowd requests is a sign of a rush, which is over when
// there was none for rushLasts.
const (
	crowd     = 8
	rushLasts = 500 * time.Millisecond
)

// Limits of the committer. Batches of 256 keep nearly all of the gain and stay
// well inside the statement limits; the queue bounds how long anybody waits.
const (
	committerWorkers = 4
	maxBatch         = 256
	maxQueue         = 8192
	batchTime        = 20 * time.Second
)

// Committer turns many small requests for seats into few transactions, by
// natural batching: while one batch commits, the next one forms, so an idle
// system answers after one commit and a busy one shares each commit among all
// who wait. There is no timer.
//
// Requests of one event always go to the same worker, so nobody in this process
// waits for a lock on its pools; other processes are kept out by the row locks.
// One transaction serves one organisation.
type Committer[Q, A any] struct {
	commit  func(ctx context.Context, org uid.Org, batch []Q) ([]Outcome[A], error)
	queues  []chan *pending[Q, A]
	seed    maphash.Seed
	rushed  atomic.Int64 // when the last large batch was done, in Unix milliseconds
	stop    chan struct{}
	stopped sync.WaitGroup
}

// Outcome is the answer to one request of a batch: an answer or a refusal.
type Outcome[A any] struct {
	Answer A
	Err    error
}

type pending[Q, A any] struct {
	org    uid.Org
	query  Q
	answer chan Outcome[A] // room for one, so that nobody who left holds up the worker
}

// NewCommitter starts the workers. commit carries out a batch of one
// organisation in one transaction and returns an outcome for each request, in
// order, or an error that failed them all; it must give the same answer when a
// request that took effect comes again.
func NewCommitter[Q, A any](commit func(ctx context.Context, org uid.Org, batch []Q) ([]Outcome[A], error)) *Committer[Q, A] {
	c := &Committer[Q, A]{commit: commit, seed: maphash.MakeSeed(), stop: make(chan struct{})}
	for range committerWorkers {
		q := make(chan *pending[Q, A], maxQueue/committerWorkers)
		c.queues = append(c.queues, q)
		c.stopped.Go(func() { c.work(q) })
	}
	return c
}

// Do hands in a request that concerns one event and waits for its outcome. When
// ctx ends first the request may still take effect; asking again with the same
// request id tells. A full queue answers BUSY at once.
func (c *Committer[Q, A]) Do(ctx context.Context, org uid.Org, event uid.Event, query Q) (A, error) {
	var zero A
	p := &pending[Q, A]{org: org, query: query, answer: make(chan Outcome[A], 1)}
	queue := c.queues[maphash.Comparable(c.seed, event)%uint64(len(c.queues))]
	select {
	case <-c.stop:
		return zero, fault.Down(fault.Unavailable, "The server is stopping. Please try again in a moment.")
	case queue <- p:
	default:
		return zero, fault.TooMany(fault.Busy, time.Second, "Very many people are registering just now. Please try again in a moment.")
	}
	select {
	case o := <-p.answer:
		return o.Answer, o.Err
	case <-ctx.Done():
		return zero, fmt.Errorf("wait for a seat: %w", ctx.Err())
	case <-c.stop:
		c.stopped.Wait()
		select {
		case o := <-p.answer:
			return o.Answer, o.Err
		default:
			return zero, fault.Down(fault.Unavailable, "The server is stopping. Please try again in a moment.")
		}
	}
}

// Rushed reports whether a crowd is being served just now. Work that can wait
// should.
func (c *Committer[Q, A]) Rushed() bool {
	return time.Since(time.UnixMilli(c.rushed.Load())) < rushLasts
}

// Close answers what is queued and stops the workers.
func (c *Committer[Q, A]) Close() {
	close(c.stop)
	c.stopped.Wait()
}

func (c *Committer[Q, A]) work(queue chan *pending[Q, A]) {
	for {
		select {
		case p := <-queue:
			c.serve(drain(queue, p))
		case <-c.stop:
			for {
				select {
				case p := <-queue:
					c.serve(drain(queue, p))
				default:
					return
				}
			}
		}
	}
}

// drain takes what waits behind first, without waiting for more.
func drain[Q, A any](queue chan *pending[Q, A], first *pending[Q, A]) []*pending[Q, A] {
	batch := []*pending[Q, A]{first}
	for len(batch) < maxBatch {
		select {
		case p := <-queue:
			batch = append(batch, p)
		default:
			return batch
		}
	}
	return batch
}

// serve carries out a batch, organisation by organisation in order of arrival.
func (c *Committer[Q, A]) serve(batch []*pending[Q, A]) {
	if len(batch) >= crowd {
		defer func() { c.rushed.Store(time.Now().UnixMilli()) }()
	}
	byOrg := map[uid.Org][]*pending[Q, A]{}
	var orgs []uid.Org
	for _, p := range batch {
		if byOrg[p.org] == nil {
			orgs = append(orgs, p.org)
		}
		byOrg[p.org] = append(byOrg[p.org], p)
	}
	for _, org := range orgs {
		c.serveOrg(org, byOrg[org])
	}
}

// serveOrg carries out one transaction. When it fails as a whole, each request
// is tried alone, so that one bad request never fails its neighbours.
func (c *Committer[Q, A]) serveOrg(org uid.Org, batch []*pending[Q, A]) {
	queries := make([]Q, len(batch))
	for i, p := range batch {
		queries[i] = p.query
	}
	outcomes, err := c.attempt(org, queries)
	switch {
	case err == nil:
		for i, p := range batch {
			p.answer <- outcomes[i]
		}
	case len(batch) == 1:
		batch[0].answer <- Outcome[A]{Err: err}
	default:
		for _, p := range batch {
			c.serveOrg(org, []*pending[Q, A]{p})
		}
	}
}

// attempt runs commit detached from any one request's context, bounded in time,
// and turns a panic into an error so that the worker lives on.
func (c *Committer[Q, A]) attempt(org uid.Org, queries []Q) (outcomes []Outcome[A], err error) {
	ctx, cancel := context.WithTimeout(context.Background(), batchTime)
	defer cancel()
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("committing a batch panicked: %v", r)
		}
	}()
	outcomes, err = c.commit(ctx, org, queries)
	if err == nil && len(outcomes) != len(queries) {
		err = errors.New("the batch has another number of outcomes than requests")
	}
	return outcomes, err
}
