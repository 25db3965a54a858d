// Package web holds the built web client inside the binary: hashed scripts and
// styles, and the manifest that says which source became which file.
//
// The files come from `npm run build` in this folder. A checkout in which that
// was never run still compiles, thanks to a placeholder; Entry then finds
// nothing, and the server says so at start instead of sending bare pages.
// The package refuses to know HTTP: serving and caching belong to package site.
package web

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"sync"
)

// Prefix is the URL path below which the built files are served; it is the
// `base` of vite.config.ts.
const Prefix = "/assets/"

// The sources that pages ask Entry for, by their path in this folder.
const (
	// Public is the enhancement of the pages that the server renders.
	Public = "src/public/main.ts"
	// Console is the organisers' console.
	Console = "src/console/main.tsx"
	// Door is the check-in program of the tablets, a build of its own.
	Door = "src/checkin/main.tsx"
	// Style is the design system, which both use.
	Style = "src/style/site.css"
)

//go:embed all:dist
var dist embed.FS

// Assets returns the built files. Every name carries a hash of its content, save
// for the placeholder and the manifest, so that they may be cached for ever.
func Assets() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the name is a constant and valid
	}
	return sub
}

// Entry returns the URL paths of the script and the style sheets that the source
// called name was built into, those of its imports included. The script is empty
// for a style sheet. ok is false when the client was not built or has no such source.
func Entry(name string) (js string, css []string, ok bool) {
	built, err := builtManifests()
	if err != nil {
		return "", nil, false
	}
	for _, m := range built {
		if js, css, ok = m.entry(name); ok {
			return js, css, true
		}
	}
	return "", nil, false
}

// doorDir is where the door's build lies: apart, so that no chunk of it is shared
// with other pages and a tablet fetches nothing that it does not need.
const doorDir = "door/"

var builtManifests = sync.OnceValues(func() ([]manifest, error) {
	pages, err := readManifest(Assets(), "")
	if err != nil {
		return nil, err
	}
	door, err := readManifest(Assets(), doorDir)
	if err != nil {
		return nil, err
	}
	return []manifest{pages, door}, nil
})

// chunk is one row of the manifest that the bundler writes.
type chunk struct {
	File    string   `json:"file"`
	IsEntry bool     `json:"isEntry"`
	CSS     []string `json:"css"`
	Imports []string `json:"imports"`
}

// manifest maps a source, or the key of a shared chunk, to what became of it.
type manifest map[string]chunk

// readManifest reads the manifest of the build in dir, which is empty or ends
// with a slash, and names its files from the root.
func readManifest(files fs.FS, dir string) (manifest, error) {
	raw, err := fs.ReadFile(files, dir+".vite/manifest.json")
	if err != nil {
		return nil, fmt.Errorf("read the web client's manifest: %w", err)
	}
	var m manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, fmt.Errorf("parse the web client's manifest: %w", err)
	}
	for key, c := range m {
		c.File = dir + c.File
		for i := range c.CSS {
			c.CSS[i] = dir + c.CSS[i]
		}
		m[key] = c
	}
	return m, nil
}

func (m manifest) entry(name string) (js string, css []string, ok bool) {
	c, ok := m[name]
	if !ok || !c.IsEntry {
		return "", nil, false
	}
	if isStyle(c.File) {
		return "", []string{Prefix + c.File}, true
	}
	return Prefix + c.File, m.styles(name, map[string]bool{}), true
}

// styles lists the style sheets of a chunk after those of what it imports, each
// once: the order in which the cascade expects them.
func (m manifest) styles(key string, seen map[string]bool) []string {
	if seen[key] {
		return nil
	}
	seen[key] = true
	var out []string
	for _, i := range m[key].Imports {
		out = append(out, m.styles(i, seen)...)
	}
	for _, file := range m[key].CSS {
		if !seen[file] {
			seen[file] = true
			out = append(out, Prefix+file)
		}
	}
	return out
}

func isStyle(file string) bool {
	const suffix = ".css"
	return len(file) > len(suffix) && file[len(file)-len(suffix):] == suffix
}
