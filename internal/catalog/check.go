package catalog

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Limits of texts, in characters. The contract states the same ones.
const (
	maxTitle       = 200
	maxSummary     = 300
	maxDescription = 20000
	maxPlace       = 200
	maxAddress     = 300
	maxTown        = 120
	maxWord        = 60
	maxURL         = 1000
	maxGoodToKnow  = 2000
	maxReason      = 500
	maxOpens       = 24 * 60
)

var (
	slugShape     = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?$`)
	languageShape = regexp.MustCompile(`^([A-Z]{2}(,[A-Z]{2})*)?$`)
)

// tidy trims what nobody meant to type and drops invisible characters that turn
// text around. It changes nothing that can be seen.
func (d Details) tidy() Details {
	for _, s := range []*string{
		&d.Title, &d.Slug, &d.Summary, &d.Venue, &d.Address, &d.City, &d.Country, &d.JoinAddress, &d.Topic,
		&d.Languages, &d.Website, &d.CodeOfConductURL, &d.CallURL, &d.CallClosesOn, &d.RegistrationClosesLocal,
		&d.GoodToKnow, &d.Description,
	} {
		*s = tidyText(*s)
	}
	return d
}

func tidyText(s string) string {
	if !utf8.ValidString(s) {
		return s // to be refused; mapping it would hide what is wrong
	}
	return strings.TrimSpace(straighten(s))
}

// straighten drops the characters that turn text around.
func straighten(s string) string {
	return strings.Map(func(r rune) rune {
		if turnsText(r) {
			return -1
		}
		return r
	}, s)
}

// turnsText reports whether r is an invisible character that changes the order
// or the look of what follows. Joiners are not: emoji and some scripts need them.
func turnsText(r rune) bool {
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\ufeff' || r == '\u200b'
}

// check adds what is wrong with tidied details, with paths below prefix.
func (d Details) check(p *problems, prefix string) {
	if d.Title == "" {
		p.add(prefix+"title", "required", "must be filled in")
	}
	if d.Slug != "" && !slugShape.MatchString(d.Slug) {
		p.add(prefix+"slug", "string.pattern", "must be made of a to z, 0 to 9 and hyphens")
	}
	for _, t := range []struct {
		path, text string
		limit      int
	}{
		{"title", d.Title, maxTitle}, {"summary", d.Summary, maxSummary}, {"venue", d.Venue, maxPlace},
		{"address", d.Address, maxAddress}, {"city", d.City, maxTown}, {"country", d.Country, maxTown},
		{"topic", d.Topic, maxWord}, {"languages", d.Languages, maxWord},
	} {
		checkLine(p, prefix+t.path, t.text, t.limit)
	}
	checkText(p, prefix+"description", d.Description, maxDescription)
	checkText(p, prefix+"good_to_know", d.GoodToKnow, maxGoodToKnow)
	if !languageShape.MatchString(d.Languages) {
		p.add(prefix+"languages", "string.pattern", "must be two-letter codes separated by commas, such as EN,FR")
	}
	d.checkChoices(p, prefix)
	d.checkLinks(p, prefix)
	if d.JoinOpensMinutes < 0 || d.JoinOpensMinutes > maxOpens {
		p.add(prefix+"join_opens_minutes", "int32.gte_lte", "must be from 0 to %d", maxOpens)
	}
	if d.CallClosesOn != "" {
		readWall(p, prefix+"call_closes_on", d.CallClosesOn, true)
	}
}

func (d Details) checkChoices(p *problems, prefix string) {
	if !d.Mode.Known() {
		p.add(prefix+"mode", "enum.defined_only", "must be chosen")
	}
	if !d.Visibility.Known() {
		p.add(prefix+"visibility", "enum.defined_only", "must be chosen")
	}
	if !d.RegistrationMode.Known() {
		p.add(prefix+"registration_mode", "enum.defined_only", "must be chosen")
	}
	if d.RegistrationMode == External && d.Website == "" {
		p.add(prefix+"website", "external.website", "is where people register, so it must be filled in")
	}
}

func (d Details) checkLinks(p *problems, prefix string) {
	checkURL(p, prefix+"join_address", d.JoinAddress, "https")
	checkURL(p, prefix+"website", d.Website, "http", "https")
	checkURL(p, prefix+"code_of_conduct_url", d.CodeOfConductURL, "http", "https")
	checkURL(p, prefix+"call_url", d.CallURL, "http", "https")
}

func (d SessionDetails) tidy() SessionDetails {
	return SessionDetails{tidyText(d.Title), tidyText(d.Place), tidyText(d.JoinAddress)}
}

func (d SessionDetails) check(p *problems, prefix string) {
	checkLine(p, prefix+"title", d.Title, maxTitle)
	checkLine(p, prefix+"place", d.Place, maxPlace)
	checkURL(p, prefix+"join_address", d.JoinAddress, "https")
}

// checkLine refuses what does not belong in a single line of text.
func checkLine(p *problems, path, s string, limit int) {
	if checkText(p, path, s, limit) && strings.ContainsFunc(s, breaksLine) {
		p.add(path, "string.pattern", "contains a line break or another control character")
	}
}

func breaksLine(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }

// checkText refuses what is too long or not text at all.
func checkText(p *problems, path, s string, limit int) bool {
	switch {
	case !utf8.ValidString(s):
		p.add(path, "string.utf8", "is not text in UTF-8")
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\t\n\r", r) }):
		p.add(path, "string.pattern", "contains a control character")
	case utf8.RuneCountInString(s) > limit:
		p.add(path, "string.max_len", "has more than %d characters", limit)
	default:
		return true
	}
	return false
}

// checkURL refuses what is no web address of one of the schemes. Empty is fine.
func checkURL(p *problems, path, s string, schemes ...string) {
	if s == "" || !checkText(p, path, s, maxURL) {
		return
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "" || strings.ContainsAny(s, " \t\r\n\"<>\\^`{|}") || !goodHost(u):
		p.add(path, "string.uri", "is not a web address, such as https://example.org")
	case !slices.Contains(schemes, u.Scheme):
		p.add(path, "string.uri", "must begin with %s://", schemes[len(schemes)-1])
	case u.User != nil:
		p.add(path, "string.uri", "contains a user name, which hides where the link leads")
	}
}

func goodHost(u *url.URL) bool {
	if strings.Contains(u.Hostname(), ":") {
		return true // an IPv6 address; url.Parse has checked the brackets
	}
	_, err := idna.Lookup.ToASCII(u.Hostname())
	return err == nil
}
