package site

import (
	"io/fs"
	"log/slog"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"

	"lanyard/internal/fault"
	"lanyard/web"
)

// immutable is for files whose name changes with their content.
const immutable = "public, max-age=31536000, immutable"

// assetStore holds the built web client in memory.
type assetStore struct {
	files map[string]*document // by name below /assets/
}

// loadAssets reads the built client. Pages work without it, only bare, so its
// absence is said once and loudly instead of stopping the program.
func loadAssets(log *slog.Logger) *assetStore {
	files, err := client()
	if err != nil {
		log.Error("the web client cannot be read; pages will look bare", "error", err)
	}
	if _, _, ok := web.Entry(web.Style); !ok {
		log.Error("the web client is not built, so pages look bare and the console is empty; run `make build`")
	}
	return &assetStore{files: files}
}

// client is the built client's files, read and compressed once however many
// sites there are: they lie in the program and never change.
var client = sync.OnceValues(func() (map[string]*document, error) {
	files := map[string]*document{}
	built := web.Assets()
	err := fs.WalkDir(built, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(path.Base(name), ".") || strings.Contains(name, ".vite/") {
			return err
		}
		body, err := fs.ReadFile(built, name)
		if err != nil {
			return err
		}
		files[name] = newDocument(assetKind(name), immutable, body)
		return nil
	})
	return files, err
})

// assetKind is the Content-Type by extension, from a list of our own: the
// machine's differs from one to the next.
func assetKind(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json", ".map":
		return "application/json"
	case ".wasm":
		return "application/wasm"
	default:
		if kind := mime.TypeByExtension(ext); kind != "" {
			return kind
		}
		return "application/octet-stream"
	}
}

// entry returns the script of a source and every style sheet its page needs.
func (a *assetStore) entry(name string) (script string, styles []string) {
	_, styles, _ = web.Entry(web.Style)
	script, own, _ := web.Entry(name)
	for _, sheet := range own {
		if len(styles) == 0 || sheet != styles[0] {
			styles = append(styles, sheet)
		}
	}
	return script, styles
}

func (s *Site) assetRoutes(m *router) {
	m.page("GET /assets/{file...}", s.asset)
	m.handle("GET /favicon.ico", http.HandlerFunc(s.favicon))
	m.handle("GET /favicon.svg", http.HandlerFunc(s.favicon))
}

func (s *Site) asset(w http.ResponseWriter, r *http.Request) error {
	doc := s.assets.files[r.PathValue("file")]
	if doc == nil {
		return fault.NotFound("file")
	}
	if strings.HasPrefix(r.PathValue("file"), doorFiles) {
		forDoor(w) // a worker obeys the policy that its own script came with
	}
	doc.serve(w, r)
	return nil
}

// favicon answers both names; every browser of today takes the drawing.
func (s *Site) favicon(w http.ResponseWriter, r *http.Request) { favicon.serve(w, r) }

// favicon is a badge on its strap, the mark of the product.
var favicon = newDocument("image/svg+xml", "public, max-age=86400", []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">`+
	`<rect x="3" y="0" width="26" height="32" rx="6" fill="#0b5f5a"/>`+
	`<rect x="11" y="5" width="10" height="3" rx="1.5" fill="#fff"/>`+
	`<rect x="9" y="16" width="14" height="3" fill="#fff"/>`+
	`<rect x="9" y="23" width="14" height="3" fill="#fff"/></svg>`))
