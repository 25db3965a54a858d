package mail_test

import (
	"testing"
	"time"

	"lanyard/internal/mail"
)

func TestWhen(t *testing.T) {
	t.Parallel()
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	start, end := at("2026-11-26T18:30:00Z"), at("2026-11-26T20:00:00Z")
	var none time.Time
	for name, c := range map[string]struct {
		start, end   time.Time
		zone, viewer string
		allDay       bool
		want         string
	}{
		"start only":             {start, none, "Europe/London", "America/New_York", false, "Thursday 26 November 2026, 18:30 GMT (13:30 in New York)"},
		"start and end":          {start, end, "Europe/London", "America/New_York", false, "Thursday 26 November 2026, 18:30–20:00 GMT (13:30–15:00 in New York)"},
		"no viewer":              {start, end, "Europe/London", "", false, "Thursday 26 November 2026, 18:30–20:00 GMT"},
		"same zone":              {start, end, "Europe/London", "Europe/London", false, "Thursday 26 November 2026, 18:30–20:00 GMT"},
		"same clocks":            {start, end, "Europe/London", "Europe/Lisbon", false, "Thursday 26 November 2026, 18:30–20:00 GMT"},
		"summer":                 {at("2026-06-04T17:30:00Z"), none, "Europe/London", "UTC", false, "Thursday 4 June 2026, 18:30 BST (17:30 UTC)"},
		"next day abroad":        {start, end, "Europe/London", "Asia/Tokyo", false, "Thursday 26 November 2026, 18:30–20:00 GMT (Friday 27 November, 03:30–05:00 in Tokyo)"},
		"past midnight abroad":   {start, end, "Europe/London", "Asia/Karachi", false, "Thursday 26 November 2026, 18:30–20:00 GMT (23:30 to Friday 27 November, 01:00 in Karachi)"},
		"two days":               {start, at("2026-11-27T01:00:00Z"), "Europe/London", "", false, "Thursday 26 November 2026, 18:30 GMT to Friday 27 November 2026, 01:00 GMT"},
		"numbered zone":          {start, none, "Asia/Dubai", "Asia/Kathmandu", false, "Thursday 26 November 2026, 22:30 UTC+4 (Friday 27 November, 00:15 in Kathmandu)"},
		"west of Greenwich":      {start, none, "America/Sao_Paulo", "Etc/GMT+5", false, "Thursday 26 November 2026, 15:30 UTC\u22123 (13:30 UTC\u22125)"},
		"nested city":            {start, none, "Europe/London", "America/Argentina/Buenos_Aires", false, "Thursday 26 November 2026, 18:30 GMT (15:30 in Buenos Aires)"},
		"clocks go back":         {at("2026-10-25T00:30:00Z"), at("2026-10-25T01:45:00Z"), "Europe/London", "", false, "Sunday 25 October 2026, 01:30 BST–01:45 GMT"},
		"clocks differ at end":   {at("2026-10-24T23:30:00Z"), at("2026-10-25T01:30:00Z"), "Africa/Lagos", "Europe/London", false, "Sunday 25 October 2026, 00:30–02:30 WAT (00:30–01:30 in London)"},
		"unknown zone":           {start, none, "Mars/Base", "Mars/Base", false, "Thursday 26 November 2026, 18:30 UTC"},
		"machine's zone":         {start, none, "Local", "Local", false, "Thursday 26 November 2026, 18:30 UTC"},
		"end before start":       {start, start.Add(-time.Hour), "Europe/London", "", false, "Thursday 26 November 2026, 18:30 GMT"},
		"one day":                {at("2027-03-12T16:00:00Z"), at("2027-03-13T16:00:00Z"), "Asia/Shanghai", "Europe/London", true, "Saturday 13 March 2027"},
		"several days":           {at("2027-03-12T16:00:00Z"), at("2027-03-17T16:00:00Z"), "Asia/Shanghai", "Europe/London", true, "Saturday 13 to Wednesday 17 March 2027"},
		"days in two months":     {at("2027-03-30T00:00:00Z"), at("2027-04-02T00:00:00Z"), "UTC", "", true, "Tuesday 30 March to Thursday 1 April 2027"},
		"days in two years":      {at("2026-12-31T00:00:00Z"), at("2027-01-02T00:00:00Z"), "UTC", "", true, "Thursday 31 December 2026 to Friday 1 January 2027"},
		"all day without an end": {at("2027-03-12T16:00:00Z"), none, "Asia/Shanghai", "", true, "Saturday 13 March 2027"},
	} {
		if got := mail.When(c.start, c.end, c.zone, c.viewer, c.allDay); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}
