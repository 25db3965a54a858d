package pgserver

import "fmt"

// Exit codes that a StartError carries.
const (
	// CodeUnusable means that the machine lacks something the server needs.
	CodeUnusable = 3
	// CodeBusy means that another program owns the directory.
	CodeBusy = 4
)

// StartError says in one sentence why the private server did not start and what
// to do. Nothing on disk was changed beyond the directory itself.
type StartError struct {
	// Code is the exit code for the program: CodeUnusable or CodeBusy.
	Code int
	// Message is the sentence, without "database: " before it.
	Message string
	cause   error
}

// Error returns the sentence as it is printed.
func (e *StartError) Error() string { return "database: " + e.Message }

// Unwrap returns the cause, or nil.
func (e *StartError) Unwrap() error { return e.cause }

func unusable(format string, args ...any) *StartError {
	return &StartError{Code: CodeUnusable, Message: fmt.Sprintf(format, args...)}
}

func busy(format string, args ...any) *StartError {
	return &StartError{Code: CodeBusy, Message: fmt.Sprintf(format, args...)}
}

func (e *StartError) because(err error) *StartError {
	e.cause = err
	return e
}
