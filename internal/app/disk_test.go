//go:build linux

package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"lanyard/internal/booking"
	"lanyard/internal/demo"
	"lanyard/internal/fault"
	"lanyard/internal/pgserver"
	"lanyard/internal/pgtest"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// filling is a running program on a disk whose room the test sets.
type filling struct {
	*App
	t *testing.T
	// leave makes the disk have so many MB of room.
	leave func(mb uint64)
	order booking.OrderInput // for an event with places, without attendees
	n     int
}

// run starts a program with the sample programme in it.
func run(t *testing.T, cfg *Config, prepare func(*App)) *filling {
	t.Helper()
	cfg.Listen, cfg.MailFrom, cfg.SMTPSecurity, cfg.NoLimits = "127.0.0.1:0", "events@lanyard.example", "starttls", true
	a, err := New(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	prepare(a)
	s := a.Services
	_, err = demo.Fill(t.Context(), demo.Services{DB: s.DB, Accounts: s.Accounts, Events: s.Events, Stock: s.Stock, Bookings: s.Bookings}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("it ended with %v", err)
		}
	})
	f := &filling{App: a, t: t}
	err = s.DB.Pool().QueryRow(t.Context(), `
		SELECT p.org_id, p.event_id, p.id
		  FROM product p
		  JOIN event e ON e.org_id = p.org_id AND e.id = p.event_id
		 WHERE e.state = 'published' AND e.registration_mode = 'open' AND e.starts_at > now()
		   AND NOT EXISTS (SELECT 1 FROM question q WHERE q.org_id = e.org_id AND q.event_id = e.id)
		   AND NOT EXISTS (SELECT 1 FROM pool l WHERE l.org_id = e.org_id AND l.event_id = e.id AND l.size - l.sold - l.held < 20)
		 ORDER BY e.starts_at DESC
		 LIMIT 1`).Scan(&f.order.Org, &f.order.Event, &f.order.Product)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// look sets the room and lets the program see it.
func (f *filling) look(mb uint64) {
	f.t.Helper()
	f.leave(mb)
	f.disk.look(f.t.Context())
}

func (f *filling) register(key replay.Key) (booking.Placed, error) {
	f.n++
	in := f.order
	in.Attendees = []booking.Attendee{{Name: "Ada", Email: fmt.Sprintf("ada%d@example.org", f.n), Segment: booking.SegmentAcademic}}
	return f.Services.Bookings.PlaceOrder(f.t.Context(), key, in)
}

// registered is a registration that there was room for.
func (f *filling) registered(key replay.Key) booking.PlacedRegistration {
	f.t.Helper()
	p, err := f.register(key)
	if err != nil {
		f.t.Fatal(err)
	}
	return p.Registrations[0]
}

func (f *filling) ready(want string) {
	f.t.Helper()
	resp, err := http.Get(f.Base.JoinPath("readyz").String())
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), want) {
		f.t.Errorf("readyz answers %s %q, %v; want %q", resp.Status, body, err, want)
	}
}

func (f *filling) cancel(p booking.PlacedRegistration) error {
	_, err := f.Services.Bookings.Mine(f.t.Context(), p.LinkSecret)
	if err != nil {
		f.t.Fatalf("a registration cannot be read: %v", err)
	}
	_, err = f.Services.Bookings.CancelMine(f.t.Context(), replay.Key{}, p.LinkSecret, nil)
	return err
}

// level is what the metric says.
func (f *filling) level() float64 {
	f.t.Helper()
	families, err := f.numbers.Gather()
	if err != nil {
		f.t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == "lanyard_database_space_level" {
			return family.GetMetric()[0].GetGauge().GetValue()
		}
	}
	f.t.Fatal("there is no such metric")
	return 0
}

// mailed waits until every message was sent, which takes workers at work.
func (f *filling) mailed(p booking.PlacedRegistration) {
	f.t.Helper()
	limit := time.After(4 * time.Minute) // the sample programme's own mails go first
	for {
		var sent bool
		err := f.Services.DB.Pool().QueryRow(f.t.Context(),
			`SELECT EXISTS (SELECT 1 FROM message WHERE registration_id = $1 AND state = 'sent')`, p.ID).Scan(&sent)
		if err != nil {
			f.t.Fatal(err)
		}
		if sent {
			return
		}
		select {
		case <-limit:
			f.t.Fatal("four minutes went by without a confirmation")
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// story is what happens while a disk runs full and is emptied again.
func story(t *testing.T, f *filling) {
	t.Helper()
	key := replay.Key{Scope: "test", RequestID: uid.New[uid.Fact]().String(), Hash: [32]byte{1}}
	first, second := f.registered(key), f.registered(replay.Key{})
	f.mailed(second)
	f.ready("ok")

	f.look(400) // low
	if _, err := f.register(replay.Key{}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("with 400 MB somebody registered: %v", err)
	}
	hold := booking.HoldInput{Org: f.order.Org, Event: f.order.Event, Product: f.order.Product, Quantity: 1}
	if _, err := f.Services.Bookings.Hold(t.Context(), replay.Key{}, hold); !fault.Is(err, fault.Unavailable) {
		t.Errorf("with 400 MB a place was held: %v", err)
	}
	if again, err := f.register(key); err != nil || again.Registrations[0].ID != first.ID {
		t.Errorf("a request whose answer was lost got none: %v", err)
	}
	if err := f.cancel(first); err != nil {
		t.Errorf("with 400 MB nobody can cancel: %v", err)
	}
	f.ready("sales are closed")

	f.look(150) // critical
	if err := f.cancel(second); !fault.Is(err, fault.Unavailable) {
		t.Errorf("with 150 MB something was written: %v", err)
	}
	f.ready("nothing is written")
	if f.level() != 2 {
		t.Errorf("the metric is %v, want 2", f.level())
	}

	f.look(520) // nearly enough
	if _, err := f.register(replay.Key{}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("with 520 MB, not yet 550, somebody registered: %v", err)
	}
	if err := f.cancel(second); err != nil {
		t.Errorf("with 520 MB nobody can cancel: %v", err)
	}

	f.look(600)
	f.ready("ok")
	f.mailed(f.registered(replay.Key{}))
	if f.level() != 0 {
		t.Errorf("the metric is %v, want 0", f.level())
	}
}

func TestDisk_ClosesSalesThenWritesNothingAndOpensAgain(t *testing.T) {
	t.Parallel()
	var free atomic.Uint64
	free.Store(900)
	f := run(t, &Config{DatabaseURL: pgtest.EmptyURL(t), DataDir: t.TempDir()}, func(a *App) {
		mark := pgserver.NewWatermark(func() (pgserver.Space, error) { return pgserver.Space{Free: free.Load() << 20}, nil }, a.log)
		a.disk = newDiskGuard(mark, a.db.DB, a.Services.Bookings, a.numbers, a.log)
	})
	f.leave = func(mb uint64) { free.Store(mb) }
	story(t, f)
}

// TestDisk_RealOneFills is the same on a real disk that is really full (F17 of the
// fault list: a small disk in memory).
func TestDisk_RealOneFills(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to mount a small disk")
	}
	t.Parallel()
	dir, err := os.MkdirTemp("", "lanyard-disk-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(dir) }) // an empty folder is no harm
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1100m,mode=755"); err != nil {
		t.Skipf("cannot mount a small disk here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	f := run(t, &Config{DataDir: dir, PGBin: os.Getenv("LANYARD_PG_BIN")}, func(*App) {})
	filler := filepath.Join(dir, "filler")
	f.leave = func(mb uint64) { leave(t, dir, filler, mb) }
	story(t, f)
}

// leave grows or shrinks one file until there are so many MB of room. At no moment
// is there more room than before or after: the guard would see it.
func leave(t *testing.T, dir, filler string, mb uint64) {
	t.Helper()
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		t.Fatal(err)
	}
	out, err := os.OpenFile(filler, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	info, err := out.Stat()
	if err != nil {
		t.Fatal(err)
	}
	size := info.Size() + int64(disk.Bavail)*disk.Bsize - int64(mb<<20)
	switch {
	case size < 0:
		t.Fatalf("without the file, %d MB are missing to leave %d", -size>>20, mb)
	case size > info.Size():
		err = syscall.Fallocate(int(out.Fd()), 0, info.Size(), size-info.Size())
	default:
		err = out.Truncate(size)
	}
	if err != nil {
		t.Fatal(err)
	}
}
