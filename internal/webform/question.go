package webform

import (
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"lanyard/internal/booking"
	"lanyard/internal/fault"
	"lanyard/internal/uid"
)

// Longest answers, as booking accepts them.
const (
	maxText     = 500
	maxLongText = 5000
)

// answerName is the name of a question's control.
func answerName(prefix string, id uid.Question) string {
	return join(prefix, "answers."+id.String())
}

// Questions draws an event's own questions for the attendee at f.Prefix.
// Archived ones are left out; those whose condition is not met are hidden.
func Questions(questions []booking.Question, f Form) (template.HTML, error) {
	return draw(f.questions(questions), f.Prefix)
}

// QuestionSummary is Summary for the questions.
func QuestionSummary(questions []booking.Question, f Form) []Problem {
	var out []Problem
	for _, c := range f.questions(questions) {
		if c.Error != "" {
			out = append(out, Problem{ID: c.ID, Text: c.Error})
		}
	}
	return out
}

func (f Form) questions(questions []booking.Question) []control {
	asked := booking.Asked(questions, given(questions, f.Values, f.Prefix))
	var out []control
	for _, q := range questions {
		if q.Archived {
			continue
		}
		c := f.question(q)
		if q.Condition != nil {
			c.ShowIf = showIf(answerName(f.Prefix, q.Condition.Question), q.Condition.AnyOf)
			c.Hidden = !asked[q.ID]
			c.Seen, c.SeenID = join(f.Prefix, "seen"), q.ID.String()
		}
		out = append(out, c)
	}
	return out
}

func (f Form) question(q booking.Question) control {
	name := answerName(f.Prefix, q.ID)
	t := terms{label: q.Label, whose: f.whose(), sort: "question"}
	c := control{
		Kind: kindText, Type: "text", Name: name, ID: ID(name), Label: q.Label, Help: q.Help,
		Required: q.Required, Optional: !q.Required, Value: f.Values.Get(name), Rows: 5,
	}
	fit := ""
	switch q.Type {
	case booking.Text:
		c.MaxLength, t.max = strconv.Itoa(maxText), strconv.Itoa(maxText)
	case booking.LongText:
		c.Kind, c.MaxLength, t.max = kindArea, strconv.Itoa(maxLongText), strconv.Itoa(maxLongText)
	case booking.SingleChoice:
		c.Kind = kindRadio
		if len(q.Choices) > fewChoices+1 {
			c.Kind = kindSelect
		}
		c.Options = f.options(name, q.Choices)
	case booking.MultiChoice:
		c.Kind, c.Options = kindChecks, f.options(name, q.Choices)
	case booking.YesNo:
		c.Kind, c.Layout = kindRadio, "inline"
		c.Options = f.options(name, []booking.Choice{{ID: "yes", Label: "Yes"}, {ID: "no", Label: "No"}})
	case booking.Number: // a text box keeps what was typed, and takes 12,5
		c.InputMode, c.Pattern, fit = "decimal", `-?[0-9]{1,15}([.,][0-9]{1,6})?`, "number"
	case booking.Date:
		c.Type, fit = "date", "date"
	case booking.Phone:
		c.Type, c.Autocomplete, c.Pattern, fit = "tel", "tel", `\s*\+?[0-9][0-9 \(\).\/\-]{3,28}[0-9]\s*`, "phone"
	case booking.Consent:
		t.sort = "tick"
		c.Kind, c.Value, c.Options = kindTick, "yes", []option{{Checked: f.Values.Get(name) == "yes"}}
	}
	c.says(t, fit)
	c.Error = f.errorFor(name, t)
	return c
}

func (f Form) options(name string, choices []booking.Choice) []option {
	out := make([]option, len(choices))
	for i, ch := range choices {
		out[i] = option{Value: ch.ID, Label: ch.Label, Checked: slices.Contains(f.Values[name], ch.ID)}
	}
	return out
}

// Answers are what was posted to the questions for the attendee at prefix.
// Answers to questions that the other answers no longer lead to are dropped: a
// person who changes an earlier answer takes the later ones back. Answers to
// questions that are not in the form at all stay, for booking to refuse.
func Answers(questions []booking.Question, values url.Values, prefix string) map[uid.Question][]string {
	answers := given(questions, values, prefix)
	asked := booking.Asked(questions, answers)
	for _, q := range questions {
		if !q.Archived && !asked[q.ID] {
			delete(answers, q.ID)
		}
	}
	return answers
}

func given(questions []booking.Question, values url.Values, prefix string) map[uid.Question][]string {
	answers := map[uid.Question][]string{}
	start := join(prefix, "answers.")
	for name, texts := range values {
		rest, ok := strings.CutPrefix(name, start)
		if !ok {
			continue
		}
		var id uid.Question
		if id.UnmarshalText([]byte(rest)) != nil || id.IsZero() {
			continue
		}
		kept := slices.DeleteFunc(slices.Clone(texts), func(v string) bool { return strings.TrimSpace(v) == "" })
		if len(kept) > 0 {
			answers[id] = kept
		}
	}
	return answers
}

// AnswerValues puts answers into form values, for a form that starts out filled in.
func AnswerValues(out url.Values, answers map[uid.Question][]string, prefix string) {
	for id, values := range answers {
		out[answerName(prefix, id)] = slices.Clone(values)
	}
}

// Missing are the questions that must be answered and are not, so that they are
// named together with what else is wrong.
func Missing(questions []booking.Question, values url.Values, prefix string) []fault.Field {
	answers := given(questions, values, prefix)
	asked := booking.Asked(questions, answers)
	var out []fault.Field
	for _, q := range questions {
		if q.Required && asked[q.ID] && len(answers[q.ID]) == 0 {
			out = append(out, fault.Field{Path: answerName(prefix, q.ID), Rule: "required", Message: "is not answered"})
		}
	}
	return out
}

// Unseen reports whether the answers lead to a question that was not on the page
// the attendee sent. That happens without a script, which would have shown the
// question at once; scripts are known by the time zone that they fill in.
func Unseen(questions []booking.Question, values url.Values, prefix string) bool {
	if values.Get(join(prefix, "timezone")) != "" {
		return false
	}
	asked := booking.Asked(questions, given(questions, values, prefix))
	for _, q := range questions {
		if q.Condition != nil && asked[q.ID] && !slices.Contains(values[join(prefix, "seen")], q.ID.String()) {
			return true
		}
	}
	return false
}
