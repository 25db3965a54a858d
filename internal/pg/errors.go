package pg

import (
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// SQLSTATE values that decide what InTx does.
const (
	codeSerialization    = "40001"
	codeDeadlock         = "40P01"
	codeLockNotAvailable = "55P03"
	codeQueryCanceled    = "57014"
	codeReadOnly         = "25006"
	codeInvalidParameter = "22023"
	codeUndefinedTable   = "42P01"
)

// Constraint returns the name of the constraint that err says was violated, or
// "" when err is about something else. Names come from the migrations and are
// what callers turn into a fault.
func Constraint(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.ConstraintName
	}
	return ""
}

// IsNoRows reports whether err means that a query found nothing.
func IsNoRows(err error) bool { return errors.Is(err, pgx.ErrNoRows) }

// code returns the SQLSTATE in err's chain, or "".
func code(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// conflicts reports whether err is a collision with another transaction, which
// a fresh run of the same work may well not meet.
func conflicts(err error) bool {
	switch code(err) {
	case codeSerialization, codeDeadlock, codeLockNotAvailable:
		return true
	}
	return false
}

// refused reports whether err is the server's own answer that the statement
// failed. A fatal error is not: it ends the connection and may follow a commit
// that already happened.
func refused(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.SeverityUnlocalized == "ERROR"
}
