package mail

import (
	"reflect"
	"strings"
	"unicode"

	"lanyard/internal/calendar"
	"lanyard/internal/fault"
)

// scrub returns a copy of a mail's data in which every text is safe to write: no
// control characters, line breaks only where the field is tagged mail:"lines", and
// web addresses where the field's name ends in URL. The caller's value and
// whatever it points to stay as they are.
func scrub(data any) (any, error) {
	v := reflect.New(reflect.TypeOf(data)).Elem()
	v.Set(reflect.ValueOf(data))
	if err := scrubValue(v, "", ""); err != nil {
		return nil, err
	}
	return v.Interface(), nil
}

// addLinks hold addresses although their names do not say so.
var addLinks = reflect.TypeFor[calendar.AddLinks]()

func scrubValue(v reflect.Value, path, tag string) error {
	switch v.Kind() {
	case reflect.String:
		return scrubText(v, path, tag)
	case reflect.Slice:
		if v.IsNil() {
			return nil
		}
		list := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(list, v)
		v.Set(list)
		for i := range v.Len() {
			if err := scrubValue(v.Index(i), path, tag); err != nil {
				return err
			}
		}
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		twin := reflect.New(v.Type().Elem())
		twin.Elem().Set(v.Elem())
		v.Set(twin)
		return scrubValue(twin.Elem(), path, tag)
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if !field.IsExported() { // the insides of time.Time
				continue
			}
			tag := field.Tag.Get("mail")
			if v.Type() == addLinks {
				tag = "url"
			}
			if err := scrubValue(v.Field(i), field.Name, tag); err != nil {
				return err
			}
		}
	}
	return nil
}

func scrubText(v reflect.Value, path, tag string) error {
	s := v.String()
	switch {
	case tag == "url" || strings.HasSuffix(path, "URL"):
		if s != "" && !isWebAddress(s, "https", "http") {
			return fault.InvalidField(path, "mail.url", "This is not a web address.")
		}
	case tag == "lines":
		lines := strings.Split(lineFeeds.Replace(s), "\n")
		for i, l := range lines {
			lines[i] = oneLine(l, maxText)
		}
		v.SetString(strings.Join(lines, "\n"))
	default:
		v.SetString(oneLine(s, maxText))
	}
	return nil
}

const maxText = 4000

// oneLine makes s a single line of at most limit runes, without control characters
// and without those that turn the direction of the text that follows.
func oneLine(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '\u2028', r == '\u2029':
			return ' '
		case unicode.IsControl(r), r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069', r == '\uFEFF':
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > limit {
		return strings.TrimSpace(string(r[:limit-1])) + "…"
	}
	return s
}
