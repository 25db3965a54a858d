package mail

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"reflect"
	"regexp"
	"strings"
	texttemplate "text/template"
)

//go:embed templates
var templates embed.FS

// A form is how one kind is written.
type form struct {
	data reflect.Type
	text *texttemplate.Template
	html *template.Template
}

// forms has every kind; a template that does not parse stops the program at start.
var forms = map[Kind]form{
	KindConfirmation:         newForm[Confirmation](KindConfirmation),
	KindApplicationReceived:  newForm[ApplicationReceived](KindApplicationReceived),
	KindApplicationApproved:  newForm[ApplicationApproved](KindApplicationApproved),
	KindApplicationDeclined:  newForm[ApplicationDeclined](KindApplicationDeclined),
	KindUpdated:              newForm[Updated](KindUpdated),
	KindCancelledByAttendee:  newForm[CancelledByAttendee](KindCancelledByAttendee),
	KindCancelledByOrganiser: newForm[CancelledByOrganiser](KindCancelledByOrganiser),
	KindAddressChanged:       newForm[AddressChanged](KindAddressChanged),
	KindEventCancelled:       newForm[EventCancelled](KindEventCancelled),
	KindEventPostponed:       newForm[EventPostponed](KindEventPostponed),
	KindHandedOverTo:         newForm[HandedOverTo](KindHandedOverTo),
	KindHandedOverFrom:       newForm[HandedOverFrom](KindHandedOverFrom),
	KindReminder:             newForm[Reminder](KindReminder),
	KindOrder:                newForm[Order](KindOrder),
	KindCompanyCode:          newForm[CompanyCode](KindCompanyCode),
	KindReportFile:           newForm[ReportFile](KindReportFile),
	KindSignIn:               newForm[SignIn](KindSignIn),
	KindTeamInvite:           newForm[TeamInvite](KindTeamInvite),
	KindTest:                 newForm[Test](KindTest),
}

func newForm[T any](kind Kind) form {
	read := func(name string) string {
		b, err := templates.ReadFile("templates/" + name)
		if err != nil {
			panic(err)
		}
		return string(b)
	}
	text := texttemplate.New("").Funcs(texttemplate.FuncMap(words)).Option("missingkey=error")
	texttemplate.Must(text.Parse(read("layout.txt")))
	texttemplate.Must(text.Parse(read(string(kind) + ".txt")))
	page := template.New("").Funcs(words).Option("missingkey=error")
	template.Must(page.Parse(inline.Replace(read("layout.html"))))
	template.Must(page.Parse(inline.Replace(read(string(kind) + ".html"))))
	return form{data: reflect.TypeFor[T](), text: text, html: page}
}

// Render writes a mail of a kind from its data, which must be a value of the
// kind's type. A field that holds no proper address where it should is a fault.
func Render(kind Kind, data any) (subject, text, html string, err error) {
	f, ok := forms[kind]
	if !ok {
		return "", "", "", fmt.Errorf("there is no mail of kind %q", kind)
	}
	if reflect.TypeOf(data) != f.data {
		return "", "", "", fmt.Errorf("a mail of kind %s takes %v, not %T", kind, f.data, data)
	}
	if data, err = scrub(data); err != nil {
		return "", "", "", err
	}
	frame, ok := reflect.ValueOf(data).FieldByName("Frame").Interface().(Frame)
	if !ok {
		return "", "", "", fmt.Errorf("the data of %s has no frame", kind)
	}
	page := struct {
		Subject, Why string
		Frame        Frame
		Data         any
	}{Frame: frame, Data: data}
	run := func(name string, dot any) string {
		var b bytes.Buffer
		if err == nil {
			err = f.text.ExecuteTemplate(&b, name, dot)
		}
		return b.String()
	}
	page.Subject = oneLine(run("subject", data), maxSubject)
	page.Why = run("why", data)
	text = strings.TrimSpace(blankLines.ReplaceAllString(run("layout", page), "\n\n")) + "\n"
	var b bytes.Buffer
	if err == nil {
		err = f.html.ExecuteTemplate(&b, "layout", page)
	}
	if err != nil {
		return "", "", "", fmt.Errorf("write mail of kind %s: %w", kind, err)
	}
	return page.Subject, text, strings.TrimSpace(blankLines.ReplaceAllString(b.String(), "\n")) + "\n", nil
}

const maxSubject = 150

var blankLines = regexp.MustCompile(`\n{3,}`)

// words are the functions of the templates.
var words = template.FuncMap{
	"when": func(s Session, viewerZone string) string {
		return When(s.Start, s.End, s.Zone, viewerZone, s.AllDay)
	},
	"hello": func(name string) string {
		if name = person(name, ""); name == "" {
			return "Hello,"
		}
		return "Hello " + name + ","
	},
	"person":     person,
	"grouped":    grouped,
	"paragraphs": paragraphs,
	"joins": func(o Occasion) bool {
		for _, s := range o.Sessions {
			if s.JoinURL != "" {
				return true
			}
		}
		return false
	},
}

// grouped writes an order code in the groups of four that people read out.
func grouped(code string) string {
	code = strings.NewReplacer(" ", "", "-", "").Replace(code)
	var parts []string
	for len(code) > 4 {
		parts, code = append(parts, code[:4]), code[4:]
	}
	return strings.Join(append(parts, code), "-")
}

// person returns a name that somebody typed, or instead when it is empty or looks
// like a message: registering other people's addresses under such "names" is how
// forms get misused to send advertisements.
func person(name, instead string) string {
	if name == "" || len([]rune(name)) > 80 || strings.ContainsAny(name, "@/<>\\$\u20AC\u00A3") || looksLikeHost.MatchString(name) {
		return instead
	}
	return name
}

// looksLikeHost finds what mail programs turn into links, but not "J.R. Smith".
var looksLikeHost = regexp.MustCompile(`(?i)\bwww\b|[\pL\d-]{2,}\.[\pL]{2,}`)

// paragraphs splits text into its non-empty lines.
func paragraphs(s string) []string {
	var out []string
	for l := range strings.SplitSeq(s, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}

// inline puts the styles where mail programs read them; the classes are for the
// dark colours in the layout. It only ever sees the templates, never what people
// wrote.
var inline = strings.NewReplacer(
	`<body class="page">`, `<body class="page" style="margin:0;padding:24px 12px;background:#faf9f5;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5">`,
	`<div class="card">`, `<div class="card" style="max-width:560px;margin:0 auto;padding:28px;background:#ffffff;border:1px solid #dfdbce;border-top:4px solid #0b5f5a;border-radius:12px">`,
	`<div class="footer">`, `<div class="footer" style="max-width:560px;margin:16px auto 0;padding:0 28px">`,
	`<p class="sender">`, `<p class="quiet" style="margin:0 0 20px;font-size:14px;font-weight:600;color:#586663">`,
	`<p class="small">`, `<p class="quiet" style="margin:0 0 12px;font-size:14px;color:#586663">`,
	`<p class="said">`, `<p class="text line" style="margin:0 0 16px;padding-left:14px;border-left:3px solid #a9d0ca;color:#13211f">`,
	`<p>`, `<p class="text" style="margin:0 0 16px;color:#13211f">`,
	`<h1>`, `<h1 class="text" style="margin:24px 0 8px;font-family:Charter,'Iowan Old Style',Georgia,serif;font-size:24px;line-height:1.25;font-weight:600;color:#13211f">`,
	`<h2>`, `<h2 class="text" style="margin:20px 0 4px;font-size:17px;color:#13211f">`,
	`<ul>`, `<ul class="text" style="margin:0 0 16px;padding-left:22px;color:#13211f">`,
	`<table role="presentation">`, `<table role="presentation" style="border-collapse:collapse;margin:0 0 16px">`,
	`<th>`, `<th class="quiet" style="padding:4px 16px 4px 0;text-align:left;vertical-align:top;font-weight:600;color:#586663">`,
	`<td>`, `<td class="text" style="padding:4px 0;vertical-align:top;color:#13211f">`,
	`<s class="old">`, `<s class="quiet" style="color:#586663">`,
	`<a class="button" `, `<a class="button" style="display:inline-block;padding:12px 22px;border-radius:8px;background:#0b5f5a;color:#ffffff;font-weight:600;text-decoration:none" `,
	`<a class="title" `, `<a class="text" style="color:#13211f;text-decoration:none" `,
	`<a href=`, `<a class="link" style="color:#0b5f5a" href=`,
)
