package report

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"

	"lanyard/internal/export"
	"lanyard/internal/money"
)

// XLSX writes a table as a workbook of one sheet: amounts are numbers with the
// decimals of their currency, days are dates, and text is never a formula.
func XLSX(t Table) (file []byte, err error) {
	f := excelize.NewFile()
	defer func() { err = firstOf(err, f.Close()) }()
	sheet := sheetName(t.Title)
	if err := f.SetSheetName("Sheet1", sheet); err != nil {
		return nil, fmt.Errorf("name the sheet: %w", err)
	}
	styles, err := newStyles(f)
	if err != nil {
		return nil, err
	}
	w, err := f.NewStreamWriter(sheet)
	if err != nil {
		return nil, fmt.Errorf("write the sheet: %w", err)
	}
	if err := writeSheet(w, t, styles); err != nil {
		return nil, fmt.Errorf("write the sheet: %w", err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		return nil, fmt.Errorf("pack the workbook: %w", err)
	}
	return b.Bytes(), nil
}

func firstOf(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// sheetName is what Excel allows as a sheet's name.
func sheetName(title string) string {
	s := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, r) {
			return ' '
		}
		return r
	}, title)
	return string([]rune(s)[:min(31, len([]rune(s)))])
}

// styles are the ways in which cells look.
type styles struct {
	head, date int
	money      map[int]int // by decimals
}

func newStyles(f *excelize.File) (styles, error) {
	s := styles{money: map[int]int{}}
	var err error
	add := func(style *excelize.Style) int {
		id, e := f.NewStyle(style)
		err = firstOf(err, e)
		return id
	}
	s.head = add(&excelize.Style{Font: &excelize.Font{Bold: true}})
	s.date = add(&excelize.Style{NumFmt: 14})
	for decimals, format := range map[int]string{0: "#,##0;-#,##0", 2: "#,##0.00;-#,##0.00", 3: "#,##0.000;-#,##0.000"} {
		s.money[decimals] = add(&excelize.Style{CustomNumFmt: &format})
	}
	if err != nil {
		return s, fmt.Errorf("make styles: %w", err)
	}
	return s, nil
}

func writeSheet(w *excelize.StreamWriter, t Table, s styles) error {
	for i, column := range t.Columns {
		width := 14.0
		if column.Kind == Text {
			width = 26
		}
		if err := w.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	if err := w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	cells := make([]any, len(t.Columns))
	for i, column := range t.Columns {
		cells[i] = excelize.Cell{StyleID: s.head, Value: column.Title}
	}
	if err := w.SetRow("A1", cells); err != nil {
		return err
	}
	for n, r := range t.Rows {
		for i, cell := range r.Cells {
			cells[i] = s.cell(cell, t.Columns[i].Kind, r.Currency)
		}
		if err := w.SetRow(fmt.Sprint("A", n+2), cells); err != nil {
			return err
		}
	}
	return w.Flush()
}

// cell is a value in Excel's terms. Excel counts in floating point: amounts below
// ninety million million come out to the penny.
func (s styles) cell(cell Cell, kind ColumnKind, c money.Currency) any {
	switch kind {
	case Money:
		decimals := c.Exponent()
		scale := 1.0
		for range decimals {
			scale *= 10
		}
		return excelize.Cell{StyleID: s.money[decimals], Value: float64(cell.N) / scale}
	case Count:
		return cell.N
	case Date:
		if cell.Day.IsZero() {
			return nil
		}
		return excelize.Cell{StyleID: s.date, Value: cell.Day}
	case Text:
	}
	return export.Neutralise(cell.Text)
}
