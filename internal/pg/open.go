package pg

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"lanyard/internal/clock"
)

// oldestServer is the first PostgreSQL major version that Lanyard runs on.
const oldestServer = 15

// Options are the few things that differ between one program and the next.
type Options struct {
	// MaxConns bounds the pool; 0 means four per processor. A value in the URL
	// (pool_max_conns) is used only when this is 0.
	MaxConns int32
	// Clock replaces the database's clock in Tx.Now. Tests only, see At for the
	// other use; nil otherwise.
	Clock clock.Clock
	// Logger hears of retries and of commits that had to be settled; nil is silent.
	Logger *slog.Logger
}

// DB is a pool of connections to one PostgreSQL database.
type DB struct {
	pool *pgxpool.Pool
	clk  clock.Clock
	log  *slog.Logger
	wait waits

	readOnly atomic.Bool
}

// waits are the bounds on what InTx waits for; tests shorten them.
type waits struct {
	commit time.Duration // for the reply to COMMIT
	settle time.Duration // for the outcome of an unanswered COMMIT
}

// Querier is what reads need: a pool, a transaction or a *Tx.
type Querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Open connects to the database at url, which is a postgres:// URL or a
// keyword=value string, and checks that it answers and is recent enough.
// The caller closes the DB.
//
// Nothing is set for the whole session, so the database may sit behind
// pgbouncer in transaction mode; InTx sets its limits inside the transaction.
// A pgbouncer older than 1.21 knows no prepared statements: add
// default_query_exec_mode=exec to the address then.
func Open(ctx context.Context, url string, o Options) (*DB, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database: read the address: %w", err)
	}
	switch {
	case o.MaxConns > 0:
		cfg.MaxConns = o.MaxConns
	case !strings.Contains(url, "pool_max_conns"):
		cfg.MaxConns = int32(4 * runtime.NumCPU())
	}
	if cfg.ConnConfig.ConnectTimeout == 0 {
		cfg.ConnConfig.ConnectTimeout = 5 * time.Second
	}
	cfg.AfterConnect = prepareConn

	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("database: make the pool: %w", err)
	}
	d := &DB{pool: pool, clk: o.Clock, log: o.Logger, wait: waits{commit: 5 * time.Second, settle: 5 * time.Second}}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	if err := d.check(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return d, nil
}

// At is the same database by another clock, for a sample's past. It shares the
// pool, which only the original closes.
func (d *DB) At(c clock.Clock) *DB { return &DB{pool: d.pool, clk: c, log: d.log, wait: d.wait} }

// Pool gives the pool for reads that need no transaction. Such reads are
// bounded by their context, not by a statement timeout.
func (d *DB) Pool() *pgxpool.Pool { return d.pool }

// SetReadOnly makes InTx refuse whatever writes, from the next transaction on, or
// lets it write again. What only reads goes on.
func (d *DB) SetReadOnly(on bool) { d.readOnly.Store(on) }

// Close waits for borrowed connections to come back and closes them all.
func (d *DB) Close() { d.pool.Close() }

func (d *DB) check(ctx context.Context) error {
	conn, err := d.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("database: connect: %w", err)
	}
	defer conn.Release()
	version := conn.Conn().PgConn().ParameterStatus("server_version")
	major, _, _ := strings.Cut(version, ".")
	if n, err := strconv.Atoi(major); err == nil && n < oldestServer {
		return fmt.Errorf("database: the server is PostgreSQL %s; Lanyard needs %d or newer", version, oldestServer)
	}
	return nil
}

// prepareConn makes timestamps arrive in UTC, whatever the machine's zone, and
// notes which life of the server this connection belongs to (see settle).
func prepareConn(ctx context.Context, conn *pgx.Conn) error {
	m := conn.TypeMap()
	element := &pgtype.Type{
		Name:  "timestamptz",
		OID:   pgtype.TimestamptzOID,
		Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	}
	m.RegisterType(element)
	m.RegisterType(&pgtype.Type{
		Name:  "_timestamptz",
		OID:   pgtype.TimestamptzArrayOID,
		Codec: &pgtype.ArrayCodec{ElementType: element},
	})
	m.RegisterType(&pgtype.Type{
		Name:  "tstzrange",
		OID:   pgtype.TstzrangeOID,
		Codec: &pgtype.RangeCodec{ElementType: element},
	})

	var life string
	if err := conn.QueryRow(ctx, sqlServerLife).Scan(&life); err != nil {
		return fmt.Errorf("read the server's start: %w", err)
	}
	conn.PgConn().CustomData()[lifeKey] = life
	return nil
}
