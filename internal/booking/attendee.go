package booking

import (
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"lanyard/internal/fault"
	"lanyard/internal/fold"
)

// emailShape is deliberately wider than RFC 5321 in the local part, which
// belongs to the recipient's host, and strict about what could end a header or
// an address list.
var emailShape = regexp.MustCompile(`^[^\x00-\x20\x7F<>"(),:;@\[\\\]]+@[^\x00-\x20\x7F<>"(),:;@\[\\\]]+\.[^\x00-\x20\x7F<>"(),:;@\[\\\]]+$`)

// clean brings what a person typed into the form in which it is kept: composed
// Unicode, no spaces at the ends, the address's domain in lower case.
func (a Attendee) clean() Attendee {
	a.Name = tidy(a.Name)
	a.Organisation = tidy(a.Organisation)
	a.Email = strings.TrimSpace(norm.NFC.String(a.Email))
	if at := strings.LastIndexByte(a.Email, '@'); at >= 0 {
		a.Email = a.Email[:at] + strings.ToLower(a.Email[at:])
	}
	return a
}

func tidy(s string) string { return strings.TrimSpace(norm.NFC.String(s)) }

// check returns what is wrong with an attendee's own details; the questions are
// checked apart. Prefix is the attendee's path in the request.
func (a Attendee) check(prefix string) []fault.Field {
	var bad []fault.Field
	report := func(field, rule, message string) {
		bad = append(bad, fault.Field{Path: prefix + "." + field, Rule: rule, Message: message})
	}
	switch {
	case a.Name == "":
		report("name", "required", "is missing")
	case utf8.RuneCountInString(a.Name) > 200:
		report("name", "string.max_len", "has more than 200 characters")
	case !printable(a.Name):
		report("name", "string.pattern", "contains a line break or another control character")
	}
	switch {
	case utf8.RuneCountInString(a.Organisation) > 200:
		report("organisation", "string.max_len", "has more than 200 characters")
	case !printable(a.Organisation):
		report("organisation", "string.pattern", "contains a line break or another control character")
	}
	switch a.Segment {
	case SegmentAcademic, SegmentBusiness, SegmentClinical:
	case "":
		report("segment", "required", "says whether you are academic, business or clinical; it is missing")
	default:
		report("segment", "enum.defined_only", "is none of academic, business, clinical")
	}
	if message := checkEmail(a.Email); message != "" {
		report("email", "string.pattern", message)
	}
	if a.Timezone != "" {
		if _, err := time.LoadLocation(a.Timezone); err != nil || a.Timezone == "Local" {
			report("timezone", "timezone.unknown", "is not a time zone such as Europe/London")
		}
	}
	return bad
}

func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// checkEmail returns what is wrong with an address, or "".
func checkEmail(email string) string {
	switch {
	case email == "":
		return "is missing"
	case len(email) > 254:
		return "is longer than 254 characters"
	case !printable(email):
		return "contains a line break or another control character"
	case !emailShape.MatchString(email):
		return "is not an address such as name@example.org"
	}
	if _, err := idna.Lookup.ToASCII(email[strings.LastIndexByte(email, '@')+1:]); err != nil {
		return "has a domain that does not exist in this form"
	}
	return ""
}

// searchText is what organisers find a registration by.
func (a Attendee) searchText(orderCode string) string {
	return fold.Text(a.Name, a.Email, a.Organisation, orderCode)
}
