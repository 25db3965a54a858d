package statement

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

// Encoding is how the text of a file is written as bytes.
type Encoding string

// The encodings.
const (
	UTF8        Encoding = "UTF-8"
	UTF16LE     Encoding = "UTF-16LE"
	UTF16BE     Encoding = "UTF-16BE"
	Windows1252 Encoding = "Windows-1252"
)

// Encodings lists the encodings.
var Encodings = []Encoding{UTF8, UTF16LE, UTF16BE, Windows1252}

// blockSize is how much is read at once, and how far ahead detect looks.
const blockSize = 4096

// source is a file as characters. It works the encoding out as it goes: text that
// is plain ASCII so far is UTF-8 or Windows-1252 alike, and the first byte beyond
// decides. Line ends of all sorts become "\n".
type source struct {
	r        io.Reader
	store    []byte
	buf      []byte // the part of store that is still to be read
	eof      bool
	encoding Encoding
	settled  bool
	line     int   // of the next character
	err      error // io.EOF at the end
	peeked   []rune
	cr       bool
}

// open finds out how a file is written.
func open(r io.Reader, e Encoding) (*source, error) {
	s := &source{r: r, line: 1, encoding: e, settled: e != ""}
	s.fill(blockSize)
	if s.err != nil {
		return nil, s.err
	}
	for _, mark := range []struct {
		bytes    string
		encoding Encoding
	}{{"\xef\xbb\xbf", UTF8}, {"\xff\xfe", UTF16LE}, {"\xfe\xff", UTF16BE}} {
		if bytes.HasPrefix(s.buf, []byte(mark.bytes)) {
			if s.settled && e != mark.encoding {
				return nil, bad(1, "encoding", "the file says that it is %s, not %s", mark.encoding, e)
			}
			s.buf, s.encoding, s.settled = s.buf[len(mark.bytes):], mark.encoding, true
		}
	}
	if !s.settled {
		s.encoding, s.settled = guessWide(s.buf)
	}
	if !s.settled {
		s.encoding, s.settled = declared(s.buf)
	}
	return s, nil
}

// guessWide knows UTF-16 without a mark by the zeros beside ASCII letters.
func guessWide(b []byte) (Encoding, bool) {
	var even, odd int
	for i, c := range b {
		if c == 0 && i%2 == 0 {
			even++
		} else if c == 0 {
			odd++
		}
	}
	switch {
	case odd > len(b)/4 && even == 0:
		return UTF16LE, true
	case even > len(b)/4 && odd == 0:
		return UTF16BE, true
	}
	return UTF8, false
}

// declared takes an XML file at its word; without a word XML is UTF-8.
func declared(b []byte) (Encoding, bool) {
	b = bytes.TrimLeft(b, " \t\r\n")
	if !bytes.HasPrefix(b, []byte("<?xml")) {
		return UTF8, bytes.HasPrefix(b, []byte("<Document")) || bytes.HasPrefix(b, []byte("<OFX"))
	}
	head, _, _ := bytes.Cut(b, []byte("?>"))
	head = bytes.ToLower(head)
	for _, latin := range []string{"windows-1252", "iso-8859-1", "iso-8859-15", "latin1"} {
		if bytes.Contains(head, []byte(latin)) {
			return Windows1252, true
		}
	}
	return UTF8, true
}

// fill reads until n bytes are there or the file ends.
func (s *source) fill(n int) {
	for idle := 0; len(s.buf) < n && !s.eof && s.err == nil; idle++ {
		if s.store == nil {
			s.store = make([]byte, 2*blockSize)
		}
		kept := copy(s.store, s.buf)
		got, err := s.r.Read(s.store[kept:])
		s.buf = s.store[:kept+got]
		switch {
		case errors.Is(err, io.EOF):
			s.eof = true
		case err != nil:
			s.err = err
		case got > 0:
			idle = 0
		case idle > 100:
			s.err = io.ErrNoProgress
		}
	}
}

// read gives the next character; false at the end, or where the bytes are wrong
// and s.err says how.
func (s *source) read() (rune, bool) {
	if len(s.peeked) > 0 {
		c := s.peeked[0]
		s.peeked = s.peeked[1:]
		if c == '\n' {
			s.line++
		}
		return c, true
	}
	c, ok := s.raw()
	if ok && s.cr && c == '\n' {
		c, ok = s.raw()
	}
	s.cr = ok && c == '\r'
	if s.cr {
		c = '\n'
	}
	if ok && c == '\n' {
		s.line++
	}
	return c, ok
}

// peek shows the next character without taking it.
func (s *source) peek() (rune, bool) {
	if len(s.peeked) > 0 {
		return s.peeked[0], true
	}
	line := s.line
	c, ok := s.read()
	s.line = line
	if ok {
		s.peeked = append(s.peeked[:0], c)
	}
	return c, ok
}

func (s *source) raw() (rune, bool) {
	if s.fill(utf8.UTFMax); s.err != nil {
		return 0, false
	}
	if len(s.buf) == 0 {
		s.err = io.EOF
		return 0, false
	}
	c, size := s.decode()
	if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
		if c != '\x1a' && c != '\x01' && c != '\x03' { // marks that old systems put around a file
			s.err = bad(s.line, "text", "there is a control character %#x; this is no text, or its encoding is wrong", c)
			return 0, false
		}
		c = ' '
	}
	if size == 0 {
		s.err = bad(s.line, "encoding", "the byte %#x is not %s", s.buf[0], s.encoding)
		return 0, false
	}
	s.buf = s.buf[size:]
	return c, true
}

// decode reads one character; size 0 says that the bytes are none.
func (s *source) decode() (c rune, size int) {
	if s.encoding == UTF16LE || s.encoding == UTF16BE {
		return s.decodeWide()
	}
	first := s.buf[0]
	if first < utf8.RuneSelf {
		return rune(first), 1
	}
	c, size = utf8.DecodeRune(s.buf)
	valid := c != utf8.RuneError || size > 1
	if !s.settled {
		s.settled = true
		if !valid {
			s.encoding = Windows1252
		}
	}
	if s.encoding == Windows1252 {
		if first < 0xa0 {
			c = windows1252[first-0x80]
		} else {
			c = rune(first)
		}
		if c == 0 {
			return ' ', 0
		}
		return c, 1
	}
	if !valid {
		return ' ', 0
	}
	return c, size
}

func (s *source) decodeWide() (rune, int) {
	unit := func(at int) rune {
		if s.encoding == UTF16LE {
			return rune(s.buf[at]) | rune(s.buf[at+1])<<8
		}
		return rune(s.buf[at])<<8 | rune(s.buf[at+1])
	}
	if len(s.buf) < 2 {
		return ' ', 0
	}
	c := unit(0)
	switch {
	case c < 0xd800 || c > 0xdfff:
		return c, 2
	case c > 0xdbff || len(s.buf) < 4:
		return ' ', 0
	}
	low := unit(2)
	if low < 0xdc00 || low > 0xdfff {
		return ' ', 0
	}
	return 0x10000 + (c-0xd800)<<10 + (low - 0xdc00), 4
}

// windows1252 are the bytes 0x80 to 0x9f; 0 means none.
var windows1252 = [32]rune{
	'€', 0, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0, 'Ž', 0,
	0, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0, 'ž', 'Ÿ',
}

// head is the beginning of the file as text, for telling formats apart.
func (s *source) head() string {
	var text []byte
	b := s.buf[:min(len(s.buf), blockSize)]
	for _, c := range b {
		if c != 0 {
			text = append(text, c)
		}
	}
	return string(text)
}
