package booking

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"lanyard/internal/fault"
	"lanyard/internal/uid"
)

// QuestionType is how a question is answered.
type QuestionType string

// The kinds of question, as they stand in table question.
const (
	Text         QuestionType = "text"
	LongText     QuestionType = "long_text"
	SingleChoice QuestionType = "choice"
	MultiChoice  QuestionType = "multi_choice"
	Number       QuestionType = "number"
	Date         QuestionType = "date"
	YesNo        QuestionType = "yes_no"
	Phone        QuestionType = "phone"
	Consent      QuestionType = "consent"
)

// Question is one question of an event's form, asked of each attendee.
type Question struct {
	ID        uid.Question
	Type      QuestionType
	Label     string
	Help      string
	Required  bool
	Choices   []Choice
	Condition *Condition
	// Archived questions are not asked any more but have answers.
	Archived bool
}

// Choice is one possible answer.
type Choice struct {
	ID    string `json:"id"`
	Label string `json:"label"`
}

// Condition makes a question depend on an earlier answer.
type Condition struct {
	Question uid.Question `json:"question_id"`
	// AnyOf are choice ids, "yes" or "no"; one of them asks the question.
	AnyOf []string `json:"any_of"`
}

// Limits on answers.
const (
	maxText     = 500
	maxLongText = 5000
)

var (
	numberShape = regexp.MustCompile(`^-?[0-9]{1,15}([.,][0-9]{1,6})?$`)
	phoneShape  = regexp.MustCompile(`^\+?[0-9][0-9 ()./-]{3,28}[0-9]$`)
)

// Asked reports which questions the answers so far lead to. A question whose
// condition names a question that is itself not asked is not asked.
func Asked(questions []Question, answers map[uid.Question][]string) map[uid.Question]bool {
	asked := map[uid.Question]bool{}
	for _, q := range questions {
		if q.Archived {
			continue
		}
		c := q.Condition
		asked[q.ID] = c == nil || asked[c.Question] && slices.ContainsFunc(answers[c.Question], func(v string) bool {
			return slices.Contains(c.AnyOf, v)
		})
	}
	return asked
}

// checkAnswers returns the answers in the form in which they are kept, and what
// is wrong with them. Prefix is the path of the attendee in the request.
func checkAnswers(questions []Question, answers map[uid.Question][]string, prefix string) (map[uid.Question][]string, []fault.Field) {
	var bad []fault.Field
	report := func(id uid.Question, rule, message string) {
		bad = append(bad, fault.Field{Path: prefix + ".answers." + id.String(), Rule: rule, Message: message})
	}
	trimmed := trimAnswers(answers)
	asked := Asked(questions, trimmed)
	kept := map[uid.Question][]string{}
	for _, q := range questions {
		values := trimmed[q.ID]
		switch {
		case !asked[q.ID]:
			continue
		case len(values) == 0 && q.Required:
			report(q.ID, "required", fmt.Sprintf("%q is not answered", q.Label))
		case len(values) > 0:
			clean, rule, message := q.check(values)
			if message != "" {
				report(q.ID, rule, message)
				continue
			}
			if len(clean) > 0 {
				kept[q.ID] = clean
			}
		}
	}
	for id := range trimmed {
		if !asked[id] {
			report(id, "question.not_asked", "answers a question that is not asked")
		}
	}
	slices.SortFunc(bad, func(a, b fault.Field) int { return strings.Compare(a.Path, b.Path) })
	return kept, bad
}

// trimAnswers drops empty values and questions without any.
func trimAnswers(answers map[uid.Question][]string) map[uid.Question][]string {
	trimmed := map[uid.Question][]string{}
	for id, values := range answers {
		for _, v := range values {
			if v = strings.TrimSpace(v); v != "" {
				trimmed[id] = append(trimmed[id], v)
			}
		}
	}
	return trimmed
}

// check returns the values as kept, or a rule and what is wrong.
func (q Question) check(values []string) (clean []string, rule, message string) {
	if q.Type == MultiChoice {
		return q.checkChoices(values)
	}
	if len(values) > 1 {
		return nil, "repeated.max_items", "has more than one answer"
	}
	v := values[0]
	if !utf8.ValidString(v) {
		return nil, "string.utf8", "is not valid text"
	}
	switch q.Type {
	case Text:
		rule, message = checkText(v, maxText, false)
	case LongText:
		v = strings.ReplaceAll(strings.ReplaceAll(v, "\r\n", "\n"), "\r", "\n")
		rule, message = checkText(v, maxLongText, true)
	case SingleChoice:
		return q.checkChoices(values)
	case Number:
		if !numberShape.MatchString(v) {
			return nil, "number", "is not a number"
		}
		v = strings.Replace(v, ",", ".", 1)
	case Date:
		if _, err := time.Parse(time.DateOnly, v); err != nil {
			return nil, "date", "is not a date such as 2026-11-26"
		}
	case YesNo:
		if v != "yes" && v != "no" {
			return nil, "yes_no", "is neither yes nor no"
		}
	case Phone:
		if !phoneShape.MatchString(v) {
			return nil, "phone", "is not a telephone number such as +44 20 7946 0000"
		}
	case Consent:
		if v != "yes" {
			return nil, "consent", "can only be given, by a tick"
		}
	}
	if message != "" {
		return nil, rule, message
	}
	return []string{v}, "", ""
}

func checkText(v string, most int, lines bool) (rule, message string) {
	if n := utf8.RuneCountInString(v); n > most {
		return "string.max_len", fmt.Sprintf("has %d characters; at most %d fit", n, most)
	}
	control := strings.ContainsFunc(v, func(r rune) bool {
		return unicode.IsControl(r) && !(lines && (r == '\n' || r == '\t'))
	})
	if control {
		return "string.pattern", "contains a line break or another control character"
	}
	return "", ""
}

func (q Question) checkChoices(values []string) (clean []string, rule, message string) {
	if q.Type == SingleChoice && len(values) > 1 {
		return nil, "repeated.max_items", "has more than one answer"
	}
	for _, c := range q.Choices { // the form's order, each once
		if slices.Contains(values, c.ID) {
			clean = append(clean, c.ID)
		}
	}
	for _, v := range values {
		if !slices.Contains(clean, v) {
			return nil, "choice.unknown", "is not one of the choices"
		}
	}
	return clean, "", ""
}
