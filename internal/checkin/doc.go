// Package checkin is about the door.
package checkin
