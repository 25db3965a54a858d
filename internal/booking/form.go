package booking

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"lanyard/internal/account"
	"lanyard/internal/fault"
	"lanyard/internal/fold"
	"lanyard/internal/pg"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

const sqlQuestions = `
SELECT event_id, id, type, label, help, required, choices, condition, archived_at IS NOT NULL
  FROM question
 WHERE org_id = @org_id
   AND event_id = ANY (@events)
 ORDER BY event_id, archived_at IS NOT NULL, position, id`

// questionsOf reads the questions of events in order, archived ones last.
func questionsOf(ctx context.Context, q pg.Querier, org uid.Org, events []uid.Event) (map[uid.Event][]Question, error) {
	rows, err := q.Query(ctx, sqlQuestions, pgx.StrictNamedArgs{"org_id": org, "events": events})
	if err != nil {
		return nil, fmt.Errorf("read questions: %w", err)
	}
	defer rows.Close()
	byEvent := map[uid.Event][]Question{}
	for rows.Next() {
		var event uid.Event
		var x Question
		var choices, condition []byte
		if err := rows.Scan(&event, &x.ID, &x.Type, &x.Label, &x.Help, &x.Required, &choices, &condition, &x.Archived); err != nil {
			return nil, fmt.Errorf("read questions: %w", err)
		}
		if err := json.Unmarshal(choices, &x.Choices); err != nil {
			return nil, fmt.Errorf("read choices of %s: %w", x.ID, err)
		}
		if condition != nil {
			if err := json.Unmarshal(condition, &x.Condition); err != nil {
				return nil, fmt.Errorf("read condition of %s: %w", x.ID, err)
			}
		}
		byEvent[event] = append(byEvent[event], x)
	}
	return byEvent, rows.Err()
}

// asked leaves out the archived questions.
func asked(questions []Question) []Question {
	return slices.DeleteFunc(slices.Clone(questions), func(q Question) bool { return q.Archived })
}

// EventForm is an event's form as its organisers edit it.
type EventForm struct {
	// Questions are in order, archived ones last.
	Questions []Question
	// Version is 0 for a form that was never saved.
	Version int64
}

const sqlFormVersion = `
SELECT coalesce((SELECT version FROM form WHERE org_id = @org_id AND event_id = @event_id), 0)`

// EventForm returns an event's form.
func (s *Service) EventForm(ctx context.Context, org uid.Org, event uid.Event) (EventForm, error) {
	return s.eventForm(ctx, s.db.Pool(), org, event)
}

func (s *Service) eventForm(ctx context.Context, q pg.Querier, org uid.Org, event uid.Event) (EventForm, error) {
	var f EventForm
	err := q.QueryRow(ctx, sqlFormVersion, pgx.StrictNamedArgs{"org_id": org, "event_id": event}).Scan(&f.Version)
	if err != nil {
		return f, fmt.Errorf("read form: %w", err)
	}
	questions, err := questionsOf(ctx, q, org, []uid.Event{event})
	f.Questions = questions[event]
	return f, err
}

// DraftQuestion is a question as an organiser saves it.
type DraftQuestion struct {
	// Key is the id of a question that exists, or for a new one any text that is
	// unique in the form.
	Key      string
	Type     QuestionType
	Label    string
	Help     string
	Required bool
	Choices  []Choice
	// ConditionKey names the earlier question; empty without a condition.
	ConditionKey string
	AnyOf        []string
}

const sqlBumpForm = `
INSERT INTO form (org_id, event_id, version)
VALUES (@org_id, @event_id, 1)
ON CONFLICT ON CONSTRAINT form_pk DO UPDATE
   SET version = form.version + 1
RETURNING version`

// SaveForm replaces an event's questions. A question left out is archived when
// somebody answered it and removed otherwise; one whose type changed becomes a
// new question. Version is the one that was read; another one fails with
// STALE_VERSION.
func (s *Service) SaveForm(ctx context.Context, actor account.Actor, key replay.Key, org uid.Org, event uid.Event, version int64, drafts []DraftQuestion) (EventForm, error) {
	var saved EventForm
	err := s.db.InTx(ctx, func(tx *pg.Tx) error {
		var err error
		saved, err = replay.Do(ctx, tx, key, func() (EventForm, error) {
			return s.saveFormTx(ctx, tx, actor, org, event, version, drafts)
		})
		return err
	})
	return saved, err
}

func (s *Service) saveFormTx(ctx context.Context, tx *pg.Tx, actor account.Actor, org uid.Org, event uid.Event, version int64, drafts []DraftQuestion) (EventForm, error) {
	var bumped int64
	err := tx.QueryRow(ctx, sqlBumpForm, pgx.StrictNamedArgs{"org_id": org, "event_id": event}).Scan(&bumped)
	if pg.Constraint(err) == "form_event_fk" {
		return EventForm{}, fault.NotFound("event")
	}
	if err != nil {
		return EventForm{}, fmt.Errorf("save form: %w", err)
	}
	if bumped != version+1 {
		return EventForm{}, fault.Conflict(fault.StaleVersion, "Somebody else changed this form meanwhile. Please look at it again.")
	}
	before, err := s.eventForm(ctx, tx, org, event)
	if err != nil {
		return EventForm{}, err
	}
	questions, err := resolveForm(before.Questions, drafts)
	if err != nil {
		return EventForm{}, err
	}
	if err := storeFormTx(ctx, tx, org, event, questions); err != nil {
		return EventForm{}, err
	}
	err = account.AuditTx(ctx, tx, account.Audit{
		Org: org, Actor: actor.ID(), Action: "form.save", Subject: event.String(), Before: labels(before.Questions), After: labels(questions),
	})
	if err != nil {
		return EventForm{}, err
	}
	return s.eventForm(ctx, tx, org, event)
}

func labels(questions []Question) map[string]any {
	out := []string{}
	for _, q := range asked(questions) {
		out = append(out, q.Label)
	}
	return map[string]any{"questions": out}
}

const sqlAnswered = `
SELECT DISTINCT jsonb_object_keys(answers)
  FROM registration
 WHERE org_id = @org_id
   AND event_id = @event_id`

const sqlDropQuestions = `
DELETE FROM question
 WHERE org_id = @org_id
   AND event_id = @event_id
   AND id <> ALL (@kept)
   AND id <> ALL (@answered)`

const sqlArchiveQuestions = `
UPDATE question
   SET archived_at = coalesce(archived_at, @now)
 WHERE org_id = @org_id
   AND event_id = @event_id
   AND id <> ALL (@kept)`

const sqlStoreQuestion = `
INSERT INTO question (org_id, id, event_id, position, type, label, help, required, choices, condition)
VALUES (@org_id, @id, @event_id, @position, @type, @label, @help, @required, @choices, @condition)
ON CONFLICT ON CONSTRAINT question_pk DO UPDATE
   SET position = excluded.position,
       label = excluded.label,
       help = excluded.help,
       required = excluded.required,
       choices = excluded.choices,
       condition = excluded.condition,
       archived_at = NULL`

func storeFormTx(ctx context.Context, tx *pg.Tx, org uid.Org, event uid.Event, questions []Question) error {
	kept := make([]uid.Question, len(questions))
	for i, q := range questions {
		kept[i] = q.ID
	}
	rows, err := tx.Query(ctx, sqlAnswered, pgx.StrictNamedArgs{"org_id": org, "event_id": event})
	if err != nil {
		return fmt.Errorf("find answered questions: %w", err)
	}
	keys, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("find answered questions: %w", err)
	}
	answered := make([]uid.Question, len(keys))
	for i, k := range keys {
		if err := answered[i].UnmarshalText([]byte(k)); err != nil {
			return fmt.Errorf("find answered questions: %w", err)
		}
	}
	batch := &pgx.Batch{}
	batch.Queue(sqlDropQuestions, pgx.StrictNamedArgs{"org_id": org, "event_id": event, "kept": kept, "answered": answered})
	batch.Queue(sqlArchiveQuestions, pgx.StrictNamedArgs{"org_id": org, "event_id": event, "kept": kept, "now": tx.Now})
	for i, q := range questions {
		choices, err := json.Marshal(slices.Concat([]Choice{}, q.Choices))
		if err != nil {
			return fmt.Errorf("encode choices: %w", err)
		}
		var condition []byte
		if q.Condition != nil {
			if condition, err = json.Marshal(q.Condition); err != nil {
				return fmt.Errorf("encode condition: %w", err)
			}
		}
		batch.Queue(sqlStoreQuestion, pgx.StrictNamedArgs{
			"org_id": org, "id": q.ID, "event_id": event, "position": i, "type": string(q.Type), "label": q.Label,
			"help": q.Help, "required": q.Required, "choices": choices, "condition": condition,
		})
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("store questions: %w", err)
	}
	return nil
}

var choiceShape = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// resolveForm checks drafts and gives new questions their ids.
func resolveForm(existing []Question, drafts []DraftQuestion) ([]Question, error) {
	var bad []fault.Field
	questions := make([]Question, len(drafts))
	byKey := map[string]int{}
	for i, d := range drafts {
		path := fmt.Sprintf("questions[%d]", i)
		report := func(field, rule, format string, args ...any) {
			bad = append(bad, fault.Field{Path: path + field, Rule: rule, Message: fmt.Sprintf(format, args...)})
		}
		if _, twice := byKey[d.Key]; twice {
			report(".id", "question.twice", "stands in the form twice")
		}
		q := Question{Type: d.Type, Label: tidy(d.Label), Help: tidy(d.Help), Required: d.Required}
		q.ID = keepID(existing, d, report)
		if q.Label == "" || utf8.RuneCountInString(q.Label) > 300 || !printable(q.Label) {
			report(".label", "string", "must be one line of 1 to 300 characters")
		}
		q.Choices = resolveChoices(d, report)
		if d.ConditionKey != "" {
			if j, ok := byKey[d.ConditionKey]; !ok {
				report(".condition.question_id", "condition.earlier", "must name a question that stands earlier in the form")
			} else {
				q.Condition = resolveCondition(questions[j], d, report)
			}
		}
		questions[i], byKey[d.Key] = q, i
	}
	if len(bad) > 0 {
		return nil, fault.Invalid(bad...)
	}
	return questions, nil
}

type reporter func(field, rule, format string, args ...any)

// keepID returns the id of the question that the draft continues, or a new one.
func keepID(existing []Question, d DraftQuestion, report reporter) uid.Question {
	if !strings.HasPrefix(d.Key, "qst_") {
		return uid.New[uid.Question]()
	}
	i := slices.IndexFunc(existing, func(q Question) bool { return q.ID.String() == d.Key })
	if i < 0 {
		report(".id", "question.unknown", "is not a question of this form")
		return uid.Question{}
	}
	if existing[i].Type != d.Type {
		return uid.New[uid.Question]()
	}
	return existing[i].ID
}

// resolveChoices gives new choices their ids, made from the labels.
func resolveChoices(d DraftQuestion, report reporter) []Choice {
	if d.Type != SingleChoice && d.Type != MultiChoice {
		if len(d.Choices) > 0 {
			report(".choices", "choices.none", "belong to choices only")
		}
		return nil
	}
	if len(d.Choices) == 0 {
		report(".choices", "choices.some", "are missing")
	}
	var choices []Choice
	used := map[string]bool{}
	for i, c := range d.Choices {
		c.Label = tidy(c.Label)
		if c.Label == "" || utf8.RuneCountInString(c.Label) > 200 || !printable(c.Label) {
			report(fmt.Sprintf(".choices[%d].label", i), "string", "must be one line of 1 to 200 characters")
		}
		if c.ID == "" {
			c.ID = choiceID(c.Label, used)
		}
		if !choiceShape.MatchString(c.ID) || used[c.ID] {
			report(fmt.Sprintf(".choices[%d].id", i), "choice.id", "must be unique, of lower-case letters, digits and hyphens")
		}
		used[c.ID] = true
		choices = append(choices, c)
	}
	return choices
}

// resolveCondition checks that the earlier question can give one of the answers.
func resolveCondition(earlier Question, d DraftQuestion, report reporter) *Condition {
	var possible []string
	switch earlier.Type {
	case SingleChoice, MultiChoice:
		for _, c := range earlier.Choices {
			possible = append(possible, c.ID)
		}
	case YesNo:
		possible = []string{"yes", "no"}
	case Consent:
		possible = []string{"yes"}
	default:
		report(".condition.question_id", "condition.type", "must name a choice, a yes-or-no question or a consent")
		return nil
	}
	if len(d.AnyOf) == 0 {
		report(".condition.any_of", "repeated.min_items", "names no answer")
	}
	for i, v := range d.AnyOf {
		if !slices.Contains(possible, v) {
			report(fmt.Sprintf(".condition.any_of[%d]", i), "choice.unknown", "is not an answer that the earlier question can have")
		}
	}
	return &Condition{Question: earlier.ID, AnyOf: d.AnyOf}
}

// choiceID makes an id from a label's letters and digits, numbered when taken.
func choiceID(label string, used map[string]bool) string {
	base := strings.ReplaceAll(fold.Text(label), " ", "-")
	base = strings.Trim(strings.Map(func(r rune) rune {
		if r == '-' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, base), "-")
	if len(base) > 30 {
		base = strings.TrimRight(base[:30], "-")
	}
	if base == "" {
		base = "choice"
	}
	id := base
	for n := 2; used[id]; n++ {
		id = fmt.Sprintf("%s-%d", base, n)
	}
	return id
}
