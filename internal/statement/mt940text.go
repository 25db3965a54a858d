package statement

import "strings"

// describe puts :86: into the line that waits for it. Banks fill it in one of
// three ways: numbered parts ("166?00…?20…"), words between slashes
// ("/EREF/…/REMI/…"), or plain text.
func (m *mt940) describe() {
	if m.line == nil {
		return // it describes the statement
	}
	l := m.line
	joined := strings.Join(m.lines, "")
	switch {
	case len(joined) > 4 && isDigits(joined[:3]) && strings.ContainsRune("?>~@", rune(joined[3])):
		numbered(l, joined[3:])
	case strings.HasPrefix(joined, "/") && slashed(l, joined):
	default:
		l.Text = l.Text + " " + wrapped(m.lines)
	}
}

func isDigits(text string) bool {
	_, ok := digits(text, len(text))
	return ok
}

// wrapped joins lines; one that is full goes on in the middle of a word.
func wrapped(lines []string) string {
	var b strings.Builder
	for i, text := range lines {
		if i > 0 && len(lines[i-1]) < 65 {
			b.WriteByte(' ')
		}
		b.WriteString(text)
	}
	return b.String()
}

// numbered reads parts of two digits each after the separator that text begins
// with: 00 the bank's words, 20 to 29 and 60 to 63 what the payer wrote, 32 and 33
// the name.
func numbered(l *Line, text string) {
	var words, name string
	purpose := ""
	for part := range strings.SplitSeq(text[1:], text[:1]) {
		if len(part) < 2 || !isDigits(part[:2]) {
			continue
		}
		code, value := part[:2], part[2:]
		switch {
		case code == "00":
			words = value
		case code >= "20" && code <= "29", code >= "60" && code <= "63":
			purpose += value
		case code == "32" || code == "33":
			name += value
		}
	}
	tags := map[string]string{}
	key := ""
	for at := 0; at < len(purpose); {
		if at+5 <= len(purpose) && purpose[at+4] == '+' && sepaTag(purpose[at:at+4]) {
			key, at = purpose[at:at+4], at+5
			continue
		}
		tags[key] += purpose[at : at+1]
		at++
	}
	l.Party = name
	if ref := strings.TrimSpace(tags["EREF"]); ref != "" && !strings.EqualFold(ref, "NOTPROVIDED") {
		l.Reference = ref
	}
	l.Text = strings.Join([]string{words, tags[""], tags["SVWZ"], l.Text}, " ")
}

func sepaTag(text string) bool {
	return strings.Contains(" EREF KREF MREF CRED DEBT COAM OAMT SVWZ ABWA ABWE IBAN BIC+ PURP RCVB ", " "+text+" ")
}

// slashWords are the words that banks put between slashes.
const slashWords = " ADDR BENM BIC BO CNTP CSID DUDT EREF ID IBAN ISDT MARF NAME NRTX ORDP PREF PURP REMI RTRN SDDT SVCL TRCD TRTP UDTR ULTC ULTD "

// slashed reads "/EREF/A-1/REMI/USTD//invoice/NAME/Ada/"; false says that it is not
// of that form.
func slashed(l *Line, text string) bool {
	values := map[string]string{}
	key := ""
	for part := range strings.SplitSeq(text[1:], "/") {
		if part != "" && strings.Contains(slashWords, " "+part+" ") {
			key = part
			continue
		}
		if key == "" {
			return false
		}
		if part != "" && part != "USTD" && part != "STRD" {
			values[key] = strings.TrimSpace(values[key] + " " + part)
		}
	}
	if ref := values["EREF"]; ref != "" && !strings.EqualFold(ref, "NOTPROVIDED") {
		l.Reference = ref
	}
	for _, k := range []string{"NAME", "ORDP", "BENM", "CNTP"} {
		if l.Party == "" {
			l.Party = values[k]
		}
	}
	l.Text = strings.Join([]string{values["TRTP"], values["REMI"], l.Text}, " ")
	return true
}
