//go:build !race

package booking_test

// walkLength is how many commands the random walk takes.
const walkLength = 10_000
