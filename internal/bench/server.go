package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	accountv1 "lanyard/gen/lanyard/account/v1"
	"lanyard/gen/lanyard/account/v1/accountv1connect"
	"lanyard/gen/lanyard/booking/v1/bookingv1connect"
	"lanyard/gen/lanyard/catalog/v1/catalogv1connect"
	"lanyard/gen/lanyard/checkin/v1/checkinv1connect"
	"lanyard/gen/lanyard/inventory/v1/inventoryv1connect"
)

// server is the program under measurement.
type server struct {
	cmd  *exec.Cmd
	dir  string
	base string
	// owner is the one-click sign-in path of the sample's owner.
	owner string
}

// start runs the program on dir and waits until it is ready. The duration is
// from the start of the process to the first ready answer.
func start(ctx context.Context, binary, dir, metrics string) (*server, time.Duration, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, 0, err
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, 0, err
	}
	s := &server{dir: dir, base: "http://" + addr}
	s.cmd = exec.CommandContext(ctx, binary, "serve", "--demo", "--no-past", "--data-dir", dir, "--listen", addr,
		"--metrics-listen", metrics, "--no-limits", "--log-level", "error")
	s.cmd.Cancel = func() error { return s.cmd.Process.Signal(syscall.SIGTERM) }
	s.cmd.WaitDelay = 30 * time.Second
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, 0, err
	}
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, 0, err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if f := strings.Fields(lines.Text()); len(f) == 2 && f[0] == "owner" {
			s.owner = strings.TrimPrefix(f[1], s.base)
			break
		}
	}
	if s.owner == "" {
		return nil, 0, errors.New("the program printed no sign-in link")
	}
	go io.Copy(io.Discard, out) // keeps the pipe empty until the program ends
	for {
		resp, err := http.Get(s.base + "/readyz")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return s, time.Since(began), nil
			}
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return nil, 0, ctx.Err()
		}
	}
}

func (s *server) stop() error {
	if s.cmd.ProcessState != nil {
		return nil
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return s.cmd.Wait()
}

// residentMB is the program's resident memory, PostgreSQL's left out.
func (s *server) residentMB() (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmRSS:" {
			kb, err := strconv.ParseFloat(f[1], 64)
			return kb / 1024, err
		}
	}
	return 0, errors.New("no VmRSS")
}

// organiser is the signed-in owner with clients for the services.
type organiser struct {
	org      string
	events   catalogv1connect.EventServiceClient
	stock    inventoryv1connect.InventoryServiceClient
	people   bookingv1connect.RegistrationServiceClient
	doors    checkinv1connect.CheckInServiceClient
	requests int
}

// requestID is a fresh one.
func (o *organiser) requestID() string {
	o.requests++
	return fmt.Sprintf("bench-organiser-%08d", o.requests)
}

// signIn uses the one-click link.
func signIn(ctx context.Context, s *server) (*organiser, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	c := &http.Client{Jar: jar, Timeout: time.Minute}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+s.owner, strings.NewReader(url.Values{}.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", s.base)
	resp, err := c.Do(req)
	if err != nil {
		return nil, err
	}
	resp.Body.Close()
	rpc := s.base + "/rpc"
	me, err := accountv1connect.NewAccountServiceClient(c, rpc).GetMe(ctx, &accountv1.GetMeRequest{})
	if err != nil {
		return nil, fmt.Errorf("sign in: %w", err)
	}
	return &organiser{
		org:    me.GetMemberships()[0].GetOrganisation().GetId(),
		events: catalogv1connect.NewEventServiceClient(c, rpc),
		stock:  inventoryv1connect.NewInventoryServiceClient(c, rpc),
		people: bookingv1connect.NewRegistrationServiceClient(c, rpc),
		doors:  checkinv1connect.NewCheckInServiceClient(c, rpc),
	}, nil
}

// crowd is a client with one connection for each of n people.
func crowd(s *server, n int) bookingv1connect.BookingServiceClient {
	t := &http.Transport{MaxIdleConnsPerHost: n, MaxConnsPerHost: n, DisableCompression: true}
	return bookingv1connect.NewBookingServiceClient(&http.Client{Transport: t, Timeout: time.Minute}, s.base+"/rpc")
}
