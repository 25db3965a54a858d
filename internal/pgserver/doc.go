// Package pgserver runs the private PostgreSQL that Lanyard starts when nobody
// gave it a DATABASE_URL: a child process, reachable only through a socket in a
// directory of its own, that never outlives the program.
//
// Under the data directory it keeps:
//
//	pg/owner.lock     held by the one program that runs the server
//	pg/password       the password of both roles, readable by its owner only
//	pg/runtime.json   how commands reach the running server (see Attach)
//	pg/postgres.log   what the server writes
//	pg/ballast        room given up when the disk is full, so that it can recover
//	pg/sock/          the socket
//	pg/<major>/data   the cluster; after an upgrade the older one stays beside it
//	pg/upgrade/       the new cluster while Upgrade fills it
//
// A server goes through these states:
//
//	lock ─► find programs ─► make the cluster (first time) ─► clear what a
//	crash left ─► running ─► stopped
//	              │      ▲
//	              └ died ┘ up to five times in ten minutes, then Done
//
// The program connects as "lanyard", which owns the database of that name and
// is no superuser; "postgres" is for backups and upgrades.
//
// It refuses to open a cluster of another major version, to share a directory
// with a second program, to delete anything but its own half-made clusters, and
// to guess about processes where it cannot see them. It runs on Linux; on other
// systems Start says to install PostgreSQL and set DATABASE_URL.
package pgserver
