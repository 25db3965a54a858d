package booking

import (
	"strings"
	"testing"

	"lanyard/internal/uid"
)

func TestCheckAnswers_ByKindOfQuestion(t *testing.T) {
	t.Parallel()
	choices := []Choice{{ID: "red", Label: "Red"}, {ID: "blue", Label: "Blue"}}
	for _, tt := range []struct {
		name   string
		kind   QuestionType
		values []string
		rule   string
	}{
		{"text", Text, []string{"hello"}, ""},
		{"text of two lines", Text, []string{"a\nb"}, "string.pattern"},
		{"text too long", Text, []string{strings.Repeat("x", 501)}, "string.max_len"},
		{"two texts", Text, []string{"a", "b"}, "repeated.max_items"},
		{"long text of two lines", LongText, []string{"a\r\nb"}, ""},
		{"long text too long", LongText, []string{strings.Repeat("x", 5001)}, "string.max_len"},
		{"long text with NUL", LongText, []string{"a\x00b"}, "string.pattern"},
		{"choice", SingleChoice, []string{"red"}, ""},
		{"unknown choice", SingleChoice, []string{"green"}, "choice.unknown"},
		{"two of one choice", SingleChoice, []string{"red", "blue"}, "repeated.max_items"},
		{"choices", MultiChoice, []string{"blue", "red"}, ""},
		{"choices with an unknown one", MultiChoice, []string{"blue", "green"}, "choice.unknown"},
		{"number", Number, []string{"-12,5"}, ""},
		{"number in words", Number, []string{"twelve"}, "number"},
		{"number with exponent", Number, []string{"1e9"}, "number"},
		{"date", Date, []string{"2026-11-26"}, ""},
		{"date that is none", Date, []string{"2026-02-30"}, "date"},
		{"yes", YesNo, []string{"yes"}, ""},
		{"perhaps", YesNo, []string{"perhaps"}, "yes_no"},
		{"telephone", Phone, []string{"+44 (0)20 7946-0000"}, ""},
		{"telephone in words", Phone, []string{"call me"}, "phone"},
		{"consent", Consent, []string{"yes"}, ""},
		{"consent refused by text", Consent, []string{"no"}, "consent"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			q := Question{ID: uid.Question{1}, Type: tt.kind, Label: "Q", Choices: choices}
			kept, bad := checkAnswers([]Question{q}, map[uid.Question][]string{q.ID: tt.values}, "attendee")
			switch {
			case tt.rule == "" && (len(bad) > 0 || len(kept[q.ID]) == 0):
				t.Fatalf("refused: %+v", bad)
			case tt.rule != "" && (len(bad) != 1 || bad[0].Rule != tt.rule || bad[0].Path != "attendee.answers."+q.ID.String()):
				t.Fatalf("got %+v, want %s", bad, tt.rule)
			}
		})
	}
}

func TestCheckAnswers_AsksOnlyWhatEarlierAnswersLeadTo(t *testing.T) {
	t.Parallel()
	device := Question{ID: uid.Question{1}, Type: YesNo, Label: "Device?", Required: true}
	stage := Question{ID: uid.Question{2}, Type: Text, Label: "Stage?", Required: true, Condition: &Condition{Question: device.ID, AnyOf: []string{"yes"}}}
	deeper := Question{ID: uid.Question{3}, Type: Consent, Label: "Deeper?", Required: true, Condition: &Condition{Question: stage.ID, AnyOf: []string{"trial"}}}
	questions := []Question{device, stage, deeper}
	for name, tt := range map[string]struct {
		answers map[uid.Question][]string
		rules   []string
	}{
		"not asked, not answered":   {map[uid.Question][]string{device.ID: {"no"}}, nil},
		"not asked, answered":       {map[uid.Question][]string{device.ID: {"no"}, stage.ID: {"trial"}}, []string{"question.not_asked"}},
		"asked, not answered":       {map[uid.Question][]string{device.ID: {"yes"}}, []string{"required"}},
		"asked, answered":           {map[uid.Question][]string{device.ID: {"yes"}, stage.ID: {"idea"}}, nil},
		"through two conditions":    {map[uid.Question][]string{device.ID: {"yes"}, stage.ID: {"trial"}}, []string{"required"}},
		"nothing at all":            {nil, []string{"required"}},
		"only blanks count as none": {map[uid.Question][]string{device.ID: {"  "}}, []string{"required"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, bad := checkAnswers(questions, tt.answers, "a")
			var rules []string
			for _, f := range bad {
				rules = append(rules, f.Rule)
			}
			if strings.Join(rules, ",") != strings.Join(tt.rules, ",") {
				t.Fatalf("got %v, want %v", rules, tt.rules)
			}
		})
	}
}

func FuzzCheckAnswers(f *testing.F) {
	f.Add("text", "hello", "yes")
	f.Add("phone", "+44 20", "no")
	f.Add("multi_choice", "red", "")
	f.Fuzz(func(t *testing.T, kind, value, earlier string) {
		first := Question{ID: uid.Question{1}, Type: YesNo, Label: "First"}
		q := Question{ID: uid.Question{2}, Type: QuestionType(kind), Label: "Q", Choices: []Choice{{ID: "red", Label: "Red"}},
			Condition: &Condition{Question: first.ID, AnyOf: []string{"yes"}}}
		answers := map[uid.Question][]string{first.ID: {earlier}, q.ID: {value}}
		kept, bad := checkAnswers([]Question{first, q}, answers, "a")
		if len(bad) > 0 {
			return
		}
		again, bad := checkAnswers([]Question{first, q}, kept, "a")
		if len(bad) > 0 || len(again) != len(kept) {
			t.Fatalf("what was kept of %q is refused: %+v", value, bad)
		}
	})
}

func FuzzCheckEmail(f *testing.F) {
	for _, s := range []string{"name@example.org", "a@b", "siân@bücher.example", "a@example.org\r\nBcc: x@example.org"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if checkEmail(s) == "" && strings.ContainsAny(s, "\r\n<>,; \x00") {
			t.Fatalf("%q was taken for an address", s)
		}
	})
}
