package stripesim

import (
	"encoding/json"
	"strings"
	"time"
)

// An account is one Stripe account with everything in it.
type account struct {
	accountRow
	sessions   *table[session]
	intents    *table[intent]
	charges    *table[charge]
	refunds    *table[refund]
	disputes   *table[dispute]
	warnings   *table[warning]
	txns       *table[txn]
	payouts    *table[payout]
	events     *table[event]
	endpoints  *table[endpoint]
	deliveries *table[delivery]
	answers    *table[answer]
	agenda     *table[appointment]
	self       *table[accountRow]
}

// An accountRow is what is kept about the account itself.
type accountRow struct {
	ID           string `json:"id"`
	Country      string `json:"country"`
	Currency     string `json:"currency"`
	Created      int64  `json:"created"`
	Sequence     int64  `json:"sequence"`
	Disconnected bool   `json:"disconnected"`
	NeedBalance  bool   `json:"need_balance"`
}

// The rows: what the API shows, and beside it what only the simulator knows.
type (
	session struct {
		sessionObject
		Lines   []lineItem `json:"sim_lines"`
		Plan    intentPlan `json:"sim_plan"`
		Base    string     `json:"sim_base"`
		Pending Card       `json:"sim_pending"` // the card whose challenge is open
	}
	intent struct {
		intentObject
		Session string `json:"sim_session"`
	}
	charge struct {
		chargeObject
		Session string `json:"sim_session"`
		Card    Card   `json:"sim_card"`
		Fee     int64  `json:"sim_application_fee"`
	}
	refund struct {
		refundObject
		FeeBack bool `json:"sim_fee_back"`
	}
	dispute struct{ disputeObject }
	warning struct{ warningObject }
	txn     struct {
		txnObject
		Payout string `json:"sim_payout"`
	}
	payout struct{ payoutObject }
	event  struct{ eventObject }
)

// intentPlan is what the intent of a session will be made with.
type intentPlan struct {
	Metadata         map[string]string `json:"metadata"`
	Description      string            `json:"description"`
	Descriptor       string            `json:"descriptor"`
	DescriptorSuffix string            `json:"descriptor_suffix"`
	ReceiptEmail     string            `json:"receipt_email"`
	TransferGroup    string            `json:"transfer_group"`
	ApplicationFee   int64             `json:"application_fee"`
}

func newAccount(row accountRow) *account {
	a := &account{
		accountRow: row,
		sessions:   newTable[session]("session"), intents: newTable[intent]("intent"), charges: newTable[charge]("charge"),
		refunds: newTable[refund]("refund"), disputes: newTable[dispute]("dispute"), warnings: newTable[warning]("warning"),
		txns: newTable[txn]("txn"), payouts: newTable[payout]("payout"), events: newTable[event]("event"),
		endpoints: newTable[endpoint]("endpoint"), deliveries: newTable[delivery]("delivery"),
		answers: newTable[answer]("answer"), agenda: newTable[appointment]("appointment"), self: newTable[accountRow]("account"),
	}
	a.self.put(row.ID, &a.accountRow)
	return a
}

func (a *account) shelves() []shelf {
	return []shelf{
		a.self, a.sessions, a.intents, a.charges, a.refunds, a.disputes, a.warnings, a.txns, a.payouts,
		a.events, a.endpoints, a.deliveries, a.answers, a.agenda,
	}
}

// touch notes that the account itself has changed.
func (a *account) touch() { a.self.put(a.ID, &a.accountRow) }

// find returns the account with this id; "" is the simulator's own.
func (s *Sim) find(id string) *account {
	if id == "" {
		id = s.own
	}
	return s.accounts[id]
}

// admit returns the account with this id, made on first use where that is
// allowed, or nil.
func (s *Sim) admit(id string) *account {
	if a := s.find(id); a != nil || !s.options.AnyAccount || !strings.HasPrefix(id, "acct_") || len(id) > 64 {
		return a
	}
	return s.open(id)
}

// open makes an account.
func (s *Sim) open(id string) *account {
	a := newAccount(accountRow{
		ID: id, Country: s.options.Country, Currency: s.options.Currency, Created: unix(s.moment), NeedBalance: s.options.RefundsNeedBalance,
	})
	s.accounts[id] = a
	s.order = append(s.order, id)
	s.plan(a, nextPayoutTime(s.moment), duePayouts, "")
	return a
}

// apply takes one line of the file into the state.
func (s *Sim) apply(l line) error {
	if l.Kind == "clock" {
		return json.Unmarshal(l.Row, &s.clockRow)
	}
	a := s.accounts[l.Account]
	if a == nil {
		a = newAccount(accountRow{ID: l.Account})
		s.accounts[l.Account] = a
		s.order = append(s.order, l.Account)
	}
	if l.Kind == "account" {
		if err := json.Unmarshal(l.Row, &a.accountRow); err != nil {
			return err
		}
		a.touch()
		return nil
	}
	for _, t := range a.shelves() {
		if t.name() == l.Kind {
			return t.load(l.ID, l.Row)
		}
	}
	return nil // a kind that a later version keeps
}

// lines are the rows that changed, or all of them.
func (s *Sim) lines(whole bool) ([]line, error) {
	var lines []line
	add := func(account, kind, id string, row any) error {
		raw, err := json.Marshal(row)
		lines = append(lines, line{account, kind, id, raw})
		return err
	}
	for _, id := range s.order {
		for _, t := range s.accounts[id].shelves() {
			ids := t.changed()
			if whole {
				ids = t.all()
			}
			for _, one := range ids {
				if err := add(id, t.name(), one, t.row(one)); err != nil {
					return nil, err
				}
			}
		}
	}
	if s.clockMoved || whole {
		s.clockMoved = false
		if err := add("", "clock", "", s.clockRow); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// nextPayoutTime is the next six o'clock in the morning, UTC.
func nextPayoutTime(after time.Time) time.Time {
	at := after.UTC().Truncate(24 * time.Hour).Add(6 * time.Hour)
	if !at.After(after) {
		at = at.Add(24 * time.Hour)
	}
	return at
}
