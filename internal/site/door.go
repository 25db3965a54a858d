package site

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"net/http"
	"strings"
	"sync"

	"lanyard/internal/fault"
	"lanyard/web"
)

// doorPolicy lets the door's program do what no other page may: run the code
// reader, which is WebAssembly, in a worker of its own, be installed, and name
// its worker and service worker to the browser through the one Trusted Types
// policy that takes addresses of ours alone.
const doorPolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; manifest-src 'self'; " +
	"style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; " +
	"frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types default"

// Where the door's own build lies below /assets/, and its service worker in it.
const (
	doorFiles  = "door/"
	doorWorker = "door/sw.js"
)

func (s *Site) doorRoutes(m *router) {
	m.handle("GET /door", http.RedirectHandler("/door/", http.StatusMovedPermanently))
	m.page("GET /door/{$}", s.doorShell)
	m.page("GET /door/sw.js", s.doorServiceWorker)
	m.page("GET /door/manifest.webmanifest", s.doorManifest)
	m.page("GET /door/icon-192.png", doorIcon(smallIcon))
	m.page("GET /door/icon-512.png", doorIcon(largeIcon))
}

// forDoor widens the policies of an answer to what the door needs.
func forDoor(w http.ResponseWriter) {
	w.Header().Set("Content-Security-Policy", doorPolicy)
	w.Header().Set("Permissions-Policy", strings.Replace(permissionsPolicy, "camera=()", "camera=(self)", 1))
}

// doorShell serves the one document of the door. It is the same for everybody:
// a tablet says who it is in its calls, never by a cookie, and a pairing code
// comes after the # where servers do not see it.
func (s *Site) doorShell(w http.ResponseWriter, r *http.Request) error {
	shell, err := s.doorDocument()
	if err != nil {
		return err
	}
	forDoor(w)
	shell.serve(w, r)
	return nil
}

// doorView is what the door's template shows.
type doorView struct {
	SiteName string
	Script   string
	Styles   []string
}

func (s *Site) doorDocument() (*document, error) {
	script, styles, _ := web.Entry(web.Door)
	var out bytes.Buffer
	if err := templates["door.html"].ExecuteTemplate(&out, "door.html", doorView{s.Name, script, styles}); err != nil {
		return nil, fmt.Errorf("site: draw the door: %w", err)
	}
	return newDocument("text/html; charset=utf-8", "no-cache", out.Bytes()), nil
}

// doorServiceWorker serves the worker under the path whose pages it looks after.
// Its bytes name the shell that belongs to it, so that a changed shell alone makes
// tablets fetch everything anew.
func (s *Site) doorServiceWorker(w http.ResponseWriter, r *http.Request) error {
	built := s.assets.files[doorWorker]
	if built == nil {
		return fault.NotFound("file")
	}
	shell, err := s.doorDocument()
	if err != nil {
		return err
	}
	forDoor(w)
	body := bytes.Replace(built.body, []byte("__SHELL__"), []byte(shell.tag), 1)
	newDocument("text/javascript; charset=utf-8", "no-cache", body).serve(w, r)
	return nil
}

// doorManifest makes the door installable.
func (s *Site) doorManifest(w http.ResponseWriter, r *http.Request) error {
	type icon struct {
		Src     string `json:"src"`
		Sizes   string `json:"sizes"`
		Type    string `json:"type"`
		Purpose string `json:"purpose"`
	}
	body, err := json.Marshal(map[string]any{
		"id": "/door/", "start_url": "/door/", "scope": "/door/", "display": "standalone",
		"name": s.Name + " door", "short_name": "Door", "lang": "en-GB",
		"description":      "Check people in, also when the network is gone.",
		"background_color": "#0d1514", "theme_color": "#0a3f3c",
		"icons": []icon{
			{"/door/icon-192.png", "192x192", "image/png", "any maskable"},
			{"/door/icon-512.png", "512x512", "image/png", "any maskable"},
		},
	})
	if err != nil {
		return fmt.Errorf("site: write the door's manifest: %w", err)
	}
	newDocument("application/manifest+json", "public, max-age=3600", body).serve(w, r)
	return nil
}

// doorIcon serves the mark of the product, a badge on its strap, on a ground
// that reaches the edges, since systems cut icons into shapes of their own.
func doorIcon(drawn func() *document) handlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		drawn().serve(w, r)
		return nil
	}
}

// The sizes that systems ask for, drawn when the first does.
var (
	smallIcon = sync.OnceValue(func() *document { return badgeDocument(192) })
	largeIcon = sync.OnceValue(func() *document { return badgeDocument(512) })
)

func badgeDocument(size int) *document {
	return newDocument("image/png", "public, max-age=86400", badgeIcon(size))
}

func badgeIcon(size int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, size, size))
	fill := func(x0, y0, x1, y1 int, c color.Color) { // in 32nds of the side
		draw.Draw(img, image.Rect(x0*size/32, y0*size/32, x1*size/32, y1*size/32), image.NewUniform(c), image.Point{}, draw.Src)
	}
	fill(0, 0, 32, 32, color.RGBA{R: 0x0b, G: 0x5f, B: 0x5a, A: 0xff})
	fill(12, 7, 20, 10, color.White)
	fill(10, 16, 22, 19, color.White)
	fill(10, 22, 22, 25, color.White)
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic(err) // writing to memory cannot fail
	}
	return out.Bytes()
}
