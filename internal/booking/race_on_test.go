//go:build race

package booking_test

// walkLength is a taste: the race detector makes the walk many times slower, and the
// whole of it is walked without.
const walkLength = 1500
