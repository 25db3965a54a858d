package webform

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"strings"
)

//go:embed form.html
var formFile embed.FS

var formTemplate = template.Must(template.New("form.html").ParseFS(formFile, "form.html"))

// control is one field as the template draws it.
type control struct {
	Kind                    kind
	Name, ID                string
	Label, Help             string
	Error                   string
	Type, InputMode         string // of <input>
	Placeholder             string
	Autocomplete            string
	Pattern, Min, Max, Step string
	MaxLength               string
	Rows                    int
	Required, Optional      bool
	Need, Fit               string // what a script says when it is empty, or does not fit
	Value                   string
	Options                 []option
	Layout                  string // of a group of choices: "cards", "inline" or ""
	Zones                   []string
	FillsZone               bool   // a script puts the browser's time zone here
	ShowIf                  string // JSON, read by the script
	Hidden                  bool   // the condition is not met at present
	Seen                    string // name of the list of conditional questions that were shown
	SeenID                  string
	Section                 string
	Fields                  []control // of a group
}

// option is one choice of a control.
type option struct {
	Value, Label, Help string
	Checked            bool
}

// DescribedBy names the texts that belong to the control.
func (c control) DescribedBy() string {
	var ids []string
	if c.Help != "" {
		ids = append(ids, c.ID+"-help")
	}
	if c.Error != "" {
		ids = append(ids, c.ID+"-error")
	}
	if c.Kind == kindArea && c.MaxLength != "" {
		ids = append(ids, c.ID+"-count")
	}
	return strings.Join(ids, " ")
}

// Select reports whether the choices stand in a drop-down list.
func (c control) Select() bool { return c.Kind == kindSelect }

// Box is the type of the choices' inputs.
func (c control) Box() string {
	if c.Kind == kindRadio {
		return "radio"
	}
	return "checkbox"
}

// section is a run of controls under one heading.
type section struct {
	ID, Title string
	Controls  []control
}

// draw writes sections; a single one without a heading is written bare.
func draw(controls []control, prefix string) (template.HTML, error) {
	var sections []section
	for _, c := range controls {
		last := len(sections) - 1
		if last < 0 || c.Section != sections[last].Title && c.Kind != kindHidden {
			sections = append(sections, section{ID: ID(join(prefix, "section")) + fmt.Sprint(len(sections)), Title: c.Section})
			last++
		}
		sections[last].Controls = append(sections[last].Controls, c)
	}
	var out bytes.Buffer
	if err := formTemplate.ExecuteTemplate(&out, "sections", sections); err != nil {
		return "", fmt.Errorf("webform: %w", err)
	}
	return template.HTML(out.String()), nil //nolint:gosec // escaped by html/template above
}

// showIf is the condition as the script reads it.
func showIf(name string, equals []string) string {
	b, err := json.Marshal(struct {
		Question string   `json:"question"`
		Equals   []string `json:"equals"`
	}{name, equals})
	if err != nil {
		return "" // strings always marshal
	}
	return string(b)
}

// htmlPattern turns an RE2 pattern into one for the pattern attribute, which is
// anchored by itself and compiled by browsers with the v flag: there some
// characters must be escaped inside a class.
func htmlPattern(re string) string {
	re = strings.TrimSuffix(strings.TrimPrefix(re, "^"), "$")
	var out strings.Builder
	class := -1 // position in the pattern where the class began
	for i := 0; i < len(re); i++ {
		c := re[i]
		switch {
		case c == '\\' && i+1 < len(re):
			out.WriteByte(c)
			i++
			out.WriteByte(re[i])
			continue
		case class < 0 && c == '[':
			class = i
		case class >= 0 && c == ']':
			class = -1
		case class >= 0 && (strings.IndexByte("(){}/|[", c) >= 0 || c == '-' && literalDash(re, i, class)):
			out.WriteByte('\\')
		}
		out.WriteByte(c)
	}
	return out.String()
}

// literalDash reports whether the dash at i stands first or last in its class.
func literalDash(re string, i, class int) bool {
	first := class + 1
	if first < len(re) && re[first] == '^' {
		first++
	}
	return i == first || i+1 < len(re) && re[i+1] == ']'
}

// zones are suggested where a time zone is asked for; any other may be typed.
var zones = []string{
	"Europe/London", "Europe/Dublin", "Europe/Lisbon", "Europe/Paris", "Europe/Berlin", "Europe/Madrid", "Europe/Rome",
	"Europe/Warsaw", "Europe/Athens", "Europe/Helsinki", "Europe/Istanbul", "Africa/Lagos", "Africa/Nairobi",
	"Africa/Johannesburg", "Asia/Dubai", "Asia/Kolkata", "Asia/Singapore", "Asia/Shanghai", "Asia/Tokyo",
	"Australia/Sydney", "Pacific/Auckland", "America/New_York", "America/Chicago", "America/Denver",
	"America/Los_Angeles", "America/Sao_Paulo", "UTC",
}
