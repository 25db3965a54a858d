package site

import (
	"bytes"
	"encoding/json"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"lanyard/web"
)

func TestDoor_ShellMayUseTheCameraAndNothingElse(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.get(t, "/door/")
	html := body(t, w)
	if w.Code != http.StatusOK || !strings.Contains(html, `<div id="door">`) || !strings.Contains(html, "/door/manifest.webmanifest") {
		t.Fatalf("answered %d: %s", w.Code, html)
	}
	h := w.Header()
	if got := h.Get("Permissions-Policy"); !strings.Contains(got, "camera=(self)") || !strings.Contains(got, "microphone=()") {
		t.Errorf("the permissions policy is %q", got)
	}
	for _, part := range []string{
		"script-src 'self' 'wasm-unsafe-eval'", "worker-src 'self'", "manifest-src 'self'", "require-trusted-types-for 'script'", "default-src 'none'",
	} {
		if !strings.Contains(h.Get("Content-Security-Policy"), part) {
			t.Errorf("the content policy lacks %s: %s", part, h.Get("Content-Security-Policy"))
		}
	}
	if strings.Contains(h.Get("Content-Security-Policy"), "unsafe-inline") || strings.Contains(h.Get("Content-Security-Policy"), "'unsafe-eval'") {
		t.Errorf("the content policy is too wide: %s", h.Get("Content-Security-Policy"))
	}
	if got := h.Get("Cache-Control"); got != "no-cache" {
		t.Errorf("the shell may be kept: %q", got)
	}
}

func TestDoor_ShellIsTheSameForEverybody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	stranger := b.get(t, "/door/")
	member := b.get(t, "/door/", "Cookie", b.signedIn(t, b.Owner))
	if stranger.Header().Get("ETag") != member.Header().Get("ETag") {
		t.Error("a member gets another shell than a tablet")
	}
}

func TestDoor_ManifestAndIconsMakeItInstallable(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var m struct {
		Name     string
		StartURL string `json:"start_url"`
		Scope    string
		Display  string
		Icons    []struct{ Src, Sizes string }
	}
	w := b.get(t, "/door/manifest.webmanifest")
	if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil {
		t.Fatal(err)
	}
	if m.StartURL != "/door/" || m.Scope != "/door/" || m.Display != "standalone" || m.Name != "Lanyard door" || len(m.Icons) != 2 {
		t.Errorf("the manifest says %+v", m)
	}
	for i, want := range []int{192, 512} {
		img, err := png.Decode(b.get(t, m.Icons[i].Src).Body)
		if err != nil || img.Bounds().Dx() != want || img.Bounds().Dy() != want {
			t.Errorf("%s is %v, %v", m.Icons[i].Src, img.Bounds(), err)
		}
	}
}

func TestDoor_ServiceWorkerNamesItsShell(t *testing.T) {
	t.Parallel()
	if _, _, ok := web.Entry(web.Door); !ok {
		t.Skip("the web client is not built")
	}
	b := setup(t)
	first := b.get(t, "/door/sw.js").Body.Bytes()
	if bytes.Contains(first, []byte("__SHELL__")) || !bytes.Contains(first, []byte("/door/")) {
		t.Fatalf("the worker does not name its shell: %s", first)
	}
	renamed := setup(t, func(d *Deps) { d.Name = "Northern" })
	if bytes.Equal(first, renamed.get(t, "/door/sw.js").Body.Bytes()) {
		t.Error("another shell has the same worker, so tablets would keep the old one")
	}
}
