package stripesim

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// An order is what the control API was asked to do: plain texts by name.
type order map[string]string

// number is an amount in minor units, 0 when it was left out.
func (o order) number(name string) (int64, error) {
	if o[name] == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(o[name], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: %q is not a whole number of minor units", name, o[name])
	}
	return n, nil
}

func (o order) yes(name string) bool { return o[name] == "true" || o[name] == "yes" || o[name] == "1" }

// A command does what an order says. What it returns is the answer.
type command func(ctx context.Context, o order) (any, error)

// amount reads an amount for something that makes an object.
func amount(o order, then func(int64) (string, error)) (any, error) {
	n, err := o.number("amount")
	if err != nil {
		return nil, err
	}
	id, err := then(n)
	return map[string]string{"id": id}, err
}

// commands are the control API: POST /_sim/{name}.
func (s *Sim) commands() map[string]command {
	all := map[string]command{
		"advance": func(_ context.Context, o order) (any, error) {
			d, err := time.ParseDuration(o["by"])
			if err != nil || d < 0 || d > 400*24*time.Hour {
				return nil, fmt.Errorf("by: %q is not a time such as 24h, of 400 days at most", o["by"])
			}
			s.Advance(d)
			return map[string]any{"now": s.Now().Unix()}, nil
		},
		"pay":       func(_ context.Context, o order) (any, error) { return s.Pay(o["session"], readCard(o["card"])) },
		"challenge": func(_ context.Context, o order) (any, error) { return s.Challenge(o["session"], o.yes("pass")) },
		"settle":    func(_ context.Context, o order) (any, error) { return s.SettleAsync(o["session"], o.yes("ok")) },
		"refund": func(_ context.Context, o order) (any, error) {
			return amount(o, func(n int64) (string, error) { return s.DashboardRefund(o["charge"], n) })
		},
		"fail_refund": func(_ context.Context, o order) (any, error) { return nil, s.FailRefund(o["refund"]) },
		"payout": func(_ context.Context, o order) (any, error) {
			return amount(o, func(int64) (string, error) { return s.RunPayout(o["account"]) })
		},
		"fail_payout": func(_ context.Context, o order) (any, error) { return nil, s.FailPayout(o["payout"]) },
		"other_sale": func(_ context.Context, o order) (any, error) {
			return amount(o, func(n int64) (string, error) { return s.OtherSale(o["account"], n) })
		},
		"unknown_row": func(_ context.Context, o order) (any, error) {
			return amount(o, func(n int64) (string, error) { return s.UnknownBalanceRow(o["account"], n) })
		},
		"need_balance":  func(_ context.Context, o order) (any, error) { return nil, s.NeedBalance(o["account"], o.yes("need")) },
		"disconnect":    func(_ context.Context, o order) (any, error) { return nil, s.Disconnect(o["account"]) },
		"reconnect":     func(_ context.Context, o order) (any, error) { return nil, s.Reconnect(o["account"]) },
		"webhook_fault": s.commandWebhooks,
		"api_fault":     s.commandAPI,
		"clear_faults":  func(context.Context, order) (any, error) { s.ClearFaults(); return nil, nil },
		"deliver": func(ctx context.Context, _ order) (any, error) {
			taken, err := s.Deliver(ctx)
			said := ""
			if err != nil {
				said = err.Error()
			}
			return map[string]any{"taken": taken, "failures": said}, nil
		},
	}
	maps.Copy(all, s.disputeCommands())
	return all
}

func (s *Sim) disputeCommands() map[string]command {
	return map[string]command{
		"dispute": func(_ context.Context, o order) (any, error) {
			return amount(o, func(n int64) (string, error) { return s.OpenDispute(o["charge"], n, o["reason"]) })
		},
		"inquiry": func(_ context.Context, o order) (any, error) {
			return amount(o, func(int64) (string, error) { return s.OpenInquiry(o["charge"], o["reason"]) })
		},
		"escalate": func(_ context.Context, o order) (any, error) { return nil, s.EscalateInquiry(o["dispute"]) },
		"win":      func(_ context.Context, o order) (any, error) { return nil, s.WinDispute(o["dispute"]) },
		"lose":     func(_ context.Context, o order) (any, error) { return nil, s.LoseDispute(o["dispute"]) },
		"warning": func(_ context.Context, o order) (any, error) {
			return amount(o, func(int64) (string, error) { return s.EarlyFraudWarning(o["charge"]) })
		},
	}
}

// commandWebhooks makes a fault happen to the next so many webhooks; told to drop
// those of one session, it does so for good and leaves the others alone.
func (s *Sim) commandWebhooks(_ context.Context, o order) (any, error) {
	if o["kind"] == string(WebhookDrop) && o["session"] != "" {
		s.LoseWebhooksOf(o["session"])
		return nil, nil
	}
	times, err := o.number("times")
	if err != nil {
		return nil, err
	}
	switch f := WebhookFault(o["kind"]); f {
	case WebhookDuplicate:
		copies, err := o.number("copies")
		if err != nil || copies < 0 || copies > 100 {
			return nil, fmt.Errorf("copies: %q is not a number up to 100", o["copies"])
		}
		s.DuplicateWebhooks(int(times), max(int(copies), 1))
	case WebhookDrop, WebhookReorder, WebhookLate, WebhookAhead, WebhookFutureVersion, WebhookWrongSecret, WebhookTwoSecrets,
		WebhookAltered, WebhookThin, WebhookTwin, WebhookLivemode, WebhookStranger, WebhookUnknownType:
		s.FaultWebhooks(f, int(times))
	default:
		return nil, fmt.Errorf("kind: there is no webhook fault %q", f)
	}
	return nil, nil
}

func (s *Sim) commandAPI(_ context.Context, o order) (any, error) {
	times, err := o.number("times")
	if err != nil {
		return nil, err
	}
	switch f := APIFault(o["kind"]); f {
	case APITimeout, APIDropReply, APIReset, APIHalf, API500, API500After, API429, API409:
		s.FaultAPI(f, o["where"], int(times))
	default:
		return nil, fmt.Errorf("kind: there is no API fault %q", f)
	}
	return nil, nil
}

func (s *Sim) controls(mux *http.ServeMux) {
	commands := s.commands()
	mux.HandleFunc("GET /_sim/{$}", s.showPanel)
	mux.HandleFunc("POST /_sim/{name}", func(w http.ResponseWriter, r *http.Request) {
		command := commands[r.PathValue("name")]
		if command == nil {
			http.Error(w, "The simulator has no such command.", http.StatusNotFound)
			return
		}
		if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" {
			http.Error(w, "The simulator is not driven from other sites.", http.StatusForbidden)
			return
		}
		o, err := readOrder(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		got, err := command(r.Context(), o)
		if strings.Contains(r.Header.Get("Accept"), "text/html") {
			if err != nil {
				s.show(w, http.StatusConflict, "over.html", overPage{"That did not work", "The simulator says: " + err.Error() + ".", "/_sim/"})
				return
			}
			http.Redirect(w, r, "/_sim/", http.StatusSeeOther)
			return
		}
		s.told(w, got, err)
	})
}

// told answers a command with JSON.
func (s *Sim) told(w http.ResponseWriter, got any, failure error) {
	status := http.StatusOK
	if got == nil {
		got = map[string]any{}
	}
	if failure != nil {
		status, got = http.StatusConflict, map[string]string{"error": failure.Error()}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(got); err != nil {
		s.log.Debug("the caller has gone", "err", err)
	}
}

// readOrder takes JSON or a form.
func readOrder(r *http.Request) (order, error) {
	o := order{}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		if err := r.ParseForm(); err != nil {
			return nil, fmt.Errorf("the form could not be read: %w", err)
		}
		for name := range r.Form {
			o[name] = strings.TrimSpace(r.Form.Get(name))
		}
		return o, nil
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("the order could not be read: %w", err)
	}
	tree, err := decodeTree(text)
	fields, isObject := tree.(map[string]any)
	if err != nil || !isObject {
		return nil, fmt.Errorf("the order is no JSON object")
	}
	for name, value := range fields {
		o[name] = fmt.Sprint(value)
	}
	return o, nil
}
