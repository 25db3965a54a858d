package webform_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lanyard/internal/booking"
	"lanyard/internal/fault"
	"lanyard/internal/uid"
	"lanyard/internal/webform"
)

// form asks one question of each kind; the second is asked after a prototype,
// the third after a yes to the second.
type form struct {
	questions []booking.Question
	id        map[string]uid.Question
}

func newForm() form {
	f := form{id: map[string]uid.Question{}}
	add := func(name string, q booking.Question) {
		q.ID = uid.New[uid.Question]()
		q.Label = name
		f.id[name] = q.ID
		f.questions = append(f.questions, q)
	}
	add("Stage", booking.Question{Type: booking.SingleChoice, Required: true, Choices: []booking.Choice{{ID: "idea", Label: "An idea"}, {ID: "prototype", Label: "A prototype"}}})
	add("Tested?", booking.Question{Type: booking.YesNo, Condition: &booking.Condition{Question: f.id["Stage"], AnyOf: []string{"prototype"}}})
	add("Evidence", booking.Question{Type: booking.LongText, Required: true, Condition: &booking.Condition{Question: f.id["Tested?"], AnyOf: []string{"yes"}}})
	add("Nickname", booking.Question{Type: booking.Text, Help: "For the badge"})
	add("Topics", booking.Question{Type: booking.MultiChoice, Choices: []booking.Choice{{ID: "a", Label: "Law"}, {ID: "b", Label: "Money"}}})
	add("Staff", booking.Question{Type: booking.Number})
	add("Since", booking.Question{Type: booking.Date})
	add("Phone", booking.Question{Type: booking.Phone})
	add("I agree", booking.Question{Type: booking.Consent, Required: true})
	add("Old", booking.Question{Type: booking.Text, Archived: true})
	return f
}

func (f form) name(label string) string { return "attendees[0].answers." + f.id[label].String() }

func (f form) render(t *testing.T, values url.Values, violations ...fault.Field) string {
	t.Helper()
	html, err := webform.Questions(f.questions, webform.Form{Prefix: "attendees[0]", Values: values, Violations: violations})
	if err != nil {
		t.Fatal(err)
	}
	return string(html)
}

func TestQuestions_AllNineKinds(t *testing.T) {
	t.Parallel()
	f := newForm()
	html := f.render(t, url.Values{f.name("Topics"): {"b"}, f.name("Staff"): {"a few"}})
	control := func(label string) string {
		return `id="` + webform.ID(f.name(label)) + `" name="` + f.name(label) + `"`
	}
	wantParts(t, html,
		`<input type="radio" `+control("Stage")+` value="idea" required>`,
		`<input type="radio" `+control("Tested?")+` value="yes">`,
		`<textarea class="input" `+control("Evidence")+` rows="5" required maxlength="5000"`,
		`<input class="input" `+control("Nickname")+` type="text" maxlength="500"`,
		`<input type="checkbox" name="`+f.name("Topics")+`" value="b" checked>`,
		control("Staff")+` type="text" inputmode="decimal" pattern="-?[0-9]{1,15}([.,][0-9]{1,6})?" data-fit="Enter a number, such as 12: Staff" value="a few">`,
		control("Since")+` type="date"`,
		control("Phone")+` type="tel" autocomplete="tel"`,
		`<input type="checkbox" `+control("I agree")+` value="yes" required data-need="Tick the box to go on: I agree">`,
	)
	if strings.Contains(html, f.name("Old")) {
		t.Error("an archived question is asked")
	}
}

func TestQuestions_WithoutAScriptComeWhenAnAnswerAsksForThem(t *testing.T) {
	t.Parallel()
	f := newForm()
	values := url.Values{f.name("Stage"): {"prototype"}}
	hidden := func(html, label string) bool {
		flat := strings.Join(strings.Fields(html), " ")
		before, _, found := strings.Cut(flat, `id="`+webform.ID(f.name(label))+`"`)
		if !found {
			t.Fatalf("%s is not on the page", label)
		}
		open := before[strings.LastIndex(before, "data-show-if"):]
		return strings.Contains(open[:strings.Index(open, ">")], " hidden")
	}
	if html := f.render(t, nil); !hidden(html, "Tested?") || !hidden(html, "Evidence") {
		t.Error("questions are shown that nothing asks for yet")
	}
	if !webform.Unseen(f.questions, values, "attendees[0]") {
		t.Error("a prototype leads to a question that was not on the page")
	}
	html := f.render(t, values)
	if hidden(html, "Tested?") || !hidden(html, "Evidence") {
		t.Error("after a prototype, the second question and only that is asked")
	}
	wantParts(t, html, `<input type="hidden" name="attendees[0].seen" value="`+f.id["Tested?"].String()+`">`)

	values["attendees[0].seen"] = []string{f.id["Tested?"].String()}
	if webform.Unseen(f.questions, values, "attendees[0]") {
		t.Error("the question was on the page")
	}
	values.Set(f.name("Tested?"), "yes")
	if !webform.Unseen(f.questions, values, "attendees[0]") {
		t.Error("a yes leads to the third question")
	}
	values.Set("attendees[0].timezone", "Europe/London")
	if webform.Unseen(f.questions, values, "attendees[0]") {
		t.Error("a script shows questions at once")
	}
}

func TestAnswers_LeaveOutWhatIsNoLongerAsked(t *testing.T) {
	t.Parallel()
	f := newForm()
	foreign := uid.New[uid.Question]()
	got := webform.Answers(f.questions, url.Values{
		f.name("Stage"):    {"idea"},
		f.name("Tested?"):  {"yes"},
		f.name("Evidence"): {"much"},
		f.name("Nickname"): {" "},
		f.name("Topics"):   {"a", "", "b"},
		f.name("Old"):      {"left over"},
		"attendees[0].answers." + foreign.String(): {"x"},
		"attendees[0].answers.7":                   {"x"},
		"attendees[1].answers.qst_":                {"x"},
	}, "attendees[0]")
	want := map[uid.Question][]string{
		f.id["Stage"]: {"idea"}, f.id["Topics"]: {"a", "b"},
		f.id["Old"]: {"left over"}, foreign: {"x"}, // for booking to refuse
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestQuestionSummary_SpeaksPlainly(t *testing.T) {
	t.Parallel()
	f := newForm()
	got := webform.QuestionSummary(f.questions, webform.Form{Prefix: "attendees[0]", Violations: []fault.Field{
		{Path: f.name("Stage"), Rule: "required", Message: `"Stage" is not answered`},
		{Path: f.name("Staff"), Rule: "number", Message: "is not a number"},
		{Path: f.name("Nickname"), Rule: "string.max_len", Message: "has 10000 characters; at most 500 fit"},
		{Path: f.name("Phone"), Rule: "phone", Message: "is not a telephone number"},
		{Path: f.name("I agree"), Rule: "required", Message: `"I agree" is not answered`},
		{Path: f.name("Since"), Rule: "some.later.rule", Message: "lies in the future"},
	}})
	id := func(label string) string { return webform.ID(f.name(label)) }
	want := []webform.Problem{
		{ID: id("Stage"), Text: "Answer this question: Stage"},
		{ID: id("Nickname"), Text: "Nickname is too long: at most 500 characters fit"},
		{ID: id("Staff"), Text: "Enter a number, such as 12: Staff"},
		{ID: id("Since"), Text: "Since lies in the future"},
		{ID: id("Phone"), Text: "Enter a telephone number such as +44 20 7946 0000"},
		{ID: id("I agree"), Text: "Tick the box to go on: I agree"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
