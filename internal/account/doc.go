// Package account is about organisations, the people in their teams, sign-in
// and the audit log. It defines Actor, the one who does something, which every
// other domain takes.
package account
