package printing

import "lanyard/internal/checkin"

// BadgeOf is the badge of a print job.
func BadgeOf(j checkin.PrintJob) Badge {
	return Badge{
		Event: j.EventTitle, Name: j.Name, Organisation: j.Organisation, Product: j.Product, Words: j.Badges, Code: j.Code,
	}
}
