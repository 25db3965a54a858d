package site

import (
	"strings"
	"testing"

	"lanyard/internal/testworld"
)

func TestPrivacy_IsSaidAndLinkedFromEveryPage(t *testing.T) {
	t.Parallel()
	w := testworld.New(t)
	w.Event()
	b := serve(t, w)
	for _, path := range []string{"/", "/o/northern", launch, launch + "/register", "/sign-in"} {
		b.open(path)
		if b.link("Privacy") != "/privacy" {
			t.Errorf("%s does not lead to it", path)
		}
	}
	b.follow("Privacy").want(200, "Who is responsible", "How long", "for 180 days", "after 8 hours without use")
	if cookies := b.header.Values("Set-Cookie"); len(cookies) > 0 {
		t.Errorf("it sets %s", strings.Join(cookies, ", "))
	}
}
