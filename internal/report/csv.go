package report

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"lanyard/internal/export"
	"lanyard/internal/money"
)

const byteOrderMark = "\ufeff"

// csvFile is a file after RFC 4180. Text is guarded against being read as a
// formula; numbers and dates are ours and stand as they are.
type csvFile struct {
	b     bytes.Buffer
	cells int
}

func (c *csvFile) text(s string) { c.raw(export.Neutralise(s)) }

func (c *csvFile) raw(s string) {
	if c.cells++; c.cells > 1 {
		c.b.WriteByte(',')
	}
	if strings.ContainsAny(s, ",\"\r\n") || strings.TrimSpace(s) != s {
		s = `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	c.b.WriteString(s)
}

func (c *csvFile) end() {
	c.b.WriteString("\r\n")
	c.cells = 0
}

func (c *csvFile) texts(cells ...string) {
	for _, s := range cells {
		c.text(s)
	}
	c.end()
}

// decimal is minor units with the currency's decimals and no currency: "-12.50".
func decimal(minor int64, c money.Currency) string { return money.New(minor, c).Decimal() }

// CSV writes a table. A byte order mark makes spreadsheets read it as UTF-8.
func CSV(t Table, mark bool) []byte {
	c := &csvFile{}
	if mark {
		c.b.WriteString(byteOrderMark)
	}
	for _, column := range t.Columns {
		c.text(column.Title)
	}
	c.end()
	for _, r := range t.Rows {
		for i, cell := range r.Cells {
			if kind := t.Columns[i].Kind; kind == Text {
				c.text(cell.Text)
			} else {
				c.raw(plain(cell, kind, r.Currency))
			}
		}
		c.end()
	}
	return c.b.Bytes()
}

// plain is a cell as programs read it.
func plain(cell Cell, kind ColumnKind, c money.Currency) string {
	switch kind {
	case Money:
		return decimal(cell.N, c)
	case Count:
		return strconv.FormatInt(cell.N, 10)
	case Date:
		if cell.Day.IsZero() {
			return ""
		}
		return cell.Day.Format(time.DateOnly)
	case Text:
	}
	return cell.Text
}
