package statement

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"lanyard/internal/money"
)

// maxDetails is how many details of one entry are kept apart; an entry with more
// is one line.
const maxDetails = 5000

// Where things are in a CAMT.053 document.
const (
	camtStatement = "/Document/BkToCstmrStmt/Stmt"
	camtBalance   = camtStatement + "/Bal"
	camtEntry     = camtStatement + "/Ntry"
	camtDetail    = camtEntry + "/NtryDtls/TxDtls"
)

// camt reads CAMT.053. The versions differ in where a few things are, and say the
// same; both places are read.
type camt struct {
	s   *source
	b   *builder
	bal camtBal
	now camtNtry
	dtl camtTx
}

// camtAmount is an amount with its direction, as far as it is read.
type camtAmount struct {
	text, currency, direction string
}

type camtBal struct {
	camtAmount
	kind string
	on   time.Time
}

type camtNtry struct {
	camtAmount
	row       int
	status    string
	reference string // AcctSvcrRef, the bank's own
	on, value time.Time
	text      string
	details   []camtTx
	many      bool // more details than are kept
}

// camtTx is one transaction of an entry.
type camtTx struct {
	camtAmount
	instructed              camtAmount // the amount where version 02 has it
	bankRef, txID, endToEnd string
	creditor                string // structured reference
	debtor, payee           string
	unstructured, more      string
}

func readCAMT(s *source, b *builder) error {
	c := &camt{s: s, b: b}
	return walkXML(s, xmlEvents{start: c.start, leaf: c.leaf, end: c.end})
}

func (c *camt) start(path string) error {
	switch path {
	case camtStatement:
		return c.b.begin(c.s.line)
	case camtBalance:
		c.bal = camtBal{}
	case camtEntry:
		c.now = camtNtry{row: c.s.line}
	case camtDetail:
		c.dtl = camtTx{}
	}
	return nil
}

func (c *camt) end(path string) error {
	switch path {
	case camtStatement:
		return c.b.end(c.s.line)
	case camtBalance:
		return c.balance()
	case camtEntry:
		return c.entry()
	case camtDetail:
		if c.now.many = c.now.many || len(c.now.details) == maxDetails; !c.now.many {
			c.now.details = append(c.now.details, c.dtl)
		}
	}
	return nil
}

func (c *camt) leaf(path, text string, attrs []xml.Attr) error {
	rest, inside := strings.CutPrefix(path, camtStatement+"/")
	if !inside {
		return nil
	}
	switch {
	case strings.HasPrefix(rest, "Bal/"):
		return c.balanceLeaf(rest[len("Bal/"):], text, attrs)
	case strings.HasPrefix(rest, "Ntry/NtryDtls/TxDtls/"):
		c.dtl.leaf(rest[len("Ntry/NtryDtls/TxDtls/"):], text, attrs)
		return nil
	case strings.HasPrefix(rest, "Ntry/"):
		return c.entryLeaf(rest[len("Ntry/"):], text, attrs)
	}
	st := c.b.open
	var err error
	switch rest {
	case "Id":
		st.Number = clip(text)
	case "Acct/Id/IBAN", "Acct/Id/Othr/Id":
		st.Account = CleanAccount(text)
	case "Acct/Ccy":
		st.Currency, err = c.currency(text)
	case "FrToDt/FrDtTm":
		st.From, err = c.day("from date", text)
	case "FrToDt/ToDtTm":
		st.To, err = c.day("to date", text)
	}
	return err
}

func (c *camt) currency(text string) (money.Currency, error) {
	known, err := money.ParseCurrency(text)
	if err != nil {
		return "", bad(c.s.line, "currency", "“%s” is not one that is known", clip(text))
	}
	return known, nil
}

func (c *camt) day(field, text string) (time.Time, error) {
	t, ok := isoDay(text)
	if !ok {
		return t, bad(c.s.line, field, "is not a date: “%s”", clip(text))
	}
	return t, nil
}

func (a *camtAmount) set(text string, attrs []xml.Attr) {
	a.text, a.currency = text, ""
	for _, at := range attrs {
		if at.Name.Local == "Ccy" {
			a.currency = at.Value
		}
	}
}

// of turns an amount into minor units of the statement's currency.
func (c *camt) of(a camtAmount, field string, row int) (int64, error) {
	known, err := c.currency(a.currency)
	if err != nil {
		return 0, err
	}
	st := c.b.open
	if st.Currency == "" {
		st.Currency = known
	}
	if known != st.Currency {
		return 0, bad(row, field, "is in %s, but the account is kept in %s", known, st.Currency)
	}
	minor, reason := parseAmount(a.text, '.', known)
	if reason != "" {
		return 0, bad(row, field, "%s", reason)
	}
	switch a.direction {
	case "CRDT":
		return minor, nil
	case "DBIT":
		return -minor, nil
	}
	return 0, bad(row, field, "says neither credit nor debit")
}

func (c *camt) balanceLeaf(rest, text string, attrs []xml.Attr) (err error) {
	switch rest {
	case "Tp/CdOrPrtry/Cd":
		c.bal.kind = text
	case "Amt":
		c.bal.set(text, attrs)
	case "CdtDbtInd":
		c.bal.direction = text
	case "Dt/Dt", "Dt/DtTm":
		c.bal.on, err = c.day("balance date", text)
	}
	return err
}

func (c *camt) balance() error {
	if c.bal.kind != "OPBD" && c.bal.kind != "PRCD" && c.bal.kind != "CLBD" {
		return nil // available, forward or in between
	}
	minor, err := c.of(c.bal.camtAmount, "balance", c.s.line)
	if err != nil {
		return err
	}
	st := c.b.open
	known := &Balance{On: c.bal.on, Minor: minor}
	if c.bal.kind == "CLBD" {
		st.Closing = known
	} else if st.Opening == nil || c.bal.kind == "OPBD" {
		st.Opening = known
	}
	return nil
}

func (c *camt) entryLeaf(rest, text string, attrs []xml.Attr) (err error) {
	switch rest {
	case "Amt":
		c.now.set(text, attrs)
	case "CdtDbtInd":
		c.now.direction = text
	case "Sts", "Sts/Cd":
		c.now.status = text
	case "AcctSvcrRef":
		c.now.reference = text
	case "BookgDt/Dt", "BookgDt/DtTm":
		c.now.on, err = c.day("booking date", text)
	case "ValDt/Dt", "ValDt/DtTm":
		c.now.value, err = c.day("value date", text)
	case "AddtlNtryInf":
		c.now.text = text
	}
	return err
}

func (t *camtTx) leaf(rest, text string, attrs []xml.Attr) {
	switch rest {
	case "Amt":
		t.set(text, attrs)
	case "AmtDtls/TxAmt/Amt":
		t.instructed.set(text, attrs)
	case "CdtDbtInd":
		t.direction = text
	case "Refs/AcctSvcrRef":
		t.bankRef = text
	case "Refs/TxId":
		t.txID = text
	case "Refs/EndToEndId":
		if !strings.EqualFold(text, "NOTPROVIDED") {
			t.endToEnd = text
		}
	case "RltdPties/Dbtr/Nm", "RltdPties/Dbtr/Pty/Nm":
		t.debtor = text
	case "RltdPties/Cdtr/Nm", "RltdPties/Cdtr/Pty/Nm":
		t.payee = text
	case "RmtInf/Ustrd":
		t.unstructured = strings.TrimSpace(t.unstructured + " " + text)
		if len(t.unstructured) > maxText {
			t.unstructured = t.unstructured[:maxText]
		}
	case "RmtInf/Strd/CdtrRefInf/Ref":
		t.creditor = text
	case "AddtlTxInf":
		t.more = text
	}
}

// entry hands an entry out: one line, or one for each payment of a batch.
func (c *camt) entry() error {
	n := &c.now
	st := c.b.open
	if n.status != "" && n.status != "BOOK" {
		st.Pending++
		return nil
	}
	minor, err := c.of(n.camtAmount, "amount", n.row)
	if err != nil {
		return err
	}
	if n.on.IsZero() {
		n.on = n.value
	}
	if n.on.IsZero() {
		return bad(n.row, "booking date", "is missing")
	}
	line := Line{Row: n.row, On: n.on, ValueOn: n.value, Amount: money.New(minor, st.Currency), Text: n.text, BankID: n.reference}
	if parts, ok := c.split(minor); ok {
		return c.batch(line, parts)
	}
	if len(n.details) == 1 {
		n.details[0].describe(&line)
	} else if len(n.details) > 1 {
		var texts []string
		for _, d := range n.details[:min(len(n.details), 20)] {
			texts = append(texts, d.unstructured)
		}
		line.Text = strings.Join(append([]string{n.text}, texts...), " ")
	}
	return c.b.add(line)
}

// split gives the amounts of an entry's details, when there are several and they
// come to the entry's amount.
func (c *camt) split(total int64) ([]int64, bool) {
	n := &c.now
	if n.many || len(n.details) < 2 {
		return nil, false
	}
	parts := make([]int64, len(n.details))
	var sum int64
	for i, d := range n.details {
		a := d.camtAmount
		if a.text == "" {
			a = d.instructed
		}
		if a.direction = d.direction; a.direction == "" {
			a.direction = n.direction
		}
		minor, err := c.of(a, "amount", n.row)
		if err != nil {
			return nil, false
		}
		parts[i] = minor
		sum += minor
	}
	return parts, sum == total
}

func (c *camt) batch(whole Line, parts []int64) error {
	for i, d := range c.now.details {
		line := whole
		line.Amount.Minor = parts[i]
		if line.BankID = d.bankRef; line.BankID == "" || line.BankID == whole.BankID {
			line.BankID = ""
			if whole.BankID != "" {
				line.BankID = fmt.Sprintf("%s/%d", whole.BankID, i+1)
			}
		}
		d.describe(&line)
		if err := c.b.add(line); err != nil {
			return err
		}
	}
	return nil
}

// describe puts what a detail says into a line.
func (t camtTx) describe(l *Line) {
	if l.BankID == "" {
		l.BankID = t.bankRef
	}
	l.Party = t.debtor
	if l.Amount.Minor < 0 {
		l.Party = t.payee
	}
	for _, ref := range []string{t.creditor, t.endToEnd} {
		if l.Reference == "" {
			l.Reference = ref
		}
	}
	var texts []string
	for _, text := range []string{t.unstructured, t.more, l.Text} {
		if text != "" {
			texts = append(texts, text)
		}
	}
	l.Text = strings.Join(texts, " ")
}
