// Package backup writes the whole database into one file, brings it back, and
// moves it to a newer PostgreSQL.
//
// The file is what pg_dump writes in its custom format, so that pg_restore reads
// it without Lanyard too; with recipients it is encrypted by age
// (https://age-encryption.org/v1). It is one consistent moment of the database,
// taken while the server goes on. The master key is not in it: whoever has both
// can open every link that was ever mailed, so they are kept apart.
//
// Writing reads everything back as it passes, and Read loads everything or
// nothing, into an empty database only. It refuses to replace data. It has no
// tables.
package backup
