//go:build !linux

package pgserver

import (
	"errors"
	"os"
	"os/exec"
)

// supported says whether this system's processes are understood well enough to
// look after a database.
const supported = false

var errElsewhere = errors.New("only on Linux")

func lockFile(*os.File) (bool, error)           { return false, errElsewhere }
func lockedElsewhere(*os.File) bool             { return false }
func (*account) prepare(*exec.Cmd, bool)        {}
func (*account) own(string) error               { return errElsewhere }
func accountFor(string) (*account, error)       { return nil, errElsewhere }
func clearStale(_, _ string, _ *account) error  { return errElsewhere }
func freeBytes(string) (uint64, error)          { return 0, errElsewhere }
func allocate(*os.File, int64) error            { return errElsewhere }
func sharedMemoryIsSmall() bool                 { return false }
func ownedPrivately(os.FileInfo, *account) bool { return false }
