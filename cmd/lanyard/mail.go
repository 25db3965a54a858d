package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"lanyard/internal/app"
)

// mailCommand groups what mail servers run.
type mailCommand struct {
	Receive mailReceiveCommand `cmd:"" help:"Take one mail from standard input: a bounce or a complaint. For a mail server's pipe."`
}

// mailReceiveCommand takes one mail that came back.
type mailReceiveCommand struct {
	To string `arg:"" help:"The address that the mail came to, in the envelope."`
}

// mostMail is the longest mail that is read; reports are far shorter.
const mostMail = 8 << 20

// Run implements the command. It succeeds for mail that it ignores, because
// whoever calls it would send a bounce otherwise; when the database does not
// answer it asks for the mail again later, in the way of sysexits.
func (c *mailReceiveCommand) Run(ctx context.Context, cfg *app.Config) error {
	raw, err := io.ReadAll(io.LimitReader(os.Stdin, mostMail))
	if err != nil {
		return app.TryAgain(fmt.Errorf("read the mail: %w", err))
	}
	s, done, err := app.Open(ctx, cfg, app.NewLogger(cfg))
	if err != nil {
		return app.TryAgain(err)
	}
	defer done()
	if s.Notices.Bounces == nil {
		return app.TryAgain(errors.New("LANYARD_BOUNCE_DOMAIN is not set, so no mail can come back"))
	}
	kind, err := s.Notices.HandleInbound(ctx, c.To, raw)
	if err != nil {
		return app.TryAgain(err)
	}
	_, err = fmt.Println(kind)
	return err
}
