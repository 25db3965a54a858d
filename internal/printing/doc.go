// Package printing draws what goes on paper, as PDF.
//
// It turns values into bytes and nothing else: no database, no clock, no
// network. The same value gives the same bytes, so a rendering can be compared
// and hashed; dates in the file's properties come from the value. Text is set in
// DejaVu Sans Condensed, which is embedded (font/LICENSE.txt) and covers Latin,
// Greek and Cyrillic; a character that it lacks prints as a box.
//
// A sheet (sheet.go) is the common ground: fonts, colours, wrapped text, rows of
// columns, page breaks and numbers. Invoices are the first user.
//
// It has no tables, and refuses to compute: every sum it prints was given to it.
package printing
