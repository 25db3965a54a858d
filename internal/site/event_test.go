package site

import (
	"net/http"
	"strings"
	"testing"

	"lanyard/internal/testworld"
)

func TestEvent_PageIsCompleteWithoutScripts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	e := b.Event(testworld.Titled("AI Airlock pilot"))
	w := b.get(t, "/o/northern/"+e.Slug)
	if w.Code != http.StatusOK {
		t.Fatalf("answered %d: %s", w.Code, body(t, w))
	}
	html := body(t, w)
	for _, want := range []string{
		"<title>AI Airlock pilot · Northern Life Sciences</title>",
		"Thursday 26 November 2026", "18:30 to 20:00, UK time", "Town Hall",
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}
