package ticketcode

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var (
	org     = [16]byte{1, 2, 3}
	event   = [16]byte{4, 5, 6}
	ticket  = [16]byte{7, 8, 9}
	another = [16]byte{10, 11, 12}
)

func mint() *Mint { return NewMint([32]byte{42}) }

func signed(keyID byte) (string, Signer) {
	m := mint()
	s := m.Signer(org, event, keyID)
	return s.Sign(m.Numbers(org).Of(ticket)), s
}

func TestNumbers_LeadBackToTheTicket(t *testing.T) {
	t.Parallel()
	n := mint().Numbers(org)
	number := n.Of(ticket)
	if n.Ticket(number) != ticket {
		t.Error("the number does not lead back to the ticket")
	}
	if mint().Numbers(another).Ticket(number) == ticket {
		t.Error("another organisation reads the number")
	}
}

func TestParse_ReadsBothCodes(t *testing.T) {
	t.Parallel()
	text, s := signed(3)
	number := mint().Numbers(org).Of(ticket)
	if len(text) != SignedLength || len(number.Short()) != ShortLength {
		t.Fatalf("codes have %d and %d characters", len(text), len(number.Short()))
	}
	c, ok := Parse(" " + strings.ToLower(text) + "\r\n")
	if !ok || !c.Signed || c.KeyID != 3 || c.Mark != EventMark(event) || c.Number != number || !c.Verify(s.PublicKey()) {
		t.Errorf("the signed code reads as %v, %+v", ok, c)
	}
	c, ok = Parse(number.Short())
	if !ok || c.Signed || c.Number != number || c.Verify(s.PublicKey()) {
		t.Errorf("the short code reads as %v, %+v", ok, c)
	}
}

func TestVerify_RefusesEveryFlippedBit(t *testing.T) {
	t.Parallel()
	text, s := signed(1)
	raw, err := encoding.DecodeString(strings.TrimPrefix(text, prefix))
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		for bit := range 8 {
			raw[i] ^= 1 << bit
			c, ok := Parse(prefix + encoding.EncodeToString(raw))
			if !ok {
				t.Fatal("a flipped bit makes the code unreadable, so it tests nothing")
			}
			if c.Verify(s.PublicKey()) {
				t.Fatalf("bit %d of byte %d does not count", bit, i)
			}
			raw[i] ^= 1 << bit
		}
	}
}

func TestVerify_RefusesOtherKeys(t *testing.T) {
	t.Parallel()
	text, _ := signed(1)
	c, _ := Parse(text)
	m := mint()
	for name, other := range map[string]Signer{
		"the next key":         m.Signer(org, event, 2),
		"another event":        m.Signer(org, another, 1),
		"another organisation": m.Signer(another, event, 1),
		"another secret":       NewMint([32]byte{43}).Signer(org, event, 1),
	} {
		if c.Verify(other.PublicKey()) {
			t.Errorf("the key of %s verifies it", name)
		}
	}
	if c.Verify(nil) {
		t.Error("no key verifies it")
	}
}

func TestParse_RefusesWhatIsNoTicket(t *testing.T) {
	t.Parallel()
	text, _ := signed(1)
	short := mint().Numbers(org).Of(ticket).Short()
	for _, bad := range []string{
		"", "https://example.org/", "BEGIN:VCARD", "WIFI:S:door;;", "1:", text[:SignedLength-1], text + "A", "2:" + text[2:], short[:25], short + "A",
		short[:25] + "B", strings.Repeat(" ", 1000) + short, strings.Repeat("1", 26), "1:" + strings.Repeat("=", 136),
	} {
		if c, ok := Parse(bad); ok && c.Number.Short() != strings.ToUpper(strings.TrimSpace(bad)) {
			t.Errorf("%q reads as %+v", bad, c)
		}
	}
}

// vectors hold other programs that read codes to the same format.
type vectors struct {
	Event     string   `json:"event"`
	EventMark string   `json:"event_mark"`
	KeyID     int      `json:"key_id"`
	PublicKey string   `json:"public_key"`
	Number    string   `json:"number"`
	Hash      string   `json:"number_hash"`
	Signed    string   `json:"signed"`
	Short     string   `json:"short"`
	Forged    string   `json:"forged"`
	OtherKey  string   `json:"other_key"`
	Foreign   string   `json:"other_event"`
	NoTickets []string `json:"no_tickets"`
}

func TestCodes_AreThoseOfTheGoldenFile(t *testing.T) {
	t.Parallel()
	text, s := signed(1)
	m := mint()
	number, mark := m.Numbers(org).Of(ticket), EventMark(event)
	hash := number.Hash()
	flip := "A"
	if strings.HasSuffix(text, "A") {
		flip = "B"
	}
	got, err := json.MarshalIndent(vectors{
		Event: hex.EncodeToString(event[:]), EventMark: hex.EncodeToString(mark[:]), KeyID: 1, PublicKey: hex.EncodeToString(s.PublicKey()),
		Number: hex.EncodeToString(number[:]), Hash: hex.EncodeToString(hash[:]), Signed: text, Short: number.Short(),
		Forged: text[:len(text)-1] + flip, OtherKey: m.Signer(org, event, 2).Sign(number), Foreign: m.Signer(org, another, 1).Sign(number),
		NoTickets: []string{"", "https://example.org/", "BEGIN:VCARD", text[1:], number.Short()[1:], text + "A"},
	}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile("testdata/codes.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/codes.json")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("codes changed, which every ticket in people's hands would notice:\n%s", got)
	}
}

func TestQR_PacksCodesTightly(t *testing.T) {
	t.Parallel()
	text, _ := signed(1)
	for _, c := range []struct {
		text string
		size int
	}{{text, 41}, {mint().Numbers(org).Of(ticket).Short(), 25}} {
		m, err := QR(c.text)
		if err != nil {
			t.Fatal(err)
		}
		if m.Size != c.size {
			t.Errorf("%d characters take %d modules, want %d", len(c.text), m.Size, c.size)
		}
		if len(m.PNG()) == 0 || !strings.Contains(m.SVG("A <ticket>"), "A &lt;ticket&gt;") {
			t.Error("a picture is missing or not escaped")
		}
	}
}

func FuzzParse(f *testing.F) {
	text, s := signed(1)
	f.Add(text)
	f.Add(mint().Numbers(org).Of(ticket).Short())
	f.Add("1:")
	f.Add("https://example.org/")
	f.Fuzz(func(t *testing.T, input string) {
		c, ok := Parse(input)
		if !ok {
			return
		}
		spelt := strings.ToUpper(strings.TrimSpace(input))
		switch {
		case !c.Signed && c.Number.Short() != spelt:
			t.Errorf("%q reads as the short code %q", input, c.Number.Short())
		case c.Verify(s.PublicKey()) && spelt != text:
			t.Errorf("%q verifies and was never signed", input)
		}
	})
}
