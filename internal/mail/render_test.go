package mail_test

import (
	"html"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"lanyard/internal/calendar"
	"lanyard/internal/fault"
	"lanyard/internal/mail"
)

func frame() mail.Frame {
	return mail.Frame{
		Organisation: "Midlands Life Sciences",
		HomeURL:      "https://events.example.org/midlands",
	}
}

// online is an occasion with one session, seen from New York.
func online() mail.Occasion {
	start := time.Date(2026, 11, 26, 18, 30, 0, 0, time.UTC)
	add := calendar.Links(calendar.Entry{
		Summary: "AI Airlock: call for applications", Zone: "Europe/London", Start: start, End: start.Add(90 * time.Minute),
		URL: "https://events.example.org/e/ai-airlock",
	})
	return mail.Occasion{
		Event:      "AI Airlock: call for applications",
		EventURL:   "https://events.example.org/e/ai-airlock",
		ViewerZone: "America/New_York",
		Sessions: []mail.Session{{
			Start: start, End: start.Add(90 * time.Minute), Zone: "Europe/London", Place: "Online",
			JoinURL: "https://events.example.org/j/v1.abc.1.def", Add: &add,
			CalendarURL: "https://events.example.org/e/ai-airlock/1.ics",
		}},
	}
}

// course is an occasion with two sessions in a room.
func course() mail.Occasion {
	o := online()
	o.Event, o.ViewerZone = "Regulation & reimbursement <for beginners>", ""
	s := o.Sessions[0]
	s.JoinURL, s.Add, s.CalendarURL = "", nil, ""
	s.Place, s.Title = "BioCity, Pennyfoot Street, Nottingham NG1 1GF", "Part 1: regulation"
	second := s
	second.Title, second.Start, second.End = "Part 2: reimbursement", s.Start.AddDate(0, 0, 7), s.End.AddDate(0, 0, 7)
	o.Sessions = []mail.Session{s, second}
	return o
}

// past is an occasion without links that no longer work.
func past() mail.Occasion {
	o := online()
	o.Sessions[0].JoinURL, o.Sessions[0].Add, o.Sessions[0].CalendarURL = "", nil, ""
	return o
}

const manageURL = "https://events.example.org/r/v1.abc?a=1&b=2"

// samples has one mail of each kind, and some kinds twice.
func samples() map[string]struct {
	kind mail.Kind
	data any
} {
	reminded := frame()
	reminded.UnsubscribeURL = "https://events.example.org/u/abc"
	return map[string]struct {
		kind mail.Kind
		data any
	}{
		"confirmation-online": {mail.KindConfirmation, mail.Confirmation{
			Frame: frame(), Occasion: online(), Name: "Siân Evans", Order: "K7PQ2", ManageURL: manageURL, Invited: true,
		}},
		"confirmation-room": {mail.KindConfirmation, mail.Confirmation{
			Frame: frame(), Occasion: course(), Name: "Łukasz O'Brien", Product: "Member ticket", Order: "K7PQ2", ManageURL: manageURL,
			TicketURL: "https://events.example.org/t/abc", FeedURL: "https://events.example.org/f/abc.ics", AllSessionsURL: "https://events.example.org/r/all.ics",
			Bring: []string{"A laptop", "Photo identification"},
		}},
		"application_received": {mail.KindApplicationReceived, mail.ApplicationReceived{
			Frame: frame(), Occasion: past(), Name: "Siân Evans", ManageURL: manageURL, Decision: "by Friday 4 December",
		}},
		"application_approved-to-pay": {mail.KindApplicationApproved, mail.ApplicationApproved{
			Frame: frame(), Occasion: past(), Name: "Siân Evans", ManageURL: manageURL,
			PayURL: "https://events.example.org/pay/abc", Price: "£48.00", PayBy: "Friday 4 December 2026, 23:59 GMT",
		}},
		"application_approved-free": {mail.KindApplicationApproved, mail.ApplicationApproved{
			Frame: frame(), Occasion: online(), Name: "Siân Evans", ManageURL: manageURL, Invited: true,
		}},
		"application_declined": {mail.KindApplicationDeclined, mail.ApplicationDeclined{
			Frame: frame(), Occasion: past(), Name: "Siân Evans", EventsURL: "https://events.example.org/midlands/events",
			Reason: "We had ninety applications for twenty places.\n\nPlease try again in spring.",
		}},
		"updated": {mail.KindUpdated, mail.Updated{
			Frame: frame(), Occasion: online(), Name: "Siân Evans", ManageURL: manageURL, Moved: true, Invited: true,
			Changes: []mail.Change{
				{What: "Time", Old: "Wednesday 25 November 2026, 18:30–20:00 GMT", New: "Thursday 26 November 2026, 18:30–20:00 GMT"},
				{What: "Place", Old: "BioCity, Nottingham", New: "Online"},
				{What: "Speaker", Old: "Dr A. Patel"},
			},
			Note: "Our speaker's train does not run on Wednesday.",
		}},
		"cancelled_by_attendee": {mail.KindCancelledByAttendee, mail.CancelledByAttendee{
			Frame: frame(), Occasion: past(), Name: "Siân Evans", Refund: "£48.00 goes back to the card you paid with, within ten days.",
		}},
		"cancelled_by_organiser": {mail.KindCancelledByOrganiser, mail.CancelledByOrganiser{
			Frame: frame(), Occasion: past(), Name: "Siân Evans", Reason: "You registered twice.", Contact: "events@example.org",
		}},
		"address_changed": {mail.KindAddressChanged, mail.AddressChanged{
			Frame: frame(), Occasion: past(), Name: "Siân Evans", Contact: "events@example.org",
		}},
		"event_cancelled": {mail.KindEventCancelled, mail.EventCancelled{
			Frame: frame(), Occasion: course(), Name: "Siân Evans", Reason: "The speaker is ill.",
			Refund: "£48.00 goes back to the card you paid with, within ten days.", EventsURL: "https://events.example.org/midlands/events",
		}},
		"event_postponed": {mail.KindEventPostponed, mail.EventPostponed{
			Frame: frame(), Occasion: past(), Name: "Siân Evans", Reason: "The venue is flooded.", ManageURL: manageURL,
		}},
		"handed_over_to": {mail.KindHandedOverTo, mail.HandedOverTo{
			Frame: frame(), Occasion: course(), Name: "Ana José", From: "Siân Evans", ManageURL: manageURL,
			TicketURL: "https://events.example.org/t/def", Bring: []string{"A laptop"}, Invited: true,
		}},
		"handed_over_from": {mail.KindHandedOverFrom, mail.HandedOverFrom{
			Frame: frame(), Occasion: past(), Name: "Siân Evans", To: "Ana José",
		}},
		"reminder-day": {mail.KindReminder, mail.Reminder{
			Frame: reminded, Occasion: course(), Name: "Siân Evans", Lead: mail.LeadDay, ManageURL: manageURL,
			TicketURL: "https://events.example.org/t/abc", Bring: []string{"A laptop"},
		}},
		"reminder-hour": {mail.KindReminder, mail.Reminder{
			Frame: reminded, Occasion: online(), Name: "Siân Evans", Lead: mail.LeadHour, ManageURL: manageURL,
		}},
		"reminder-now": {mail.KindReminder, mail.Reminder{
			Frame: reminded, Occasion: online(), Name: "", Lead: mail.LeadNow, ManageURL: manageURL,
		}},
		"sign_in": {mail.KindSignIn, mail.SignIn{
			Frame: frame(), LinkURL: "https://events.example.org/sign-in/abc", Minutes: 15,
		}},
		"report_file": {mail.KindReportFile, mail.ReportFile{
			Frame: frame(), Title: "Events", Period: "1 to 30 November 2026", Rows: "12 rows", FileName: "lanyard-events-2026-11.csv",
			ExportsURL: "https://events.example.org/console/o/org_1/finance/exports",
		}},
		"team_invite": {mail.KindTeamInvite, mail.TeamInvite{
			Frame: frame(), Inviter: "Siân Evans", Role: "organiser", LinkURL: "https://events.example.org/team/abc", Expires: "Friday 4 December 2026",
		}},
		"test": {mail.KindTest, mail.Test{
			Frame: frame(), SentBy: "Siân Evans", Server: "smtp.example.org, port 587", Invited: true,
		}},
	}
}

func TestRender_Golden(t *testing.T) {
	t.Parallel()
	seen := map[mail.Kind]bool{}
	for name, s := range samples() {
		seen[s.kind] = true
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			subject, text, page, err := mail.Render(s.kind, s.data)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+".txt", []byte("Subject: "+subject+"\n\n"+text))
			golden(t, name+".html", []byte(page))
		})
	}
	if len(seen) != 17 {
		t.Errorf("%d kinds have a golden file, want all 17", len(seen))
	}
}

var (
	textLink = regexp.MustCompile(`https?://\S+`)
	pageLink = regexp.MustCompile(`href="([^"]*)"`)
)

// linksOf are the addresses in both parts of a mail, sorted, each once.
func linksOf(text, page string) (inText, inPage []string) {
	inText = textLink.FindAllString(text, -1)
	for _, m := range pageLink.FindAllStringSubmatch(page, -1) {
		inPage = append(inPage, html.UnescapeString(m[1]))
	}
	for _, l := range []*[]string{&inText, &inPage} {
		slices.Sort(*l)
		*l = slices.Compact(*l)
	}
	return inText, inPage
}

// Scenario 42.
func TestRender_TextAndPageHaveTheSameLinks(t *testing.T) {
	t.Parallel()
	for name, s := range samples() {
		_, text, page, err := mail.Render(s.kind, s.data)
		if err != nil {
			t.Fatal(err)
		}
		inText, inPage := linksOf(text, page)
		if !slices.Equal(inText, inPage) {
			t.Errorf("%s:\ntext %q\npage %q", name, inText, inPage)
		}
		if len(inText) == 0 {
			t.Errorf("%s has no links", name)
		}
		for _, trace := range []string{"{{", "<no value>", "ZgotmplZ", "%!"} {
			if strings.Contains(text, trace) || strings.Contains(page, trace) {
				t.Errorf("%s holds %q", name, trace)
			}
		}
		for _, remote := range []string{"<img", "src=", "url(", "<script", "<link", "@import"} {
			if strings.Contains(page, remote) {
				t.Errorf("%s holds %q", name, remote)
			}
		}
	}
}

func TestRender_WantsTheKindsOwnData(t *testing.T) {
	t.Parallel()
	if _, _, _, err := mail.Render(mail.KindTest, mail.SignIn{}); err == nil {
		t.Error("a test mail was made from a sign-in")
	}
	if _, _, _, err := mail.Render("birthday", mail.Test{}); err == nil {
		t.Error("there is no birthday mail")
	}
}

func TestRender_RefusesWhatIsNoWebAddress(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"javascript:alert(1)", "/r/abc", "https://", "https://a.example/ b", "https://a.example/\r\nX", "data:text/html,x"} {
		for path, data := range map[string]mail.Confirmation{
			"ManageURL": {Frame: frame(), Occasion: online(), ManageURL: bad},
			"JoinURL":   {Frame: frame(), Occasion: mail.Occasion{Sessions: []mail.Session{{JoinURL: bad}}}},
			"Yahoo":     {Frame: frame(), Occasion: mail.Occasion{Sessions: []mail.Session{{Add: &calendar.AddLinks{Yahoo: bad}}}}},
			"HomeURL":   {Frame: mail.Frame{HomeURL: bad}},
		} {
			_, _, _, err := mail.Render(mail.KindConfirmation, data)
			f, ok := fault.As(err)
			if !ok || f.Fields[0].Path != path {
				t.Errorf("%q as %s: %v", bad, path, err)
			}
		}
	}
}

func TestRender_UserTextIsNoTemplateAndNoMarkup(t *testing.T) {
	t.Parallel()
	const nasty = "{{.ManageURL}}<b onclick=x>\r\n\x00\u202Ehi"
	o := online()
	o.Event, o.Sessions[0].Place = nasty, nasty
	in := mail.Confirmation{Frame: frame(), Occasion: o, Name: "Siân", Bring: []string{nasty}, ManageURL: manageURL}
	subject, text, page, err := mail.Render(mail.KindConfirmation, in)
	if err != nil {
		t.Fatal(err)
	}
	if want := "You are in: {{.ManageURL}}<b onclick=x> hi"; subject != want {
		t.Errorf("subject %q, want %q", subject, want)
	}
	if !strings.Contains(text, "Where: {{.ManageURL}}<b onclick=x> hi\n") {
		t.Errorf("text:\n%s", text)
	}
	if strings.Contains(page, "<b onclick") || !strings.Contains(page, "{{.ManageURL}}&lt;b onclick=x&gt; hi") {
		t.Errorf("page:\n%s", page)
	}
	if in.Bring[0] != nasty || in.Sessions[0].Place != nasty {
		t.Error("the caller's data was changed")
	}
}

func TestRender_NamesThatAreMessagesAreLeftOut(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Siân Evans":                   "Hello Siân Evans,",
		"Dr. J.R. O'Neill-Smith":       "Hello Dr. J.R. O'Neill-Smith,",
		"王小明":                          "Hello 王小明,",
		"":                             "Hello,",
		"Win now: evil.example":        "Hello,",
		"www evil":                     "Hello,",
		"https://evil":                 "Hello,",
		"mail me@evil":                 "Hello,",
		"You won £1000":                "Hello,",
		strings.Repeat("buy now ", 12): "Hello,",
	} {
		_, text, _, err := mail.Render(mail.KindConfirmation, mail.Confirmation{Frame: frame(), Occasion: online(), Name: name, ManageURL: manageURL})
		if err != nil {
			t.Fatal(err)
		}
		if got, _, _ := strings.Cut(text, "\n"); got != want {
			t.Errorf("%q is greeted %q, want %q", name, got, want)
		}
	}
}

func TestRender_SignInShowsNoCode(t *testing.T) {
	t.Parallel()
	s := samples()["sign_in"]
	_, text, _, err := mail.Render(s.kind, s.data)
	if err != nil {
		t.Fatal(err)
	}
	if got := regexp.MustCompile(`\b\d{6}\b`).FindString(text); got != "" {
		t.Errorf("it holds a code: %s", got)
	}
	if !strings.Contains(text, "15 minutes") {
		t.Error("it does not say for how long the link works")
	}
}

// Every text in every kind of data is written without control characters, however
// deep it lies.
func FuzzRender(f *testing.F) {
	f.Add("plain", "two\nlines")
	f.Add("{{.}}", "\r\n.\r\nX: y\x00\u2028<script>")
	f.Fuzz(func(t *testing.T, a, b string) {
		for name, s := range samples() {
			data := reflect.New(reflect.TypeOf(s.data)).Elem()
			data.Set(reflect.ValueOf(s.data))
			pollute(data, "", a, b)
			subject, text, page, err := mail.Render(s.kind, data.Interface())
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if strings.ContainsFunc(subject, func(r rune) bool { return r < ' ' || r == 0x7F }) {
				t.Fatalf("%s: subject %q", name, subject)
			}
			if strings.ContainsFunc(text+page, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7F }) {
				t.Fatalf("%s holds a control character", name)
			}
			if strings.Contains(page, "<script") {
				t.Fatalf("%s holds a script", name)
			}
		}
	})
}

// pollute puts text into every field that is not an address.
func pollute(v reflect.Value, field, a, b string) {
	switch v.Kind() {
	case reflect.String:
		if strings.HasSuffix(field, "URL") || field == "Lead" {
			return
		}
		v.SetString(a + b)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && v.Type() != reflect.TypeFor[calendar.AddLinks]() {
				pollute(v.Field(i), v.Type().Field(i).Name, a, b)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			pollute(v.Index(i), field, a, b)
		}
	}
}
