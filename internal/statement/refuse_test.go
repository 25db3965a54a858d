package statement_test

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"runtime"
	"strings"
	"testing"

	"lanyard/internal/money"
	"lanyard/internal/statement"
)

func refusal(content []byte, o statement.Options) error {
	_, err := statement.Read(bytes.NewReader(content), o, func(statement.Line) error { return nil })
	return err
}

// TestRead_RefusesWithLineFieldAndReason changes one thing in a file that is right.
func TestRead_RefusesWithLineFieldAndReason(t *testing.T) {
	t.Parallel()
	lloyds := "newest-first.lloyds.csv"
	cases := []struct {
		claim, file, old, new string
		options               statement.Options
		want                  string
	}{
		{"a closing balance that is wrong", "march.camt053-08.xml", "12094.87", "12094.88", statement.Options{},
			"line 57, closing balance: is £12,094.88, but the opening balance of £10,250.00 and the lines come to £12,094.87"},
		{"a line left out", "march.mt940.sta", ":61:260331D30,00NCHG//NWB31-9\r\n", "", statement.Options{}, "line 21, closing balance: is £11,855.37, but"},
		{"a part left out", "march.mt940.sta", ":60M:C260331GBP11884,87", ":60M:C260331GBP11884,88", statement.Options{}, "line 18, :60M:: does not go on"},
		{"the first part left out", "march.mt940.sta", ":60F:", ":60M:", statement.Options{}, "line 5, :60M:: the first part of the statement is missing"},
		{"an amount that is none", "march.camt053-08.xml", ">30.00<", ">3O.00<", statement.Options{}, "line 46, amount: is not an amount: “3O.00”"},
		{"an amount with too many decimals", "march.camt053-08.xml", ">30.00<", ">30.005<", statement.Options{}, "line 46, amount: has more decimals than GBP: “30.005”"},
		{"an amount beyond counting", "march.camt053-08.xml", ">30.00<", ">99999999999999999.00<", statement.Options{}, "line 46, amount: is too large"},
		{"a currency nobody knows", "march.camt053-08.xml", `Ccy="GBP">30.00`, `Ccy="XQQ">30.00`, statement.Options{}, "currency: “XQQ” is not one that is known"},
		{"another currency than the account's", "march.camt053-08.xml", `Ccy="GBP">30.00`, `Ccy="EUR">30.00`, statement.Options{}, "line 46, amount: is in EUR, but the account is kept in GBP"},
		{"a direction that is none", "march.camt053-08.xml", "<CdtDbtInd>DBIT", "<CdtDbtInd>DEBT", statement.Options{}, "line 46, amount: says neither credit nor debit"},
		{"a day that is none", "march.camt053-08.xml", "<BookgDt><Dt>2026-03-30", "<BookgDt><Dt>2026-02-30", statement.Options{}, "line 18, booking date: is not a date: “2026-02-30”"},
		{"a document type", "march.camt053-08.xml", "<Document", "<!DOCTYPE x [<!ENTITY a \"b\">]><Document", statement.Options{}, "file: it declares a document type"},
		{"bytes that are not UTF-8", "march.camt053-08.xml", "Universit\xc3\xa4t", "Universit\xe4t", statement.Options{}, "line 41, encoding: the byte 0xe4 is not UTF-8"},
		{"a notice in place of a statement", "march.camt053-08.xml", "camt.053", "camt.054", statement.Options{Format: ""}, ""},
		{"an OFX date that is none", "march.ofx1.ofx", "<DTPOSTED>20260331", "<DTPOSTED>20261331", statement.Options{}, "line 19, date: is not a date"},
		{"an OFX line in another currency", "rent.ofx2.ofx", "<MEMO>rent</MEMO>", "<MEMO>rent</MEMO><CURRENCY><CURRATE>1.1</CURRATE><CURSYM>USD</CURSYM></CURRENCY>", statement.Options{},
			"line 10, currency: the amount is in USD, but the account is kept in EUR"},
		{"an OFX group that is not closed", "march.ofx1.ofx", "</BANKTRANLIST>", "", statement.Options{}, "STMTRS: is closed, but BANKTRANLIST inside of it is not"},
		{"a SWIFT character that is none", "march.mt940.sta", ":28C:63/1", ":28C:63€1", statement.Options{}, ":28C:: has the character “€”, which SWIFT does not have"},
		{"an MT940 line without a type", "march.mt940.sta", "C1234,87NTRFSTRIPE//NWB30-117", "C1234,87", statement.Options{}, "line 6, :61:: has no type of transaction"},
		{"an MT940 amount with a point", "march.mt940.sta", "C1234,87NTRF", "C1234.87NTRF", statement.Options{}, "line 6, :61:: has no amount with a comma"},
		{"a BAI2 total that is wrong", "day.bai2", "49,1361725", "49,1361726", statement.Options{}, "line 9, control total: is 1361726, but the records come to 1361725"},
		{"a BAI2 record that is missing", "day.bai2", "88,second line of text\n", "", statement.Options{}, "number of records: is “7”, but there are 6"},
		{"a CSV line that is missing", lloyds, "30/03/2026,FPI,'30-00-00,12345678,STRIPE BIO PARTNERS,,\"1,234.87\",11514.87\n", "", statement.Options{Currency: money.GBP},
			"line 3, balance: does not follow from the line before"},
		{"a CSV amount in both columns", lloyds, ",30.00,,", ",30.00,12.00,", statement.Options{Currency: money.GBP}, "line 2, amount: both columns have one"},
		{"a CSV amount in no column", lloyds, ",30.00,,", ",,,", statement.Options{Currency: money.GBP}, "line 2, amount: is missing: neither column has one"},
		{"a CSV file of two accounts", lloyds, "12345678,INV", "12345679,INV", statement.Options{Currency: money.GBP}, "line 4, account: is 30000012345679, but the lines before are of 30000012345678"},
		{"a CSV file without a currency", lloyds, "", "", statement.Options{}, "line 2, currency: the file does not say in which currency"},
		{"a thousand taken for a decimal", lloyds, "\"1,234.87\"", "\"1,23.87\"", statement.Options{Currency: money.GBP}, "line 3, credit: is not an amount: “1,23.87”"},
		{"columns nobody knows", lloyds, "Transaction Date", "When", statement.Options{Currency: money.GBP}, "line 1, columns: which of them is the date"},
		{"a line cut short", lloyds, ",11514.87", "", statement.Options{Currency: money.GBP}, "line 3, columns: there are 7, the heading has 8"},
		{"quotes that do not end", lloyds, "CHARGES\"", "CHARGES", statement.Options{Currency: money.GBP}, "line 2, "},
		{"the wrong encoding", "latin.german.csv", "", "", statement.Options{Profile: &german, Encoding: statement.UTF8}, "line 2, encoding: the byte 0xe4 is not UTF-8"},
		{"an encoding that the file denies", "wide.german.csv", "", "", statement.Options{Profile: &german, Encoding: statement.UTF8}, "line 1, encoding: the file says that it is UTF-16LE"},
		{"half a character", "wide.german.csv", "\r\n", "", statement.Options{Profile: &german, Encoding: statement.UTF16BE}, "encoding"},
		{"a date that has two meanings", "bare.tsv", "2026-03-30", "03/04/2026", statement.Options{Profile: &bare, Currency: money.GBP}, "line 1, date: could have the day or the month first: “03/04/2026”; say which"},
		{"a column that is not there", "bare.tsv", "", "", statement.Options{Profile: &statement.Profile{Date: "#1", Amount: "#9", NoHeading: true}, Currency: money.GBP}, "line 1, columns: there is no “#9”"},
	}
	for _, c := range cases {
		t.Run(c.claim, func(t *testing.T) {
			t.Parallel()
			content := testdata(t, c.file)
			if c.claim == "a notice in place of a statement" {
				content = bytes.ReplaceAll(bytes.ReplaceAll(content, []byte("camt.053"), []byte("camt.054")), []byte("BkToCstmrStmt"), []byte("BkToCstmrDbtCdtNtfctn"))
				c.want = "line 1, file: this is an account report or a notice (camt.052, camt.054)"
			} else if c.old != "" && c.old != "\r\n" {
				if !bytes.Contains(content, []byte(c.old)) {
					t.Fatalf("%q is not in the file", c.old)
				}
				content = bytes.Replace(content, []byte(c.old), []byte(c.new), 1)
			}
			err := refusal(content, c.options)
			if _, ok := errors.AsType[*statement.Error](err); !ok || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestRead_RefusesWhatIsNoStatement(t *testing.T) {
	t.Parallel()
	for claim, c := range map[string]struct{ content, want string }{
		"nothing":          {"", "line 1, file: it is empty"},
		"white space":      {"  \r\n\t", "line 1, file: it is empty"},
		"a PDF":            {"%PDF-1.7\n", "this is a document or a spreadsheet"},
		"a spreadsheet":    {"PK\x03\x04....", "this is a document or a spreadsheet"},
		"a web page":       {"<!DOCTYPE html><html><body>Sign in", "this is a web page"},
		"another XML":      {"<?xml version=\"1.0\"?><feed/>", "neither CAMT.053 nor OFX"},
		"a program":        {"MZ\x00\x00\x03\x00\x00\x00", "control character"},
		"a heading alone":  {"Date,Amount,Description\n", "there is no line in it"},
		"OFX without lead": {"OFXHEADER:100\nDATA:OFXSGML\n", "there is no <OFX> in it"},
		"an empty CAMT":    {"<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02\"></Document>", "there is no statement in it"},
	} {
		t.Run(claim, func(t *testing.T) {
			t.Parallel()
			if err := refusal([]byte(c.content), statement.Options{Currency: money.GBP}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// TestRead_RefusesAFileCutAnywhere cuts each file that marks its end after every
// byte. A CSV file marks none: there a cut between two lines is found by the next
// statement's opening balance.
func TestRead_RefusesAFileCutAnywhere(t *testing.T) {
	t.Parallel()
	for _, f := range files {
		content := testdata(t, f.name)
		end := len(bytes.TrimRight(content, "\r\n"))
		if strings.Contains(f.name, "csv") || strings.Contains(f.name, "tsv") {
			continue
		}
		if strings.Contains(f.name, "mt940") {
			end = bytes.Index(content, []byte(":62F:")) + len(":62F:C260331GBP11855,3")
		}
		if strings.Contains(f.name, "bai2") {
			end-- // the last record's slash says nothing
		}
		for n := range end {
			if err := refusal(content[:n], f.options); err == nil {
				t.Errorf("%s is taken when it ends after %d of %d bytes: …%q", f.name, n, end, content[max(0, n-20):n])
				break
			}
		}
	}
}

func TestRead_PassesOnAReadersError(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is gone")
	content := testdata(t, "march.camt053-08.xml")
	_, err := statement.Read(io.MultiReader(bytes.NewReader(content[:300]), failing{broken}), statement.Options{}, func(statement.Line) error { return nil })
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	_, err = statement.Read(bytes.NewReader(content), statement.Options{}, func(statement.Line) error { return broken })
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// endless repeats a text until so many bytes have been read.
type endless struct {
	head, text, tail string
	left             int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.head != "" {
		n := copy(p, e.head)
		e.head = e.head[n:]
		return n, nil
	}
	if e.left <= 0 {
		if e.tail == "" {
			return 0, io.EOF
		}
		n := copy(p, e.tail)
		e.tail = e.tail[n:]
		return n, nil
	}
	n := 0
	for n+len(e.text) <= len(p) && e.left > 0 {
		n += copy(p[n:], e.text)
		e.left -= len(e.text)
	}
	return n, nil
}

const megabytes = 1 << 20

// TestRead_RefusesTenMegabytesOfNonsenseInLittleMemory measures all that is
// allocated, which is more than what is held.
func TestRead_RefusesTenMegabytesOfNonsenseInLittleMemory(t *testing.T) { //nolint:paralleltest // counts the process's allocations
	camt := "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02\"><BkToCstmrStmt><Stmt>"
	for claim, e := range nonsense(camt) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := statement.Read(&e, statement.Options{Currency: money.GBP}, func(statement.Line) error { return nil })
		runtime.ReadMemStats(&after)
		if _, ok := errors.AsType[*statement.Error](err); !ok {
			t.Errorf("%s: %v", claim, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 2*megabytes {
			t.Errorf("%s: %d bytes were allocated", claim, used)
		}
	}
}

func nonsense(camt string) iter.Seq2[string, endless] {
	return func(yield func(string, endless) bool) {
		for _, c := range []struct{ claim, head, text string }{
			{"commas", "", ","},
			{"commas after a heading", "Date,Amount,Description\n", ","},
			{"a field without end", "Date,Amount,Description\n\"", "x"},
			{"a line without end", ":20:", "x"},
			{"a text without end", camt + "<Id>", "x"},
			{"a tag without end", camt + "<Id ", "x"},
			{"a comment without end", camt + "<!-- ", "x"},
			{"nesting without end", camt, "<a>"},
			{"a field of lines without end", ":20:A\n:86:", "x\n"},
			{"an OFX text without end", "<OFX><MEMO>", "x"},
			{"OFX nesting without end", "<OFX>", "<A>"},
			{"a BAI2 record without end", "01,\n02,A,B,1,260331,,,\n", "88,A\n"},
		} {
			if !yield(c.claim, endless{head: c.head, text: c.text, left: 10 * megabytes}) {
				return
			}
		}
	}
}

// TestRead_HoldsNoMoreOfALongFile compares what is live early and late in a file.
func TestRead_HoldsNoMoreOfALongFile(t *testing.T) { //nolint:paralleltest // measures the process's heap
	for claim, e := range map[string]endless{
		"CSV": {head: "Date,Amount,Description\n", text: "2026-03-31,1.00,A description of the usual length\n", left: 3 * megabytes},
		"CAMT": {
			head: `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt>`,
			text: `<Ntry><Amt Ccy="GBP">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><BookgDt><Dt>2026-03-31</Dt></BookgDt></Ntry>`, left: 4 * megabytes,
			tail: `</Stmt></BkToCstmrStmt></Document>`,
		},
	} {
		var early, late runtime.MemStats
		n := 0
		_, err := statement.Read(&e, statement.Options{Currency: money.GBP}, func(statement.Line) error {
			switch n++; n {
			case 1000:
				runtime.GC()
				runtime.ReadMemStats(&early)
			case 30_000:
				runtime.GC()
				runtime.ReadMemStats(&late)
			}
			return nil
		})
		if err != nil || n < 30_000 {
			t.Fatalf("%s: %d lines, %v", claim, n, err)
		}
		if late.HeapAlloc > early.HeapAlloc+megabytes/4 {
			t.Errorf("%s: %d bytes were held after 1,000 lines, %d after 30,000", claim, early.HeapAlloc, late.HeapAlloc)
		}
	}
}
