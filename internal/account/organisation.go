package account

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/clock"
	"lanyard/internal/fault"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// Organisation is a tenant: everything else belongs to one.
type Organisation struct {
	ID uid.Org
	OrganisationDetails
	// Version rises by one with every change.
	Version int64
}

// OrganisationDetails is what an owner may change.
type OrganisationDetails struct {
	// Slug is the name in addresses, /o/{slug}; unique.
	Slug string
	// Name is what people know it by.
	Name string
	// Timezone is the IANA zone in which new events start out.
	Timezone string
	// ContactEmail gets attendees' replies.
	ContactEmail string
	// About is one paragraph of plain text for the public programme.
	About string
	// Website is the organisation's own site; may be empty.
	Website string
}

var slugShape = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?$`)

// check brings the details into the form in which they are kept and says all
// that is wrong with them.
func (d *OrganisationDetails) check() error {
	var fields []fault.Field
	note := func(err error) {
		if f, ok := fault.As(err); ok {
			fields = append(fields, f.Fields...)
		}
	}
	var err error
	d.Name, err = readName("details.name", d.Name, 120)
	note(err)
	d.ContactEmail, err = readEmail("details.contact_email", d.ContactEmail)
	note(err)
	if !slugShape.MatchString(d.Slug) {
		note(fault.InvalidField("details.slug", "string.pattern", "must be lower-case letters, digits and hyphens"))
	}
	if _, err := clock.Zone(d.Timezone); err != nil {
		note(fault.InvalidField("details.timezone", "timezone", "is not the name of a time zone, such as Europe/London"))
	}
	d.About = strings.TrimSpace(d.About)
	if utf8.RuneCountInString(d.About) > 2000 || strings.ContainsRune(d.About, 0) {
		note(fault.InvalidField("details.about", "string.max_len", "is longer than 2000 characters"))
	}
	d.Website = strings.TrimSpace(d.Website)
	if d.Website != "" && !webAddress(d.Website) {
		note(fault.InvalidField("details.website", "string.uri", "is not a web address"))
	}
	if len(fields) > 0 {
		return fault.Invalid(fields...)
	}
	return nil
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && len(s) <= 500 && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}

const sqlInsertOrganisation = `
INSERT INTO organisation (id, slug, name, timezone, contact_email, about, website, version, created_at)
VALUES (@id, @slug, @name, @timezone, @contact_email, @about, @website, 1, @now)`

// CreateOrganisation makes an organisation whose owner is the actor, who must be
// a person.
func (s *Service) CreateOrganisation(ctx context.Context, actor Actor, key replay.Key, d OrganisationDetails) (Organisation, error) {
	if !actor.SignedIn() {
		return Organisation{}, fault.Unauthenticated("Please sign in.")
	}
	if err := d.check(); err != nil {
		return Organisation{}, err
	}
	return replay.InTx(ctx, s.db, key, func(tx *pg.Tx) (Organisation, error) {
		o := Organisation{ID: uid.New[uid.Org](), OrganisationDetails: d, Version: 1}
		args := d.args(o.ID)
		args["now"] = tx.Now
		if _, err := tx.Exec(ctx, sqlInsertOrganisation, args); err != nil {
			return Organisation{}, taken(err, "create organisation")
		}
		if err := AuditTx(ctx, tx, Audit{Org: o.ID, Actor: actor.ID(), Action: "organisation.create", Subject: o.ID.String(), After: d}); err != nil {
			return Organisation{}, err
		}
		return o, addMemberTx(ctx, tx, actor, o.ID, newMember{Person: actor.Person, Role: RoleOwner})
	})
}

func (d OrganisationDetails) args(id uid.Org) pgx.StrictNamedArgs {
	return pgx.StrictNamedArgs{
		"id": id, "slug": d.Slug, "name": d.Name, "timezone": d.Timezone,
		"contact_email": d.ContactEmail, "about": d.About, "website": d.Website,
	}
}

// taken turns the violation of the slug's uniqueness into a fault.
func taken(err error, doing string) error {
	if pg.Constraint(err) == "organisation_slug_unique" {
		f := fault.Exists("This address is taken.")
		f.Fields = []fault.Field{{Path: "details.slug", Rule: "taken", Message: "is taken by another organisation"}}
		return f.Because(err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

const sqlOrganisation = `
SELECT id, slug, name, timezone, contact_email, about, website, version
  FROM organisation
 WHERE id = @id`

// Organisation returns one organisation's settings.
func (s *Service) Organisation(ctx context.Context, id uid.Org) (Organisation, error) {
	return organisation(ctx, s.db.Pool(), sqlOrganisation, pgx.StrictNamedArgs{"id": id})
}

const sqlOrganisationBySlug = `
SELECT id, slug, name, timezone, contact_email, about, website, version
  FROM organisation
 WHERE slug = @slug`

// OrganisationBySlug finds an organisation by its name in addresses.
func (s *Service) OrganisationBySlug(ctx context.Context, slug string) (Organisation, error) {
	return organisation(ctx, s.db.Pool(), sqlOrganisationBySlug, pgx.StrictNamedArgs{"slug": slug})
}

func organisation(ctx context.Context, q pg.Querier, sql string, args pgx.StrictNamedArgs) (Organisation, error) {
	rows, _ := q.Query(ctx, sql, args) // CollectExactlyOneRow reports the error
	o, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Organisation])
	if pg.IsNoRows(err) {
		return Organisation{}, fault.NotFound("organisation")
	}
	if err != nil {
		return Organisation{}, fmt.Errorf("read organisation: %w", err)
	}
	return o, nil
}

const sqlLockOrganisation = sqlOrganisation + `
   FOR UPDATE`

const sqlUpdateOrganisation = `
UPDATE organisation
   SET slug = @slug,
       name = @name,
       timezone = @timezone,
       contact_email = @contact_email,
       about = @about,
       website = @website,
       version = version + 1
 WHERE id = @id`

// UpdateOrganisation replaces the settings. It fails with STALE_VERSION when
// somebody changed them since the caller read the given version.
func (s *Service) UpdateOrganisation(ctx context.Context, actor Actor, key replay.Key, id uid.Org, version int64, d OrganisationDetails) (Organisation, error) {
	if err := d.check(); err != nil {
		return Organisation{}, err
	}
	return replay.InTx(ctx, s.db, key, func(tx *pg.Tx) (Organisation, error) {
		before, err := organisation(ctx, tx, sqlLockOrganisation, pgx.StrictNamedArgs{"id": id})
		if err != nil {
			return Organisation{}, err
		}
		if before.Version != version {
			return Organisation{}, fault.Conflict(fault.StaleVersion, "Somebody else changed the settings. Please look at them again.")
		}
		if _, err := tx.Exec(ctx, sqlUpdateOrganisation, d.args(id)); err != nil {
			return Organisation{}, taken(err, "update organisation")
		}
		was, is := changes(before.OrganisationDetails, d)
		err = AuditTx(ctx, tx, Audit{Org: id, Actor: actor.ID(), Action: "organisation.update", Subject: id.String(), Before: was, After: is})
		if err != nil {
			return Organisation{}, err
		}
		if s.RenamedTx != nil && before.Name != d.Name {
			if err := s.RenamedTx(ctx, tx, id); err != nil {
				return Organisation{}, err
			}
		}
		return Organisation{ID: id, OrganisationDetails: d, Version: version + 1}, nil
	})
}
