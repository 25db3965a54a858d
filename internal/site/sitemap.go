package site

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"net/http"

	"lanyard/internal/catalog"
)

// mostSitemap is the number of addresses that the format allows in one file.
const mostSitemap = 50_000

func (s *Site) sitemapRoutes(m *router) {
	m.handle("GET /robots.txt", http.HandlerFunc(s.robots))
	m.page("GET /sitemap.xml", s.sitemap)
}

// robots keeps search engines to the public pages. Secret links are not named:
// listing where they are would help nobody.
func (s *Site) robots(w http.ResponseWriter, r *http.Request) {
	text := "User-agent: *\nDisallow: /console/\nDisallow: /rpc/\nDisallow: /ops/\nDisallow: /sign-in\n\n" +
		"Sitemap: " + s.absolute("/sitemap.xml") + "\n"
	newDocument("text/plain; charset=utf-8", "public, max-age=3600", []byte(text)).serve(w, r)
}

type (
	sitemapFile struct {
		XMLName xml.Name      `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
		Pages   []sitemapPage `xml:"url"`
	}
	sitemapPage struct {
		Address string `xml:"loc"`
	}
)

// sitemap lists the pages of the events to come, of every organisation.
func (s *Site) sitemap(w http.ResponseWriter, r *http.Request) error {
	doc, err := s.shares.get("sitemap", func() (*document, error) { return s.buildSitemap(r.Context()) })
	if err != nil {
		return err
	}
	doc.serve(w, r)
	return nil
}

func (s *Site) buildSitemap(ctx context.Context) (*document, error) {
	file := sitemapFile{Pages: []sitemapPage{{s.absolute("/")}, {s.absolute("/privacy")}}}
	known := map[string]bool{}
	page := catalog.Page{Size: 200}
	for len(file.Pages) < mostSitemap {
		list, next, err := s.Catalog.Programme(ctx, catalog.Filter{}, page)
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			if home := "/o/" + e.OrgSlug; !known[home] {
				known[home] = true
				file.Pages = append(file.Pages, sitemapPage{s.absolute(home)})
			}
			file.Pages = append(file.Pages, sitemapPage{s.absolute(eventPath(e))})
		}
		if next == nil {
			break
		}
		page.After = next
	}
	var out bytes.Buffer
	out.WriteString(xml.Header)
	if err := xml.NewEncoder(&out).Encode(file); err != nil {
		return nil, fmt.Errorf("write the sitemap: %w", err)
	}
	return newDocument("application/xml", "public, max-age=600", out.Bytes()), nil
}
