package catalog

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/fault"
	"lanyard/internal/fold"
	"lanyard/internal/pg"
	"lanyard/internal/uid"
)

// maxMadeSlug leaves room for a number behind it.
const maxMadeSlug = 80

// latin spells the Greek and Cyrillic letters that remain after folding, so that
// titles in these scripts get an address that can be read aloud.
var latin = strings.NewReplacer(
	"α", "a", "β", "v", "γ", "g", "δ", "d", "ε", "e", "ζ", "z", "η", "i", "θ", "th", "ι", "i", "κ", "k", "λ", "l",
	"μ", "m", "ν", "n", "ξ", "x", "ο", "o", "π", "p", "ρ", "r", "σ", "s", "τ", "t", "υ", "y", "φ", "f", "χ", "ch",
	"ψ", "ps", "ω", "o",
	"а", "a", "б", "b", "в", "v", "г", "g", "ґ", "g", "д", "d", "е", "e", "є", "ie", "ж", "zh", "з", "z", "и", "i",
	"і", "i", "к", "k", "л", "l", "м", "m", "н", "n", "о", "o", "п", "p", "р", "r", "с", "s", "т", "t", "у", "u",
	"ф", "f", "х", "kh", "ц", "ts", "ч", "ch", "ш", "sh", "щ", "shch", "ъ", "", "ы", "y", "ь", "", "э", "e",
	"ю", "iu", "я", "ia", "ђ", "dj", "ј", "j", "љ", "lj", "њ", "nj", "ћ", "c", "џ", "dz",
)

// slugFrom makes the last part of an address from a title. Titles without a
// letter or digit that it can spell get a short code from the event's id.
func slugFrom(title string, id uid.Event) string {
	var words []string
	length := 0
	for word := range strings.FieldsSeq(latin.Replace(fold.Text(title))) {
		word = strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, word)
		if word == "" {
			continue
		}
		word = word[:min(len(word), maxMadeSlug)]
		if length += len(word) + 1; length > maxMadeSlug+1 {
			break
		}
		words = append(words, word)
	}
	if len(words) == 0 {
		text := id.String()
		return "event-" + text[len(text)-6:]
	}
	return strings.Join(words, "-")
}

// namer hands out addresses within one organisation, each once.
type namer struct{ taken map[string]uid.Event }

const sqlSlugs = `
SELECT slug, event_id
  FROM event_slug
 WHERE org_id = @org_id
   AND (@all OR slug = ANY (@bases) OR slug LIKE ANY (@patterns))`

// slugsTx makes a namer that knows every address like the given ones, or every
// address when none is given. The caller has locked the organisation, so that
// nobody else takes one meanwhile.
func slugsTx(ctx context.Context, tx *pg.Tx, org uid.Org, bases ...string) (namer, error) {
	patterns := make([]string, len(bases))
	for i, b := range bases {
		patterns[i] = b + "-%" // slugs hold none of LIKE's special characters
	}
	rows, err := tx.Query(ctx, sqlSlugs, pgx.StrictNamedArgs{
		"org_id": org, "all": len(bases) == 0, "bases": bases, "patterns": patterns,
	})
	if err != nil {
		return namer{}, fmt.Errorf("look up addresses: %w", err)
	}
	n := namer{taken: map[string]uid.Event{}}
	var slug string
	var event uid.Event
	_, err = pgx.ForEachRow(rows, []any{&slug, &event}, func() error {
		n.taken[slug] = event
		return nil
	})
	if err != nil {
		return namer{}, fmt.Errorf("look up addresses: %w", err)
	}
	return n, nil
}

// free takes base, or base with the first free number behind it, for the event.
// An address that the event itself had before counts as free.
func (n namer) free(base string, event uid.Event) string {
	slug := base
	for i := 2; !n.take(slug, event); i++ {
		slug = fmt.Sprintf("%s-%d", base, i)
	}
	return slug
}

func (n namer) take(slug string, event uid.Event) bool {
	if owner, ok := n.taken[slug]; ok && owner != event {
		return false
	}
	n.taken[slug] = event
	return true
}

// chooseSlugTx decides on an event's address: the one asked for, which must be
// free, or one made from the title.
func chooseSlugTx(ctx context.Context, tx *pg.Tx, e *Event, path string) error {
	asked := e.Slug
	base := asked
	if asked == "" {
		base = slugFrom(e.Title, e.ID)
	}
	names, err := slugsTx(ctx, tx, e.Org, base)
	if err != nil {
		return err
	}
	if asked == "" {
		e.Slug = names.free(base, e.ID)
		return nil
	}
	if !names.take(asked, e.ID) {
		return named(fault.Exists("Another event of yours has, or had, this address."), path, "slug.taken", "is taken by another event")
	}
	return nil
}

const sqlKeepSlug = `
INSERT INTO event_slug (org_id, slug, event_id)
VALUES (@org_id, @slug, @event_id)
ON CONFLICT ON CONSTRAINT event_slug_pk DO NOTHING`

const sqlLockOrganisation = `
SELECT slug, name
  FROM organisation
 WHERE id = @org_id
   FOR NO KEY UPDATE`

// lockOrgTx makes changes that hand out addresses in one organisation wait for
// each other, and notes in the event what the organisation is called.
func lockOrgTx(ctx context.Context, tx *pg.Tx, e *Event) error {
	err := tx.QueryRow(ctx, sqlLockOrganisation, pgx.StrictNamedArgs{"org_id": e.Org}).Scan(&e.OrgSlug, &e.OrgName)
	if pg.IsNoRows(err) {
		return fault.NotFound("organisation")
	}
	if err != nil {
		return fmt.Errorf("lock organisation: %w", err)
	}
	return nil
}
