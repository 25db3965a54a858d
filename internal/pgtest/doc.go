// Package pgtest gives each test a PostgreSQL database of its own, migrated and
// empty, in a few hundredths of a second.
//
//	db := pgtest.New(t)
//
// One private server serves the whole `go test ./...` run, as root and as an
// ordinary user alike. The first test binary that needs it starts it by running
// itself once more in the background; the others attach. It stays for ten
// seconds after the last of them (PGTEST_LINGER says otherwise, such as "30m"),
// and its files stay in /dev/shm or the temporary directory, so that the next
// run finds the migrated template there. The server is fast because it may lose
// data: tests about crashes use Cluster, which keeps every promise.
//
// A database is dropped when its test passes. When it fails the database stays,
// under a name that the test prints, for an hour. With TEST_DATABASE_URL the
// databases are made on that server instead; its role needs CREATEDB.
//
// Packages that use pgtest need no TestMain.
package pgtest
