package report

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/ledger"
	"lanyard/internal/money"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// System is an accounts package.
type System string

// The packages that journals can be written for.
const (
	Xero       System = "xero"
	QuickBooks System = "quickbooks"
	Sage       System = "sage"
)

// Title is the package's name.
func (s System) Title() string {
	switch s {
	case Xero:
		return "Xero"
	case QuickBooks:
		return "QuickBooks Online"
	case Sage:
		return "Sage 50"
	}
	return ""
}

// MappingLine says how an account of ours is called in a package.
type MappingLine struct {
	Account ledger.Account `json:"account"`
	// Ref narrows the line to one reference of the account, such as one VAT rate or
	// one kind of fee; empty stands for all that have no line of their own.
	Ref string `json:"ref"`
	// Code is Xero's account code, QuickBooks' account name ("Parent:Sub") or Sage's
	// nominal code.
	Code string `json:"code"`
	// Tax is Xero's tax rate by name or Sage's tax code; QuickBooks has none here.
	Tax string `json:"tax"`
	// Extra is Xero's tracking ("Category: option"), QuickBooks' name, or Sage's
	// department; may be empty.
	Extra string `json:"extra"`
}

// Mapping is how an organisation's accounts are called in one package.
type Mapping struct {
	System System
	Lines  []MappingLine
	// Version is 0 before it was saved for the first time.
	Version int64
}

// of finds the line for a posting.
func (m Mapping) of(a ledger.Account, ref string) (MappingLine, bool) {
	var general *MappingLine
	for i, l := range m.Lines {
		switch {
		case l.Account != a:
		case l.Ref == ref:
			return l, true
		case l.Ref == "":
			general = &m.Lines[i]
		}
	}
	if general == nil {
		return MappingLine{}, false
	}
	return *general, true
}

const sqlMapping = `
SELECT lines, version
  FROM report_mapping
 WHERE org_id = @org_id
   AND system = @system`

// Mapping is what an organisation has saved for a package; empty when nothing.
func (s *Service) Mapping(ctx context.Context, org uid.Org, system System) (Mapping, error) {
	return mapping(ctx, s.db.Pool(), org, system)
}

func mapping(ctx context.Context, q pg.Querier, org uid.Org, system System) (Mapping, error) {
	m := Mapping{System: system}
	if system.Title() == "" {
		return m, fault.InvalidField("package", "system.unknown", "is no accounts package that we write for")
	}
	err := q.QueryRow(ctx, sqlMapping, pgx.StrictNamedArgs{"org_id": org, "system": system}).Scan(&m.Lines, &m.Version)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return m, fmt.Errorf("read the mapping: %w", err)
	}
	return m, nil
}

const sqlSaveMapping = `
INSERT INTO report_mapping AS m (org_id, system, lines, changed_at, changed_by)
SELECT @org_id, @system, @lines, @now, @actor
 WHERE @version::bigint = 0
    OR EXISTS (SELECT FROM report_mapping o WHERE o.org_id = @org_id AND o.system = @system)
    ON CONFLICT ON CONSTRAINT report_mapping_pk DO UPDATE
   SET lines = excluded.lines, version = m.version + 1, changed_at = excluded.changed_at, changed_by = excluded.changed_by
 WHERE m.version = @version
RETURNING version`

// SaveMapping replaces a mapping. It fails with STALE_VERSION when somebody else
// has saved it meanwhile.
func (s *Service) SaveMapping(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, m Mapping) (Mapping, error) {
	if err := m.check(); err != nil {
		return m, err
	}
	return replay.InTx(ctx, s.db, key, func(tx *pg.Tx) (Mapping, error) {
		before, err := mapping(ctx, tx, org, m.System)
		if err != nil {
			return Mapping{}, err
		}
		saved := m
		err = tx.QueryRow(ctx, sqlSaveMapping, pgx.StrictNamedArgs{
			"org_id": org, "system": m.System, "lines": m.Lines, "version": m.Version, "actor": actor.ID(), "now": tx.Now,
		}).Scan(&saved.Version)
		if errors.Is(err, pgx.ErrNoRows) {
			return Mapping{}, fault.Conflict(fault.StaleVersion, "Somebody else has changed the accounts meanwhile. Please look at them again.")
		}
		if err != nil {
			return Mapping{}, fmt.Errorf("save the mapping: %w", err)
		}
		return saved, account.AuditTx(ctx, tx, account.Audit{
			Org: org, Actor: actor.ID(), Action: "mapping.save", Subject: string(m.System), Before: before.Lines, After: m.Lines,
		})
	})
}

var (
	xeroCode  = regexp.MustCompile(`^[A-Za-z0-9.\-/]{1,10}$`)
	sageCode  = regexp.MustCompile(`^[0-9]{1,8}$`)
	sageTax   = regexp.MustCompile(`^T[0-9]{1,2}$`)
	sageDept  = regexp.MustCompile(`^[0-9]{0,3}$`)
	xeroExtra = regexp.MustCompile(`^[^:]{1,50}: ?[^:]{1,50}$`)
)

// check refuses what a package would refuse, and lines that mean the same.
func (m *Mapping) check() error {
	if m.Lines == nil {
		m.Lines = []MappingLine{}
	}
	var fields []fault.Field
	seen := map[[2]string]bool{}
	if m.System.Title() == "" {
		fields = append(fields, fault.Field{Path: "package", Rule: "system.unknown", Message: "is no accounts package that we write for"})
	}
	for i := range m.Lines {
		l := &m.Lines[i]
		l.Code, l.Tax, l.Extra, l.Ref = strings.TrimSpace(l.Code), strings.TrimSpace(l.Tax), strings.TrimSpace(l.Extra), strings.TrimSpace(l.Ref)
		refuse := func(field, rule, message string) {
			fields = append(fields, fault.Field{Path: fmt.Sprintf("lines[%d].%s", i, field), Rule: rule, Message: message})
		}
		if titles[l.Account] == "" {
			refuse("account", "account.unknown", "is none of our accounts")
		}
		if at := [2]string{string(l.Account), l.Ref}; seen[at] {
			refuse("account", "mapping.twice", "is there twice")
		} else {
			seen[at] = true
		}
		l.check(m.System, refuse)
	}
	if len(fields) > 0 {
		return fault.Invalid(fields...)
	}
	slices.SortFunc(m.Lines, func(a, b MappingLine) int {
		return strings.Compare(string(a.Account)+"\x00"+a.Ref, string(b.Account)+"\x00"+b.Ref)
	})
	return nil
}

func (l MappingLine) check(system System, refuse func(field, rule, message string)) {
	for field, value := range map[string]string{"ref": l.Ref, "code": l.Code, "tax": l.Tax, "extra": l.Extra} {
		if utf8.RuneCountInString(value) > 100 || strings.ContainsFunc(value, unicode.IsControl) {
			refuse(field, "string.max_len", "is longer than 100 characters, or has some that cannot be used here")
		}
	}
	switch system {
	case Xero:
		if !xeroCode.MatchString(l.Code) {
			refuse("code", "xero.code", "is no account code: up to 10 letters and digits, such as 200")
		}
		if l.Tax == "" {
			refuse("tax", "required", "must name one of your tax rates, such as No VAT")
		}
		if l.Extra != "" && !xeroExtra.MatchString(l.Extra) {
			refuse("extra", "xero.tracking", "must be a tracking category and its option, such as Event: Summit")
		}
	case QuickBooks:
		if l.Code == "" {
			refuse("code", "required", "must be the account's name, such as Sales:Tickets")
		}
		if l.Tax != "" {
			refuse("tax", "quickbooks.tax", "cannot be given: QuickBooks takes no tax codes from a journal file")
		}
	case Sage:
		if !sageCode.MatchString(l.Code) {
			refuse("code", "sage.nominal", "is no nominal code: up to 8 digits, such as 4000")
		}
		if !sageTax.MatchString(l.Tax) {
			refuse("tax", "sage.tax", "is no tax code: T0 to T99, such as T9")
		}
		if !sageDept.MatchString(l.Extra) {
			refuse("extra", "sage.department", "is no department: up to 3 digits, or nothing")
		}
	}
}

// MappedAccount is an account, or a part of one, that can be mapped.
type MappedAccount struct {
	Account ledger.Account
	// Ref is one VAT rate, one kind of fee or one bank account; empty for the account
	// as a whole.
	Ref   string
	Title string
	// Used says that something was booked on it.
	Used bool
}

const sqlUsed = `
SELECT DISTINCT p.account, CASE WHEN p.account IN ('vat_output', 'fees', 'bank') THEN p.ref ELSE '' END AS ref
  FROM posting p
 WHERE p.org_id = @org_id
 ORDER BY 1, 2`

// Mappable lists the accounts in the chart's order, and below VAT, fees and bank
// the parts that have been used.
func (s *Service) Mappable(ctx context.Context, org uid.Org) ([]MappedAccount, error) {
	used := map[ledger.Account][]string{}
	var a ledger.Account
	var ref string
	err := s.each(ctx, sqlUsed, pgx.StrictNamedArgs{"org_id": org}, []any{&a, &ref}, func() { used[a] = append(used[a], ref) })
	if err != nil {
		return nil, err
	}
	var all []MappedAccount
	for _, e := range ledger.Chart() {
		all = append(all, MappedAccount{Account: e.Account, Title: e.Title, Used: len(used[e.Account]) > 0})
		for _, ref := range used[e.Account] {
			if ref != "" {
				all = append(all, MappedAccount{Account: e.Account, Ref: ref, Title: refTitle(e, ref), Used: true})
			}
		}
	}
	return all, nil
}

// refTitle names a part of an account: "VAT on sales, 20 % standard".
func refTitle(e ledger.Entry, ref string) string {
	rate, category, ok := strings.Cut(ref, ":")
	if n, err := strconv.ParseInt(rate, 10, 32); e.Account == ledger.VATOutput && ok && err == nil {
		return e.Title + ", " + money.Rate(n).String() + " " + category
	}
	return e.Title + ", " + strings.ReplaceAll(ref, "_", " ")
}
