package pg

import (
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/puddle/v2"
)

// Unreachable reports whether err means that the database could not be asked,
// went away before it answered, or has no connection to spare: the request is
// fine and may succeed in a moment. InTx tells its callers so by a fault; reads
// that go to the pool directly come back with the driver's error.
func Unreachable(err error) bool {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	switch c := code(err); c {
	case "57P01", "57P02", "57P03", "53300": // shut down by hand or crash, starting up, too many connections
		return true
	default:
		if strings.HasPrefix(c, "08") { // connection exceptions
			return true
		}
	}
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, puddle.ErrClosedPool)
}
