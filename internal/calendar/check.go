package calendar

import (
	"net"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"lanyard/internal/fault"
)

// maxURL is the longest link that is written, in bytes.
const maxURL = 2000

// Zone loads the time zone of an IANA name such as "Europe/London", or "UTC". It
// refuses abbreviations such as "BST", which mean different zones in different
// countries, and the machine's own zone.
func Zone(name string) (*time.Location, error) {
	if name != "UTC" && !strings.Contains(name, "/") {
		return nil, zoneFault()
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, zoneFault().Because(err)
	}
	return loc, nil
}

func zoneFault() *fault.Error {
	return fault.InvalidField("zone", "calendar.zone", "This is not a time zone; choose one such as Europe/London.")
}

// checkEntry refuses what cleaning cannot repair.
func checkEntry(e Entry) error {
	if !isUID(e.UID) {
		return fault.InvalidField("uid", "calendar.uid", "The calendar identifier must be 1 to 255 visible ASCII characters.")
	}
	if e.Sequence < 0 {
		return fault.InvalidField("sequence", "calendar.sequence", "The version number cannot be negative.")
	}
	if e.Stamp.IsZero() {
		return fault.InvalidField("stamp", "calendar.stamp", "The version needs the time at which it was made.")
	}
	if cleanLine(e.Summary, maxSummary) == "" {
		return fault.InvalidField("summary", "calendar.summary", "The title is missing.")
	}
	if e.Status != "" && e.Status != Confirmed && e.Status != Cancelled {
		return fault.InvalidField("status", "calendar.status", "The status must be confirmed or cancelled.")
	}
	if g := e.Geo; g != nil && !(g.Latitude >= -90 && g.Latitude <= 90 && g.Longitude >= -180 && g.Longitude <= 180) {
		return fault.InvalidField("geo", "calendar.geo", "These are not coordinates on earth.")
	}
	if err := checkTimes(e); err != nil {
		return err
	}
	if _, err := mailto("organizer.email", e.Organizer.Email); err != nil {
		return err
	}
	if e.URL != "" {
		if _, err := link("url", e.URL); err != nil {
			return err
		}
	}
	return nil
}

// checkTimes refuses entries that end before they start. The year is bounded
// because the format has exactly four digits for it.
func checkTimes(e Entry) error {
	loc, err := Zone(e.Zone)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		path string
		at   time.Time
	}{{"start", e.Start}, {"end", e.End}, {"stamp", e.Stamp}} {
		if y := f.at.UTC().Year(); y < 1971 || y > 9998 {
			return fault.InvalidField(f.path, "calendar.year", "The year must lie between 1971 and 9998.")
		}
	}
	start, end := e.Start, e.End
	if e.AllDay {
		start, end = date(start, loc), date(end, loc)
	}
	// Whole seconds count, because that is what the format can say.
	if end.Unix() <= start.Unix() {
		return fault.InvalidField("end", "calendar.end", "The end must be after the start.")
	}
	return nil
}

// date is the calendar day of t in loc, as midnight UTC.
func date(t time.Time, loc *time.Location) time.Time {
	y, m, d := t.In(loc).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

func isUID(s string) bool {
	if s == "" || len(s) > 255 {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7F || strings.IndexByte(`\;,"`, s[i]) >= 0 {
			return false
		}
	}
	return true
}

// link checks an absolute web address and returns its canonical spelling, in
// which nothing but ASCII remains. Everything that is not http or https is
// refused, so javascript: and file: links never reach anybody's calendar.
func link(path, s string) (string, error) {
	bad := fault.InvalidField(path, "calendar.url", "Enter a web address that starts with https:// or http://.")
	if len(s) > maxURL || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7F }) {
		return "", bad
	}
	u, err := url.Parse(s)
	if err != nil {
		return "", bad.Because(err)
	}
	if (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" || u.User != nil {
		return "", bad
	}
	if net.ParseIP(u.Hostname()) == nil {
		host, err := idna.Lookup.ToASCII(u.Hostname())
		if err != nil {
			return "", bad.Because(err)
		}
		u.Host = strings.Replace(u.Host, u.Hostname(), host, 1)
	}
	return asciiURL(u.String()), nil
}

// asciiURL percent-encodes what url.URL leaves alone and calendars stumble over.
func asciiURL(s string) string {
	return percent(s, func(b byte) bool { return b > ' ' && b < 0x7F && strings.IndexByte("\"\\<>^`{|}", b) < 0 })
}

// percent writes every byte that keep refuses as %XX.
func percent(s string, keep func(byte) bool) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		if keep(s[i]) {
			b.WriteByte(s[i])
			continue
		}
		b.WriteByte('%')
		b.WriteByte(digits[s[i]>>4])
		b.WriteByte(digits[s[i]&15])
	}
	return b.String()
}

// mailto checks an e-mail address and returns it as a URI that holds nothing
// which the calendar format would have to escape.
func mailto(path, email string) (string, error) {
	bad := fault.InvalidField(path, "calendar.email", "Enter an e-mail address such as name@example.org.")
	at := strings.LastIndexByte(email, '@')
	if at < 1 || len(email) > 254 || !utf8.ValidString(email) {
		return "", bad
	}
	local, domain := email[:at], email[at+1:]
	if strings.ContainsFunc(local, func(r rune) bool { return r <= ' ' || r == 0x7F || strings.ContainsRune(`"(),:;<>@[\]`, r) }) {
		return "", bad
	}
	host, err := idna.Lookup.ToASCII(domain)
	if err != nil || host == "" || strings.ContainsAny(host, " ,;:") {
		return "", bad.Because(err)
	}
	local = percent(local, func(b byte) bool {
		return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || strings.IndexByte("-._~+!$*'=/", b) >= 0
	})
	return "mailto:" + local + "@" + host, nil
}
