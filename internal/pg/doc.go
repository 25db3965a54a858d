// Package pg is the way to PostgreSQL: one pool, one way to run a transaction,
// one way to bring the schema up to date.
//
// # What it promises
//
// InTx reports success exactly when the transaction is in the database. A
// driver's error after COMMIT was sent does not mean that nothing happened: the
// reply may be lost on the way. So InTx remembers the transaction's id and asks
// the server what became of it, on a fresh connection, before it answers.
//
//	running ── COMMIT answered ────────────► committed
//	   │                                        ▲
//	   └─ COMMIT unanswered ─► unsettled ──asks─┼─► aborted: runs fn again
//	                                            └─► unknown: OUTCOME_UNKNOWN
//
// # Its table
//
// schema_migration holds one row per applied migration with the checksum of the
// file that was applied. Files live in migrations/ as NNNN_name.sql, numbered
// without gaps and never edited once released; they only go forward.
//
// # What it refuses to do
//
// It never uses database/sql and never asks the driver whether a statement is
// safe to repeat, because both have called a committed row "not sent". It hides
// no SQL: statements live in the package that owns the table.
package pg
