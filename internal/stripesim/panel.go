package stripesim

import "net/http"

// latest is how many objects of a kind the control page shows.
const latest = 20

// A panel is what the control page shows.
type panel struct {
	Now, Available, Pending string
	Account                 string
	Charges                 []panelCharge
	Disputes                []panelDispute
	Payouts                 []panelPayout
	Rows                    []panelRow
	Webhooks                []panelWebhook
	Queued                  int
	Several                 bool
}

type panelCharge struct {
	ID, When, Amount, Refunded, Status, Session, Account string
	Can, Waits                                           bool
}

type panelDispute struct {
	ID, Charge, Amount, Status, Reason string
	Open, Inquiry                      bool
}

type panelPayout struct {
	ID, When, Amount, Status string
	CanFail                  bool
}

type panelRow struct{ When, Category, Source, Amount, Fee, Net, Available string }

type panelWebhook struct {
	URL, Says string
	Waiting   int
}

// showPanel is the page from which people drive the simulator.
func (s *Sim) showPanel(w http.ResponseWriter, r *http.Request) {
	queued := s.Queued()
	defer s.enter()()
	a := s.admit(r.URL.Query().Get("account"))
	if a == nil {
		s.show(w, http.StatusNotFound, "over.html", overPage{"No such account", "The simulator has no account of that name.", "/_sim/"})
		return
	}
	b := s.balance(a, a.Currency)
	p := panel{
		Now: day(unix(s.moment)), Available: display(b.Available, b.Currency), Pending: display(b.Pending, b.Currency), Account: a.ID,
		Queued: queued, Several: len(s.order) > 1,
	}
	for _, id := range first(a.charges.newest()) {
		ch := a.charges.get(id)
		p.Charges = append(p.Charges, panelCharge{
			ID: id, When: day(ch.Created), Amount: display(ch.Amount, ch.Currency), Refunded: display(ch.Refunded, ch.Currency), Status: ch.Status,
			Session: ch.Session, Can: ch.Status == "succeeded", Waits: ch.Status == "pending",
		})
	}
	for _, id := range first(a.disputes.newest()) {
		d := a.disputes.get(id)
		p.Disputes = append(p.Disputes, panelDispute{ID: id, Charge: d.Charge, Amount: display(d.Amount, d.Currency), Status: plain(d.Status),
			Reason: plain(d.Reason), Open: d.open(), Inquiry: d.Status == "warning_needs_response" || d.Status == "warning_under_review"})
	}
	for _, id := range first(a.payouts.newest()) {
		po := a.payouts.get(id)
		p.Payouts = append(p.Payouts, panelPayout{ID: id, When: day(po.Created), Amount: display(po.Amount, po.Currency), Status: plain(po.Status),
			CanFail: po.Status == "in_transit" || po.Status == "paid"})
	}
	for _, id := range first(a.txns.newest()) {
		t := a.txns.get(id)
		p.Rows = append(p.Rows, panelRow{day(t.Created), plain(t.Category), string(t.Source), display(t.Amount, t.Currency), display(t.Fee, t.Currency),
			display(t.Net, t.Currency), day(t.AvailableOn)})
	}
	p.Webhooks = s.panelWebhooks(a)
	s.show(w, http.StatusOK, "panel.html", p)
}

func (s *Sim) panelWebhooks(a *account) []panelWebhook {
	var hooks []panelWebhook
	a.endpoints.each(func(id string, ep *endpoint) bool {
		hook := panelWebhook{URL: ep.URL}
		a.deliveries.each(func(_ string, d *delivery) bool {
			if d.Endpoint == id {
				hook.Waiting++
				if d.Says != "" {
					hook.Says = d.Says
				}
			}
			return true
		})
		hooks = append(hooks, hook)
		return true
	})
	return hooks
}

func first(ids []string) []string { return ids[:min(len(ids), latest)] }

// plain makes words of an API value.
func plain(value string) string {
	out := []byte(value)
	for i, c := range out {
		if c == '_' {
			out[i] = ' '
		}
	}
	return string(out)
}
