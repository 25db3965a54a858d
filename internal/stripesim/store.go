package stripesim

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// A table keeps one account's objects of one kind, in the order of their making.
type table[T any] struct {
	kind  string
	rows  map[string]*T
	order []string
	dirty []string        // changed since the file was written, in the order of the changes
	known map[string]bool // the same as a set
}

func newTable[T any](kind string) *table[T] {
	return &table[T]{kind: kind, rows: map[string]*T{}, known: map[string]bool{}}
}

// get is an object, or nil. Whoever changes it puts it back.
func (t *table[T]) get(id string) *T { return t.rows[id] }

// put adds an object, or notes that it has changed.
func (t *table[T]) put(id string, row *T) {
	if _, known := t.rows[id]; !known {
		t.order = append(t.order, id)
	}
	t.rows[id] = row
	t.note(id)
}

func (t *table[T]) note(id string) {
	if !t.known[id] {
		t.known[id] = true
		t.dirty = append(t.dirty, id)
	}
}

// drop forgets an object.
func (t *table[T]) drop(id string) {
	if _, known := t.rows[id]; !known {
		return
	}
	delete(t.rows, id)
	t.note(id)
	if len(t.order) > 32 && len(t.order) > 2*len(t.rows) {
		t.order = slices.DeleteFunc(t.order, func(id string) bool { return t.rows[id] == nil })
	}
}

// each visits the objects, oldest first, until visit says false.
func (t *table[T]) each(visit func(id string, row *T) bool) {
	for _, id := range t.order {
		if row := t.rows[id]; row != nil && !visit(id, row) {
			return
		}
	}
}

// newest is the ids, newest first.
func (t *table[T]) newest() []string {
	ids := make([]string, 0, len(t.rows))
	for _, id := range slices.Backward(t.order) {
		if t.rows[id] != nil {
			ids = append(ids, id)
		}
	}
	return ids
}

// A shelf is a table whose type does not matter.
type shelf interface {
	name() string
	load(id string, row json.RawMessage) error
	all() []string
	row(id string) any
	changed() []string
}

func (t *table[T]) name() string { return t.kind }

func (t *table[T]) load(id string, raw json.RawMessage) error {
	if bytes.Equal(raw, []byte("null")) {
		t.drop(id)
		return nil
	}
	row := new(T)
	if err := json.Unmarshal(raw, row); err != nil {
		return fmt.Errorf("read %s %s: %w", t.kind, id, err)
	}
	t.put(id, row)
	return nil
}

func (t *table[T]) all() []string {
	t.order = slices.DeleteFunc(t.order, func(id string) bool { return t.rows[id] == nil })
	return t.order
}

func (t *table[T]) row(id string) any {
	if row := t.rows[id]; row != nil {
		return row
	}
	return nil
}

// changed is what was put or dropped since it was last asked.
func (t *table[T]) changed() []string {
	ids := t.dirty
	t.dirty = nil
	clear(t.known)
	return ids
}

// A line is one change in the file: a later line about the same object wins, and
// null means that the object is gone.
type line struct {
	Account string          `json:"account"`
	Kind    string          `json:"kind"`
	ID      string          `json:"id"`
	Row     json.RawMessage `json:"row"`
}

// A journal is the file that the state is kept in.
type journal struct {
	file *os.File
}

// openJournal replays the file through apply and opens it for appending. A last
// line that a crash cut short is left out.
func openJournal(path string, apply func(line) error) (*journal, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("keep the simulator's state: %w", err)
	}
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the simulator's state: %w", err)
	}
	whole := old[:bytes.LastIndexByte(old, '\n')+1]
	lines := bufio.NewScanner(bytes.NewReader(whole))
	lines.Buffer(nil, len(whole)+1)
	for lines.Scan() {
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("the simulator's state %s is damaged: %w", path, err)
		}
		if err := apply(l); err != nil {
			return nil, fmt.Errorf("the simulator's state %s is damaged: %w", path, err)
		}
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("keep the simulator's state: %w", err)
	}
	if err := file.Truncate(int64(len(whole))); err != nil {
		return nil, errors.Join(fmt.Errorf("keep the simulator's state: %w", err), file.Close())
	}
	return &journal{file: file}, nil
}

// append writes changes in one piece.
func (j *journal) append(lines []line) error {
	var text bytes.Buffer
	for _, l := range lines {
		one, err := json.Marshal(l)
		if err != nil {
			return fmt.Errorf("keep the simulator's state: %w", err)
		}
		text.Write(append(one, '\n'))
	}
	if _, err := j.file.Write(text.Bytes()); err != nil {
		return fmt.Errorf("keep the simulator's state: %w", err)
	}
	return nil
}

// rewrite replaces the file by what is there now, so that it does not grow with
// every change for ever.
func (j *journal) rewrite(lines []line) error {
	path := j.file.Name()
	fresh, err := os.OpenFile(path+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("keep the simulator's state: %w", err)
	}
	next := &journal{file: fresh}
	if err := errors.Join(next.append(lines), fresh.Sync()); err != nil {
		return errors.Join(err, fresh.Close())
	}
	if err := errors.Join(os.Rename(path+".new", path), fresh.Close(), j.file.Close()); err != nil {
		return fmt.Errorf("keep the simulator's state: %w", err)
	}
	j.file, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0o600)
	return err
}
