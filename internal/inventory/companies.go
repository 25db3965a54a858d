package inventory

import (
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

const sqlCompanies = `
SELECT c.id, c.name, c.tier, c.archived_at IS NOT NULL, c.version,
       ARRAY(SELECT d.domain FROM company_domain d
              WHERE d.org_id = c.org_id AND d.company_id = c.id ORDER BY d.domain)
  FROM company c
 WHERE c.org_id = @org_id
   AND (@id::uuid IS NULL OR c.id = @id)
 ORDER BY c.archived_at IS NOT NULL, lower(c.name), c.id
 LIMIT 5000`

// Companies lists an organisation's member companies by name, archived ones last.
func (s *Service) Companies(ctx context.Context, org uid.Org) ([]Company, error) {
	return listCompanies(ctx, s.db.Pool(), org, uid.Company{})
}

func listCompanies(ctx context.Context, q pg.Querier, org uid.Org, id uid.Company) ([]Company, error) {
	rows, err := q.Query(ctx, sqlCompanies, pgx.StrictNamedArgs{"org_id": org, "id": id})
	if err != nil {
		return nil, fmt.Errorf("list companies: %w", err)
	}
	companies, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Company, error) {
		c := Company{Org: org}
		return c, row.Scan(&c.ID, &c.Name, &c.Tier, &c.Archived, &c.Version, &c.Domains)
	})
	if err != nil {
		return nil, fmt.Errorf("list companies: %w", err)
	}
	return companies, nil
}

func (s *Service) companyTx(ctx context.Context, tx *pg.Tx, org uid.Org, id uid.Company) (Company, error) {
	found, err := listCompanies(ctx, tx, org, id)
	if err != nil {
		return Company{}, err
	}
	if len(found) != 1 || id.IsZero() {
		return Company{}, fault.NotFound("company")
	}
	return found[0], nil
}

// tidy brings a company into the form in which it is kept.
func (c *Company) tidy(p *problems) {
	c.Name, c.Tier = strings.Join(strings.Fields(c.Name), " "), strings.Join(strings.Fields(c.Tier), " ")
	if n := utf8.RuneCountInString(c.Name); n < 1 || n > 200 || strings.ContainsFunc(c.Name, unicode.IsControl) {
		p.add("details.name", "string.len", "must have from 1 to 200 characters")
	}
	if utf8.RuneCountInString(c.Tier) > 60 || strings.ContainsFunc(c.Tier, unicode.IsControl) {
		p.add("details.tier", "string.max_len", "has more than 60 characters")
	}
	if len(c.Domains) > 50 {
		p.add("details.domains", "repeated.max_items", "must be at most 50")
	}
	var domains []string
	for i, text := range c.Domains {
		d, err := FoldDomain(text)
		if err != nil {
			p.add(fmt.Sprintf("details.domains[%d]", i), "domain", "%s", err)
			continue
		}
		if !slices.Contains(domains, d) {
			domains = append(domains, d)
		}
	}
	slices.Sort(domains)
	c.Domains = domains
}

// audited is what the audit log keeps of a company.
func (c Company) audited() map[string]any {
	return map[string]any{"name": c.Name, "tier": c.Tier, "domains": c.Domains, "archived": c.Archived}
}

const sqlCreateCompany = `
INSERT INTO company (org_id, id, name, tier, created_at)
VALUES (@org_id, @id, @name, @tier, @now)`

const sqlUpdateCompany = `
UPDATE company
   SET name = @name,
       tier = @tier,
       archived_at = CASE WHEN @archived THEN coalesce(archived_at, @now) END,
       version = version + 1
 WHERE org_id = @org_id
   AND id = @id
   AND version = @version`

const sqlUnlinkDomains = `
DELETE FROM company_domain
 WHERE org_id = @org_id
   AND company_id = @id`

const sqlLinkDomains = `
INSERT INTO company_domain (org_id, domain, company_id)
SELECT @org_id, unnest(@domains::text[]), @id`

// SaveCompany adds a company when its id is zero, else replaces it. Prices that
// its people were given stay.
func (s *Service) SaveCompany(ctx context.Context, actor account.Actor, key replay.Key, c Company) (Company, error) {
	var p problems
	c.tidy(&p)
	if err := p.err(); err != nil {
		return Company{}, err
	}
	return replay.InTx(ctx, s.db, key, func(tx *pg.Tx) (Company, error) { return s.saveCompanyTx(ctx, tx, actor, c) })
}

func (s *Service) saveCompanyTx(ctx context.Context, tx *pg.Tx, actor account.Actor, c Company) (Company, error) {
	args := pgx.StrictNamedArgs{"org_id": c.Org, "name": c.Name, "tier": c.Tier, "now": tx.Now}
	action := "company.create"
	var before any
	if c.ID.IsZero() {
		c.ID = uid.New[uid.Company]()
		args["id"] = c.ID
		if _, err := tx.Exec(ctx, sqlCreateCompany, args); err != nil {
			return c, explainCompany(err)
		}
	} else {
		old, err := s.companyTx(ctx, tx, c.Org, c.ID)
		if err != nil {
			return c, err
		}
		action, before = "company.update", old.audited()
		args["id"], args["version"], args["archived"] = c.ID, c.Version, c.Archived
		tag, err := tx.Exec(ctx, sqlUpdateCompany, args)
		if err != nil {
			return c, explainCompany(err)
		}
		if tag.RowsAffected() == 0 {
			return c, stale("company")
		}
	}
	if _, err := tx.Exec(ctx, sqlUnlinkDomains, pgx.StrictNamedArgs{"org_id": c.Org, "id": c.ID}); err != nil {
		return c, fmt.Errorf("unlink domains: %w", err)
	}
	if _, err := tx.Exec(ctx, sqlLinkDomains, pgx.StrictNamedArgs{"org_id": c.Org, "id": c.ID, "domains": c.Domains}); err != nil {
		return c, explainCompany(err)
	}
	if err := auditTx(ctx, tx, c.Org, actor, action, c.ID.String(), before, c.audited()); err != nil {
		return c, err
	}
	return s.companyTx(ctx, tx, c.Org, c.ID)
}

func explainCompany(err error) error {
	switch pg.Constraint(err) {
	case "company_name_key":
		return fault.InvalidField("details.name", "company.taken", "is a company already, perhaps an archived one")
	case "company_domain_pk":
		return fault.InvalidField("details.domains", "domain.taken", "must belong to no other company")
	}
	return fmt.Errorf("save company: %w", err)
}

// Imported says what became of a pasted list of companies.
type Imported struct{ Added, Changed, Same int }

// maxImport is how many companies one paste may have.
const maxImport = 2000

// ParseCompanies reads lines of "name, domains, tier": comma, semicolon or tab
// between them; several domains with spaces between them; a first line of
// headings is skipped. Problems name the line as "text" with its number.
func ParseCompanies(org uid.Org, text string) ([]Company, error) {
	var all problems
	var companies []Company
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(strings.ToValidUTF8(text, "?"), "\ufeff")))
	r.FieldsPerRecord, r.TrimLeadingSpace, r.LazyQuotes = -1, true, true
	first, _, _ := strings.Cut(text, "\n")
	switch {
	case strings.Contains(first, "\t"):
		r.Comma = '\t'
	case strings.Contains(first, ";") && !strings.Contains(first, ","):
		r.Comma = ';'
	}
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fault.InvalidField("text", "csv", "is no list of lines with name, domains and tier")
	}
	for i, row := range rows {
		if i == 0 && strings.EqualFold(strings.TrimSpace(row[0]), "name") {
			continue
		}
		c := Company{Org: org, Name: row[0]}
		if len(row) > 1 {
			c.Domains = strings.FieldsFunc(row[1], func(r rune) bool { return unicode.IsSpace(r) || r == ';' || r == ',' })
		}
		if len(row) > 2 {
			c.Tier = row[2]
		}
		var p problems
		c.tidy(&p)
		for _, f := range p.fields {
			all.add("text", f.Rule, "line %d: %s %s", i+1, strings.TrimPrefix(f.Path, "details."), f.Message)
		}
		companies = append(companies, c)
	}
	if len(companies) == 0 || len(companies) > maxImport {
		all.add("text", "csv.rows", "must have from 1 to %d companies", maxImport)
	}
	if len(all.fields) > 20 {
		all.fields = all.fields[:20]
	}
	return companies, all.err()
}

// ImportCompanies adds pasted companies, all or none. One that is known by its
// name gets the new domains besides its own, the new tier if there is one, and is
// a member again.
func (s *Service) ImportCompanies(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, text string) (Imported, error) {
	pasted, err := ParseCompanies(org, text)
	if err != nil {
		return Imported{}, err
	}
	return replay.InTx(ctx, s.db, key, func(tx *pg.Tx) (Imported, error) {
		var n Imported
		known, err := listCompanies(ctx, tx, org, uid.Company{})
		if err != nil {
			return n, err
		}
		byName := map[string]Company{}
		for _, c := range known {
			byName[strings.ToLower(c.Name)] = c
		}
		for i, c := range pasted {
			old, ok := byName[strings.ToLower(c.Name)]
			if ok {
				c = old.with(c)
			}
			switch {
			case !ok:
				n.Added++
			case c.Tier == old.Tier && !old.Archived && slices.Equal(c.Domains, old.Domains):
				n.Same++
				continue
			default:
				n.Changed++
			}
			saved, err := s.saveCompanyTx(ctx, tx, actor, c)
			if f, ok := fault.As(err); ok && len(f.Fields) > 0 {
				return n, fault.InvalidField("text", f.Fields[0].Rule, "line %d (%s): its domains %s", i+1, c.Name, f.Fields[0].Message)
			}
			if err != nil {
				return n, err
			}
			byName[strings.ToLower(c.Name)] = saved
		}
		return n, nil
	})
}

// with is the company with what a pasted line says of it.
func (c Company) with(line Company) Company {
	c.Archived = false
	if line.Tier != "" {
		c.Tier = line.Tier
	}
	for _, d := range line.Domains {
		if !slices.Contains(c.Domains, d) {
			c.Domains = append(slices.Clip(c.Domains), d)
		}
	}
	slices.Sort(c.Domains)
	return c
}
