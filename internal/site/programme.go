package site

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"lanyard/internal/account"
	"lanyard/internal/catalog"
	"lanyard/internal/inventory"
	"lanyard/internal/uid"
)

// programmePage is how many events one page of the programme shows.
const programmePage = 30

// publicPage lets browsers keep a page and makes them ask each time whether it
// still is the same.
const publicPage = "no-cache"

const htmlKind = "text/html; charset=utf-8"

func (s *Site) programmeRoutes(m *router) {
	m.page("GET /{$}", s.programme)
	m.page("GET /o/{org}", s.programme)
}

// programme shows what is on, of one organisation or of all.
func (s *Site) programme(w http.ResponseWriter, r *http.Request) error {
	org, f := r.PathValue("org"), readFilter(r.URL.Query())
	doc, err := s.kept(r, "programme "+org+" "+f.address("/"), func() (*document, error) {
		body, err := s.drawProgramme(r, org, f)
		if err != nil {
			return nil, err
		}
		return newDocument(htmlKind, publicPage, body), nil
	})
	if err != nil {
		return err
	}
	doc.serve(w, r)
	return nil
}

// programmeView is the content of the programme page.
type programmeView struct {
	Eyebrow, Title, Lede, Path       string
	Filter                           filter
	Refined                          bool
	Modes, Topics, Months, Countries filterSelect
	Chips                            []chip
	Summary                          string
	Subscribe                        *subscribeView
	Groups                           []monthGroup
	First, Next                      string
	EmptyTitle, EmptyText            string
}

// filterSelect is one drop-down of the filter.
type filterSelect struct {
	Name, Label, Any string
	Options          []filterOption
}

type filterOption struct {
	Value, Label string
	Selected     bool
}

// monthGroup is the events that begin in one month.
type monthGroup struct {
	ID, Name, Year string
	Cards          []cardView
}

// drawProgramme reads and draws one page of the programme.
func (s *Site) drawProgramme(r *http.Request, slug string, f filter) ([]byte, error) {
	ctx := r.Context()
	v := programmeView{
		Title: "What is on", Path: "/", Filter: f, Refined: f.refined(),
		Lede: "Find the next date, keep your place in under a minute, and bring a colleague. No account needed.",
	}
	p := page{Title: s.Name, Current: "programme", Brand: brand{Name: s.Name, Path: "/"}}
	if slug != "" {
		org, err := s.Account.OrganisationBySlug(ctx, slug)
		if err != nil {
			return nil, err
		}
		s.brandProgramme(&p, &v, org)
	}
	after, err := readCursor(f.After)
	if err != nil {
		f.After, after = "", nil // an old link: show the first page
	}
	list, next, err := s.Catalog.Programme(ctx, f.catalog(slug), catalog.Page{Size: programmePage, After: after})
	if err != nil {
		return nil, err
	}
	if err := s.fillFilters(ctx, &v, slug, f); err != nil {
		return nil, err
	}
	now := s.Clock()
	prices, err := s.Stock.PriceSpans(ctx, now, priced(list, now))
	if err != nil {
		return nil, err
	}
	v.Groups = byMonth(list, prices, slug == "", now)
	v.Chips = f.chips(v.Path)
	v.Summary = resultLine(len(list), f, next != nil)
	if after != nil {
		first := f
		first.After = ""
		v.First = first.address(v.Path)
	}
	if next != nil {
		more := f
		more.After = cursorToken(*next)
		v.Next = more.address(v.Path)
	}
	v.EmptyTitle, v.EmptyText = "Nothing on the programme yet", "New events appear here as soon as they are published."
	if f.set() {
		v.EmptyTitle, v.EmptyText = "No event matches", "Try fewer filters, or other words."
	}
	p.Description = v.Lede
	p.Hidden = f.set() || f.After != ""
	p.Canonical = s.absolute(v.Path)
	p.Share = &share{Type: "website", Title: v.Title, Description: v.Lede, URL: p.Canonical, SiteName: p.Brand.Name}
	p.Body = v
	return s.draw(r, "programme.html", p)
}

// brandProgramme makes the page the organisation's.
func (s *Site) brandProgramme(p *page, v *programmeView, org account.Organisation) {
	v.Path = "/o/" + org.Slug
	v.Eyebrow, v.Title = "Programme", org.Name
	if about := shorten(firstParagraph(org.About), 280); about != "" {
		v.Lede = about
	}
	p.Title, p.Brand = "Programme", brand{Name: org.Name, Path: v.Path}
	p.Contact, p.Feed = org.ContactEmail, v.Path+"/events.ics"
	v.Subscribe = s.subscribe(p.Feed, org.Name)
}

// fillFilters offers the values that the programme has, and the chosen one even
// when nothing has it any more.
func (s *Site) fillFilters(ctx context.Context, v *programmeView, slug string, f filter) error {
	facets, err := s.Catalog.Facets(ctx, slug, f.Past)
	if err != nil {
		return err
	}
	v.Modes = filterSelect{Name: "mode", Label: "How", Any: "Any way"}
	for _, m := range []catalog.Mode{catalog.Online, catalog.InPerson, catalog.Hybrid} {
		v.Modes.Options = append(v.Modes.Options, filterOption{string(m), modeWord(m), f.Mode == string(m)})
	}
	v.Topics = facetSelect("topic", "Topic", "All topics", facets.Topics, f.Topic, topicWord)
	v.Months = facetSelect("month", "Month", "Any month", facets.Months, f.Month, monthWord)
	v.Countries = facetSelect("country", "Country", "Anywhere", facets.Countries, f.Country, func(c string) string { return c })
	return nil
}

func facetSelect(name, label, all string, values []catalog.Facet, chosen string, word func(string) string) filterSelect {
	out := filterSelect{Name: name, Label: label, Any: all}
	found := chosen == ""
	for _, v := range values {
		same := strings.EqualFold(v.Value, chosen)
		out.Options = append(out.Options, filterOption{v.Value, word(v.Value) + " (" + strconv.Itoa(v.Count) + ")", same})
		found = found || same
	}
	if !found {
		out.Options = append(out.Options, filterOption{chosen, word(chosen), true})
	}
	return out
}

// byMonth groups a list that is in order of start.
func byMonth(list []catalog.Listed, prices map[uid.Event]inventory.PriceSpan, withOrg bool, now time.Time) []monthGroup {
	var out []monthGroup
	for _, e := range list {
		id := e.StartsLocal.Format("2006-01")
		if len(out) == 0 || out[len(out)-1].ID != id {
			out = append(out, monthGroup{ID: id, Name: e.StartsLocal.Format("January"), Year: e.StartsLocal.Format("2006")})
		}
		g := &out[len(out)-1]
		g.Cards = append(g.Cards, eventCard(e, prices, withOrg, now))
	}
	return out
}

// resultLine says what the list holds; the whole number is known only when all
// of it is on the page.
func resultLine(n int, f filter, more bool) string {
	scope, head := " to come", "The next "
	if f.Past {
		scope, head = "", "The first "
	}
	switch {
	case more && f.After == "":
		return head + count(n, "event")
	case f.After != "":
		return count(n, "event") + " more"
	}
	return count(n, "event") + scope
}

// cursorToken writes a place in the list as text for an address.
func cursorToken(c catalog.Cursor) string {
	return strconv.FormatInt(c.StartsAt.UnixMicro(), 36) + "." + c.ID.String()
}

// readCursor undoes cursorToken; empty text is the beginning.
func readCursor(token string) (*catalog.Cursor, error) {
	if token == "" {
		return nil, nil
	}
	at, id, _ := strings.Cut(token, ".")
	micros, err := strconv.ParseInt(at, 36, 64)
	if err != nil {
		return nil, err
	}
	var c catalog.Cursor
	if err := (*uid.Event).UnmarshalText(&c.ID, []byte(id)); err != nil {
		return nil, err
	}
	c.StartsAt = time.UnixMicro(micros).UTC()
	if y := c.StartsAt.Year(); y < 1900 || y > 2500 {
		return nil, strconv.ErrRange // the database has no such instant, and no event is there
	}
	return &c, nil
}

// firstParagraph is text up to the first empty line, on one line.
func firstParagraph(text string) string {
	first, _, _ := strings.Cut(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n")
	return strings.Join(strings.Fields(first), " ")
}

// shorten cuts text at a space so that it has at most n letters.
func shorten(text string, n int) string {
	letters := []rune(text)
	if len(letters) <= n {
		return text
	}
	head := string(letters[:n])
	if i := strings.LastIndexByte(head, ' '); i > len(head)/2 {
		head = head[:i]
	}
	return strings.TrimRight(head, " ,;:.–-") + "…"
}
