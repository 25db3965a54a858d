// Package archtest holds the rules of the house as tests: who may import whom,
// who writes which table, what every statement, folder and exported name must
// be. Each failure prints the rule and why it exists.
//
// The functions read a tree of Go files and return what breaks a rule; the
// tests run them on this repository, and on small made-up trees that break the
// rule on purpose. A new folder under internal/ needs a line in the table of
// floors (see floors.go).
//
// It refuses to know anything of what the rooms do.
package archtest
