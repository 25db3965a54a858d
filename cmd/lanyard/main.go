// Command lanyard is an event and webinar registration system in one program:
// the server, and the commands that look after it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"lanyard/internal/app"
)

// cli is the command line. Settings are flags of every command, because every
// command works on the same installation.
type cli struct {
	app.Config `embed:""`

	Serve              serveCommand              `cmd:"" default:"withargs" help:"Serve the site, the console and the RPC services."`
	Import             importCommand             `cmd:"" help:"Bring things in from files."`
	Migrate            migrateCommand            `cmd:"" help:"Bring the database up to date and stop."`
	Doctor             doctorCommand             `cmd:"" help:"Check settings, database and invariants, and say what is wrong."`
	Backup             backupCommand             `cmd:"" help:"Write the whole database into one file, while the server goes on."`
	Restore            restoreCommand            `cmd:"" help:"Bring a backup into an empty database."`
	Drill              drillCommand              `cmd:"" help:"Try whether a backup can be restored, on a server that is gone afterwards."`
	DB                 dbCommand                 `cmd:"" name:"db" help:"Look after the private database."`
	Mail               mailCommand               `cmd:"" help:"Take mail that comes back."`
	Stripe             stripeCommand             `cmd:"" help:"Set up card payments through Stripe."`
	SignInLink         signInLinkCommand         `cmd:"" help:"Print a link that signs one person in, once."`
	PrepareNPMPostgres prepareNPMPostgresCommand `cmd:"" hidden:"" name:"prepare-npm-postgres"`

	Healthcheck healthcheckCommand `cmd:"" help:"Ask a running server whether it is ready; for containers."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c cli
	parsed := kong.Parse(&c,
		kong.Name("lanyard"),
		kong.Description("Event and webinar registration."),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.UsageOnError(),
	)
	if err := parsed.Run(&c.Config); err != nil {
		fmt.Fprintf(os.Stderr, "lanyard: %v\n", err)
		os.Exit(app.ExitCode(err))
	}
}
