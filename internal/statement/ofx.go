package statement

import (
	"html"
	"slices"
	"strings"
	"time"

	"lanyard/internal/money"
)

// ofxLeaves are elements that hold text, so that an empty one is not taken for
// the beginning of a group: OFX 1 closes groups only.
var ofxLeaves = []string{
	"CURDEF", "BANKID", "BRANCHID", "ACCTID", "ACCTTYPE", "ACCTKEY", "DTSTART", "DTEND", "TRNTYPE", "DTPOSTED", "DTUSER", "DTAVAIL",
	"TRNAMT", "FITID", "CORRECTFITID", "CORRECTACTION", "SRVRTID", "CHECKNUM", "REFNUM", "SIC", "PAYEEID", "NAME", "EXTDNAME", "MEMO",
	"BALAMT", "DTASOF", "CURRATE", "CURSYM", "TRNUID", "CODE", "SEVERITY", "MESSAGE", "ORG", "FID", "DTSERVER", "LANGUAGE", "MKTGINFO",
}

// ofx reads both OFX 1, which is SGML, and OFX 2, which is XML: the tags are the
// same, and only groups need to be closed.
type ofx struct {
	s     *source
	b     *builder
	stack []string
	bank  string // sort code, as far as the account is read
	acct  string

	row                                                         int
	amount, posted, avail, id, name, payee, memo, check, refnum string
	symbol                                                      string
	balance, asOf                                               string
}

func readOFX(s *source, b *builder) error {
	o := &ofx{s: s, b: b}
	if err := o.header(); err != nil {
		return err
	}
	for {
		name, row, err := o.tag()
		if err != nil {
			return err
		}
		if strings.HasPrefix(name, "/") {
			err = o.close(name[1:], row)
			if err == nil && len(o.stack) == 0 {
				return o.rest()
			}
		} else {
			err = o.element(name, row)
		}
		if err != nil {
			return err
		}
	}
}

// header skips what comes before the first tag.
func (o *ofx) header() error {
	for n := 0; ; n++ {
		c, ok := o.s.peek()
		if !ok || n > maxToken {
			return bad(o.s.line, "file", "there is no <OFX> in it")
		}
		if c == '<' {
			return nil
		}
		o.s.read()
	}
}

// rest allows white space after the end.
func (o *ofx) rest() error {
	for {
		c, ok := o.s.read()
		if !ok {
			return nil
		}
		if !strings.ContainsRune(" \t\n", c) {
			return bad(o.s.line, "file", "there is something after the end of the document")
		}
	}
}

// tag reads the next tag, as its name in upper case, with a slash in front where it
// closes. Declarations and comments are passed over.
func (o *ofx) tag() (name string, row int, err error) {
	for {
		c, ok := o.s.read()
		if !ok {
			return "", 0, bad(o.s.line, "file", "it ends in the middle: %s is not closed", o.within())
		}
		if c != '<' {
			if strings.ContainsRune(" \t\n", c) {
				continue
			}
			return "", 0, bad(o.s.line, o.within(), "there is text outside of an element")
		}
		row = o.s.line
		text, err := o.until('>', 1000, "tag")
		if err != nil {
			return "", 0, err
		}
		o.s.read() // the bracket
		if strings.HasPrefix(text, "?") || strings.HasPrefix(text, "!--") {
			continue
		}
		if strings.HasPrefix(text, "!") {
			return "", 0, bad(row, "file", "it declares something that statements do not have")
		}
		name, _, _ = strings.Cut(strings.TrimSpace(text), " ")
		return strings.ToUpper(name), row, nil
	}
}

func (o *ofx) within() string {
	if len(o.stack) == 0 {
		return "OFX"
	}
	return o.stack[len(o.stack)-1]
}

// until reads up to a sign and leaves that for the next to read.
func (o *ofx) until(stop rune, most int, what string) (string, error) {
	var text strings.Builder
	for {
		c, ok := o.s.peek()
		if !ok {
			return "", bad(o.s.line, "file", "it ends in the middle: %s is not closed", o.within())
		}
		if c == stop {
			return text.String(), nil
		}
		if text.Len() >= most {
			return "", bad(o.s.line, what, "is too long")
		}
		o.s.read()
		text.WriteRune(c)
	}
}

// element reads what follows an opening tag: text, or a group's first tag.
func (o *ofx) element(name string, row int) error {
	if empty, ok := strings.CutSuffix(name, "/"); ok {
		return o.leaf(empty, "", row)
	}
	text, err := o.until('<', maxToken, name)
	if err != nil {
		return err
	}
	text = strings.TrimSpace(html.UnescapeString(text))
	if text != "" || slices.Contains(ofxLeaves, name) {
		return o.leaf(name, text, row)
	}
	if len(o.stack) == maxDepth {
		return bad(row, name, "elements are nested too deeply")
	}
	if len(o.stack) == 0 && name != "OFX" {
		return bad(row, name, "the first element is not <OFX>")
	}
	o.stack = append(o.stack, name)
	return o.start(name, row)
}

// close ends a group. The closing tag of an element with text stands alone here and
// says nothing new.
func (o *ofx) close(name string, row int) error {
	if o.within() == name {
		o.stack = o.stack[:len(o.stack)-1]
		return o.end(name, row)
	}
	if slices.Contains(o.stack, name) {
		return bad(row, name, "is closed, but %s inside of it is not", o.within())
	}
	return nil
}

func (o *ofx) start(name string, row int) error {
	switch name {
	case "STMTRS", "CCSTMTRS":
		if o.b.open != nil {
			return bad(row, name, "there is a statement inside a statement")
		}
		o.bank, o.acct = "", ""
		return o.b.begin(row)
	case "STMTTRN":
		o.row, o.amount, o.posted, o.avail, o.id = row, "", "", "", ""
		o.name, o.payee, o.memo, o.check, o.refnum, o.symbol = "", "", "", "", "", ""
	case "LEDGERBAL":
		o.balance, o.asOf = "", ""
	}
	return nil
}

func (o *ofx) leaf(name, text string, row int) error {
	if o.b.open == nil {
		return nil
	}
	switch o.within() {
	case "STMTRS", "CCSTMTRS":
		if name == "CURDEF" {
			c, err := money.ParseCurrency(text)
			if err != nil {
				return bad(row, "currency", "“%s” is not one that is known", clip(text))
			}
			o.b.open.Currency = c
		}
	case "BANKACCTFROM", "CCACCTFROM":
		switch name {
		case "BANKID":
			o.bank = text
		case "ACCTID":
			o.acct = text
		}
	case "BANKTRANLIST":
		return o.span(name, text, row)
	case "STMTTRN":
		o.line(name, text)
	case "PAYEE":
		if name == "NAME" {
			o.payee = text
		}
	case "CURRENCY":
		if name == "CURSYM" {
			o.symbol = text
		}
	case "LEDGERBAL":
		switch name {
		case "BALAMT":
			o.balance = text
		case "DTASOF":
			o.asOf = text
		}
	}
	return nil
}

func (o *ofx) span(name, text string, row int) (err error) {
	switch name {
	case "DTSTART":
		o.b.open.From, err = ofxDay("start date", text, row)
	case "DTEND":
		o.b.open.To, err = ofxDay("end date", text, row)
	}
	return err
}

func (o *ofx) line(name, text string) {
	switch name {
	case "TRNAMT":
		o.amount = text
	case "DTPOSTED":
		o.posted = text
	case "DTAVAIL":
		o.avail = text
	case "FITID":
		o.id = text
	case "NAME":
		o.name = text
	case "MEMO":
		o.memo = text
	case "CHECKNUM":
		o.check = text
	case "REFNUM":
		o.refnum = text
	}
}

func (o *ofx) end(name string, row int) error {
	st := o.b.open
	if st == nil {
		return nil
	}
	switch name {
	case "STMTTRN":
		return o.transaction()
	case "BANKACCTFROM", "CCACCTFROM":
		st.Account = CleanAccount(o.acct)
		if sort := CleanAccount(o.bank); len(st.Account) <= 10 && !strings.HasPrefix(st.Account, sort) {
			st.Account = sort + st.Account
		}
	case "LEDGERBAL":
		minor, err := o.minor("balance", o.balance, row)
		if err != nil {
			return err
		}
		on, err := ofxDay("balance date", o.asOf, row)
		if err != nil {
			return err
		}
		if st.To.IsZero() || !on.After(st.To) { // else it is today's, and not what the lines led to
			st.Closing = &Balance{On: on, Minor: minor}
		}
	case "STMTRS", "CCSTMTRS":
		return o.b.end(row)
	}
	return nil
}

func (o *ofx) minor(field, text string, row int) (int64, error) {
	c := o.b.open.Currency
	if c == "" {
		return 0, bad(row, "currency", "is missing before the first amount")
	}
	decimal := '.'
	if strings.Contains(text, ",") {
		decimal = ','
	}
	minor, reason := parseAmount(text, decimal, c)
	if reason != "" {
		return 0, bad(row, field, "%s", reason)
	}
	return minor, nil
}

func (o *ofx) transaction() error {
	minor, err := o.minor("amount", o.amount, o.row)
	if err != nil {
		return err
	}
	st := o.b.open
	if o.symbol != "" && !strings.EqualFold(o.symbol, string(st.Currency)) {
		return bad(o.row, "currency", "the amount is in %s, but the account is kept in %s", clip(o.symbol), st.Currency)
	}
	l := Line{Row: o.row, Amount: money.New(minor, st.Currency), BankID: clip64(o.id), Party: o.payee, Reference: o.refnum}
	if l.On, err = ofxDay("date", o.posted, o.row); err != nil {
		return err
	}
	if o.avail != "" {
		if l.ValueOn, err = ofxDay("date of availability", o.avail, o.row); err != nil {
			return err
		}
	}
	if l.Party == "" {
		l.Party = o.name
	}
	if l.Reference == "" {
		l.Reference = o.check
	}
	l.Text = o.name
	if o.memo != o.name {
		l.Text += " " + o.memo
	}
	return o.b.add(l)
}

// ofxDay reads "20260331", with or without a time and a zone after it.
func ofxDay(field, text string, row int) (time.Time, error) {
	if len(text) >= 8 && (len(text) == 8 || strings.ContainsRune("0123456789[.", rune(text[8]))) {
		if t, ok := compactDay(text[:8], false); ok {
			return t, nil
		}
	}
	return time.Time{}, bad(row, field, "is not a date: “%s”", clip(text))
}

// clip64 keeps an id as long as a bank may make it.
func clip64(id string) string {
	id = tidy(id)
	if len(id) > 255 {
		return id[:255]
	}
	return id
}
