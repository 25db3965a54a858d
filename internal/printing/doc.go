// Package printing draws what goes on paper, as PDF: invoices and credit notes,
// tickets with their QR, and badges at exactly their paper's size.
//
// It turns values into bytes and nothing else: no database, no clock, no
// network. The same value gives the same bytes, so a rendering can be compared
// and hashed; dates in the file's properties come from the value.
//
// Text is set in DejaVu Sans Condensed, which covers Latin, Greek, Cyrillic,
// Hebrew and Arabic; Han, kana and Hangul are set in Droid Sans Fallback, which a
// file carries only when it needs it (font/LICENSE.txt). Arabic letters are joined
// and lines that run from right to left are put in order here (script.go), because
// a PDF shows shapes where it is told to. What no font has prints as a box.
//
// A sheet (sheet.go, face.go) is the common ground: fonts, colours, wrapped text,
// rows of columns, page breaks and numbers.
//
// It has no tables, and refuses to compute: every sum it prints was given to it.
package printing
