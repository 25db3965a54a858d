package inventory

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// Company is an organisation whose people get member prices: whoever can read
// mail at one of its domains, or below one.
type Company struct {
	Org  uid.Org
	ID   uid.Company
	Name string
	// Tier is the organiser's word for the sort of membership; may be empty.
	Tier     string
	Domains  []string
	Archived bool
	Version  int64
}

var domainForm = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}$`)

// everybodys are domains at which anybody can have a mailbox.
var everybodys = map[string]bool{
	"gmail.com": true, "googlemail.com": true, "outlook.com": true, "hotmail.com": true, "hotmail.co.uk": true,
	"live.com": true, "live.co.uk": true, "msn.com": true, "yahoo.com": true, "yahoo.co.uk": true, "ymail.com": true,
	"icloud.com": true, "me.com": true, "mac.com": true, "aol.com": true, "btinternet.com": true, "sky.com": true,
	"virginmedia.com": true, "talktalk.net": true, "ntlworld.com": true, "protonmail.com": true, "proton.me": true,
	"gmx.com": true, "gmx.net": true, "gmx.de": true, "web.de": true, "mail.com": true, "zoho.com": true, "yandex.com": true,
	"qq.com": true, "163.com": true, "fastmail.com": true,
}

// FoldDomain reads the domain of a company's mail in any case, with or without an
// @ before it, and in ASCII. The text of its error is safe to show after a
// field's name.
func FoldDomain(text string) (string, error) {
	d, err := idna.Lookup.ToASCII(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(text), "@"), "."))
	if d = strings.ToLower(d); err == nil {
		// What cannot be read back is not a name that anybody has.
		if back, err := idna.Lookup.ToASCII(d); err != nil || back != d {
			d = ""
		}
	}
	if err != nil || !utf8.ValidString(text) || len(d) > 253 || !domainForm.MatchString(d) {
		return "", errors.New("is no domain, such as example.org")
	}
	if suffix, _ := publicsuffix.PublicSuffix(d); suffix == d {
		return "", errors.New("belongs to nobody in particular; write the company's own domain")
	}
	if everybodys[d] {
		return "", errors.New("is where anybody can have a mailbox, so it proves no membership")
	}
	return d, nil
}

const sqlCompanyOfDomain = `
SELECT c.id, c.name, c.tier, c.version
  FROM company_domain d
  JOIN company c ON c.org_id = d.org_id AND c.id = d.company_id
 WHERE d.org_id = @org_id
   AND d.domain = ANY (@domains)
   AND c.archived_at IS NULL
 ORDER BY length(d.domain) DESC
 LIMIT 1`

// CompanyOfDomainTx finds the company to which a mail address belongs by its
// domain: the closest one at or above the address's. It proves nothing: whoever
// grants something for it makes sure first that the person reads that mailbox.
func (s *Service) CompanyOfDomainTx(ctx context.Context, tx *pg.Tx, org uid.Org, email string) (Company, bool, error) {
	at := strings.LastIndexByte(email, '@')
	domain, err := FoldDomain(email[at+1:])
	if at < 1 || err != nil {
		return Company{}, false, nil
	}
	domains := []string{domain}
	for rest := domain; ; {
		_, parent, ok := strings.Cut(rest, ".")
		if !ok {
			break
		}
		domains, rest = append(domains, parent), parent
	}
	c := Company{Org: org}
	err = tx.QueryRow(ctx, sqlCompanyOfDomain, pgx.StrictNamedArgs{"org_id": org, "domains": domains}).Scan(&c.ID, &c.Name, &c.Tier, &c.Version)
	if errors.Is(err, pgx.ErrNoRows) {
		return Company{}, false, nil
	}
	if err != nil {
		return Company{}, false, fmt.Errorf("look up company by domain: %w", err)
	}
	return c, true, nil
}

const sqlCompanyName = `
SELECT name
  FROM company
 WHERE org_id = @org_id
   AND id = @id
   AND archived_at IS NULL`

// companyNameTx is empty for a company that is not a member any more.
func companyNameTx(ctx context.Context, tx *pg.Tx, org uid.Org, id uid.Company) (string, error) {
	var name string
	err := tx.QueryRow(ctx, sqlCompanyName, pgx.StrictNamedArgs{"org_id": org, "id": id}).Scan(&name)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("look up company: %w", err)
	}
	return name, nil
}
