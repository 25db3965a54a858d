package notify

import (
	"context"
	"strings"

	"lanyard/internal/mail"
	"lanyard/internal/pg"
	"lanyard/internal/ticketcode"
)

// ticketPicture is the name of the code's picture inside a mail.
const ticketPicture = "ticket.png"

// welcomeMailTx is the mail that says that somebody has a place, with the code
// that is scanned at the door where there is one.
func (s *Service) welcomeMailTx(ctx context.Context, tx *pg.Tx, x subject, kind mail.Kind, key string, invited bool, from string) (outgoing, error) {
	data := s.welcome(x, kind, invited, from)
	if s.Door == nil || x.place.Online {
		return s.about(x, kind, key, data), nil
	}
	r := x.registration
	codes, err := s.Door.CodesTx(ctx, tx, r.Org, r.Event, r.ID)
	if err != nil {
		return outgoing{}, err
	}
	matrix, err := ticketcode.QR(codes.Signed)
	if err != nil {
		return outgoing{}, err
	}
	url, qr, code := s.manageURL(r), mail.ContentID(ticketPicture), inFours(r.OrderCode)
	switch d := data.(type) {
	case mail.Confirmation:
		d.TicketURL, d.TicketQR, d.TicketCode = url, qr, code
		data = d
	case mail.ApplicationApproved:
		d.TicketURL, d.TicketQR, d.TicketCode = url, qr, code
		data = d
	case mail.HandedOverTo:
		d.TicketURL, d.TicketQR, d.TicketCode = url, qr, code
		data = d
	}
	o := s.about(x, kind, key, data)
	o.inline = []mail.Attachment{{Name: ticketPicture, ContentType: "image/png", Bytes: matrix.PNG()}}
	return o, nil
}

// inFours spaces a code out, so that it can be read aloud.
func inFours(code string) string {
	var parts []string
	for len(code) > 4 {
		parts, code = append(parts, code[:4]), code[4:]
	}
	return strings.Join(append(parts, code), " ")
}
