package rpc

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"lanyard/internal/fault"
	"lanyard/internal/uid"
)

// reader collects what is wrong with the parts of a request, so that the caller
// hears of all of them at once.
type reader struct{ fields []fault.Field }

func (d *reader) refuse(path, rule, message string) {
	d.fields = append(d.fields, fault.Field{Path: path, Rule: rule, Message: message})
}

// err is the fault with everything collected, or nil.
func (d *reader) err() error {
	if len(d.fields) == 0 {
		return nil
	}
	return fault.Invalid(d.fields...)
}

// readID reads an identifier that must be there.
func readID[K uid.Kind](d *reader, path, text string, into *uid.ID[K]) {
	id, err := uid.Parse[K](text)
	if err != nil {
		d.refuse(path, "id", "is "+err.Error())
		return
	}
	*into = id
}

// readOptionalID reads an identifier; empty text is the zero ID.
func readOptionalID[K uid.Kind](d *reader, path, text string, into *uid.ID[K]) {
	if text != "" {
		readID(d, path, text, into)
	}
}

// readIDs reads a list of identifiers. The path of the third is "path[2]".
func readIDs[K uid.Kind](d *reader, path string, texts []string, into *[]uid.ID[K]) {
	for i, text := range texts {
		var id uid.ID[K]
		readID(d, index(path, i), text, &id)
		*into = append(*into, id)
	}
}

// texts are the text forms of ids.
func texts[K uid.Kind](ids []uid.ID[K]) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id.String()
	}
	return out
}

// optionalText is an id's text form; the zero ID is "".
func optionalText[K uid.Kind](id uid.ID[K]) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

// timestamp is nil for the zero time.
func timestamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

// optionalTimestamp is nil for nil.
func optionalTimestamp(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamp(*t)
}

// pageToken encodes the position after which the next page starts: the domain's
// cursor, opaque to clients. Nil means that there is no next page. It is not
// signed, because it can name no row that the caller could not list anyway.
func pageToken[C any](next *C) (string, error) {
	if next == nil {
		return "", nil
	}
	b, err := json.Marshal(next)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// readPageToken decodes what pageToken made; empty text is the first page.
func readPageToken[C any](d *reader, token string, into **C) {
	if token == "" {
		return
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil {
		c := new(C)
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		if err = dec.Decode(c); err == nil {
			*into = c
			return
		}
	}
	d.refuse("page_token", "page_token", "is not a token from an earlier answer")
}

// pageSize is the size asked for, or fallback when none was.
func pageSize(n int32, fallback int) int {
	if n <= 0 {
		return fallback
	}
	return int(n)
}

// readMask returns the fields of of that the mask names, in proto spelling; nil
// when the mask is empty, which means all. A path that is no top-level field of
// of is refused, whether it is misspelt or meant for something else.
func readMask(d *reader, path string, mask *fieldmaskpb.FieldMask, of proto.Message) []string {
	fields := of.ProtoReflect().Descriptor().Fields()
	var out []string
	for i, p := range mask.GetPaths() {
		if fields.ByName(protoreflect.Name(p)) == nil {
			d.refuse(index(path+".paths", i), "field_mask.unknown", "is not a field that can be changed here")
			continue
		}
		out = append(out, p)
	}
	return out
}

// index is the path of a list's i-th element.
func index(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }
