package statement

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// What XML may have.
const (
	maxToken = 64 << 10 // bytes of one tag or text
	maxDepth = 40
)

// xmlBytes gives a source to the XML decoder, and stops it in a token that does
// not end.
type xmlBytes struct {
	s     *source
	left  int // bytes that the token may still have
	ready []byte
	room  [utf8.UTFMax]byte
}

var errLongToken = errors.New("token too long")

// ReadByte is the next byte of the file in UTF-8.
func (b *xmlBytes) ReadByte() (byte, error) {
	if b.left--; b.left < 0 {
		return 0, errLongToken
	}
	if len(b.ready) == 0 {
		c, ok := b.s.read()
		if !ok {
			return 0, b.s.err
		}
		b.ready = b.room[:utf8.EncodeRune(b.room[:], c)]
	}
	first := b.ready[0]
	b.ready = b.ready[1:]
	return first, nil
}

// Read is ReadByte for callers that want a reader.
func (b *xmlBytes) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	c, err := b.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = c
	return 1, nil
}

// xmlEvents hears of elements. A path is the names from the root on, each after a
// slash, without name spaces: "/Document/BkToCstmrStmt/Stmt".
type xmlEvents struct {
	start func(path string) error
	// leaf is called at the end of an element that has none inside.
	leaf func(path, text string, attrs []xml.Attr) error
	end  func(path string) error
}

// walkXML goes through a document. It refuses declarations of entities, elements
// that are not closed, and anything after the root.
func walkXML(s *source, on xmlEvents) error {
	in := &xmlBytes{s: s}
	d := xml.NewDecoder(in)
	d.CharsetReader = func(_ string, same io.Reader) (io.Reader, error) { return same, nil }
	var path []string
	var text strings.Builder
	var attrs []xml.Attr
	isLeaf, seen := false, false
	for {
		in.left = maxToken
		token, err := d.Token()
		if err != nil {
			return xmlError(s, err, len(path) > 0 || !seen)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if len(path) == maxDepth {
				return bad(s.line, t.Name.Local, "elements are nested too deeply")
			}
			if len(path) == 0 && seen {
				return bad(s.line, t.Name.Local, "there is something after the end of the document")
			}
			path, attrs, isLeaf, seen = append(path, t.Name.Local), t.Copy().Attr, true, true
			text.Reset()
			err = on.start(joinPath(path))
		case xml.CharData:
			if text.Len()+len(t) > maxToken {
				return bad(s.line, last(path), "the text is too long")
			}
			text.Write(t)
		case xml.EndElement:
			at := joinPath(path)
			if isLeaf {
				err = on.leaf(at, strings.TrimSpace(text.String()), attrs)
			}
			if err == nil {
				err = on.end(at)
			}
			path, isLeaf = path[:len(path)-1], false
			text.Reset()
		case xml.Directive:
			return bad(s.line, "file", "it declares a document type, which statements do not have")
		}
		if err != nil {
			return err
		}
	}
}

func joinPath(path []string) string { return "/" + strings.Join(path, "/") }

func last(path []string) string {
	if len(path) == 0 {
		return "text"
	}
	return path[len(path)-1]
}

// xmlError says what is wrong with a document; nil at its proper end.
func xmlError(s *source, err error, inside bool) error {
	var syntax *xml.SyntaxError
	switch {
	case errors.Is(err, errLongToken):
		return bad(s.line, "text", "a tag or a text is longer than %d bytes", maxToken)
	case errors.Is(err, io.EOF) && inside, errors.As(err, &syntax) && syntax.Msg == "unexpected EOF":
		return bad(s.line, "file", "it ends in the middle: the XML is not complete")
	case errors.Is(err, io.EOF):
		return nil
	case errors.As(err, &syntax):
		return bad(s.line, "file", "the XML is not well formed: %s", clip(syntax.Msg))
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return bad(s.line, "file", "the XML cannot be read: %s", clip(err.Error()))
}
