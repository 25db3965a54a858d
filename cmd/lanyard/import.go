package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"lanyard/internal/account"
	"lanyard/internal/app"
	"lanyard/internal/catalog"
	"lanyard/internal/replay"
)

// importCommand brings things in from files.
type importCommand struct {
	Events importEventsCommand `cmd:"" help:"Bring events in from a CSV file. Running it again changes nothing."`
}

// importEventsCommand reads events from CSV.
type importEventsCommand struct {
	File    string `arg:"" help:"The file: UTF-8, with a header line." type:"existingfile"`
	Org     string `help:"The organisation's address, the last part of /o/…." required:"" placeholder:"SLUG"`
	DryRun  bool   `help:"Report what would happen and write nothing."`
	Atomic  bool   `help:"Write nothing when any row is refused."`
	Publish bool   `help:"Publish new events; otherwise they are drafts."`
}

// errRefused ends the command with a failure when rows were refused.
var errRefused = errors.New("some rows were refused")

// Run implements the command.
func (c *importEventsCommand) Run(ctx context.Context, cfg *app.Config) error {
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	file, err := catalog.ParseImport(f)
	if err != nil {
		return err
	}
	s, done, err := app.Open(ctx, cfg, app.NewLogger(cfg))
	if err != nil {
		return err
	}
	defer done()
	org, err := s.Accounts.OrganisationBySlug(ctx, c.Org)
	if err != nil {
		return fmt.Errorf("--org %s: %w", c.Org, err)
	}
	report, err := s.Events.Import(ctx, account.CommandLine, replay.Key{}, catalog.ImportInput{
		Org: org.ID, File: file, DryRun: c.DryRun, Atomic: c.Atomic, Publish: c.Publish,
	})
	if err != nil {
		return err
	}
	return printReport(os.Stdout, report)
}

// printReport writes a line for each row that is not as it was, and the sums.
func printReport(out io.Writer, r catalog.ImportReport) error {
	for _, row := range r.Rows {
		switch row.Outcome {
		case catalog.RowUnchanged:
			continue
		case catalog.RowUpdated:
			fmt.Fprintf(out, "line %d: updated %s (%s)\n", row.Line, row.Title, strings.Join(row.Changed, ", "))
		case catalog.RowRefused:
			for _, p := range row.Problems {
				fmt.Fprintf(out, "line %d: refused %s: %s %s\n", row.Line, row.ExternalID, p.Column, p.Message)
			}
		default:
			fmt.Fprintf(out, "line %d: %s %s\n", row.Line, row.Outcome, row.Title)
		}
	}
	if len(r.Ignored) > 0 {
		fmt.Fprintf(out, "columns that mean nothing here: %s\n", strings.Join(r.Ignored, ", "))
	}
	fmt.Fprintf(out, "%d created, %d updated, %d unchanged, %d refused", r.Created, r.Updated, r.Unchanged, r.Refused)
	if !r.Written {
		fmt.Fprint(out, "; nothing was written")
	}
	fmt.Fprintln(out)
	if r.Refused > 0 {
		return errRefused
	}
	return nil
}
