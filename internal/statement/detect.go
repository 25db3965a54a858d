package statement

import "strings"

// detect tells a file's format by how it begins.
func detect(s *source) (Format, error) {
	head := strings.TrimLeft(s.head(), " \t\r\n\x01")
	switch {
	case head == "":
		return "", bad(1, "file", "it is empty")
	case strings.HasPrefix(head, "%PDF"), strings.HasPrefix(head, "PK\x03\x04"), strings.HasPrefix(head, "\xd0\xcf\x11\xe0"):
		return "", bad(1, "file", "this is a document or a spreadsheet; download the statement as CAMT.053, OFX, MT940 or CSV")
	case strings.HasPrefix(head, "OFXHEADER"), strings.HasPrefix(head, "<?OFX"), strings.HasPrefix(head, "<OFX>"):
		return OFX, nil
	case strings.HasPrefix(head, "<"):
		return detectXML(head)
	case strings.HasPrefix(head, "{1:"), strings.HasPrefix(head, ":20:"), strings.HasPrefix(head, "{4:"), strings.HasPrefix(head, ":940:"):
		return MT940, nil
	case strings.HasPrefix(head, "01,") && strings.Contains(head, "\n02,"):
		return BAI2, nil
	}
	return CSV, nil
}

func detectXML(head string) (Format, error) {
	switch {
	case strings.Contains(head, "<?OFX"), strings.Contains(head, "<OFX>"):
		return OFX, nil
	case strings.Contains(head, "camt.053"), strings.Contains(head, "BkToCstmrStmt>"):
		return CAMT053, nil
	case strings.Contains(head, "camt.052"), strings.Contains(head, "camt.054"):
		return "", bad(1, "file", "this is an account report or a notice (camt.052, camt.054); a statement is camt.053")
	case strings.Contains(strings.ToLower(head), "<html"):
		return "", bad(1, "file", "this is a web page; download the statement as CAMT.053, OFX, MT940 or CSV")
	}
	return "", bad(1, "file", "this XML is neither CAMT.053 nor OFX")
}
