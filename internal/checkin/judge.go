package checkin

import "time"

// Outcome is the answer to one scan. Its words are those of the contract's
// Outcome without the prefix, and of column scan.outcome in lower case.
type Outcome string

// The outcomes that Judge gives, in the order of judgement.
const (
	Unreadable          Outcome = "UNREADABLE"
	BadSignature        Outcome = "BAD_SIGNATURE"
	WrongEvent          Outcome = "OTHER_EVENT"
	Replaced            Outcome = "REPLACED"
	Cancelled           Outcome = "CANCELLED"
	Refunded            Outcome = "REFUNDED"
	Blocked             Outcome = "BLOCKED"
	OfflineStopped      Outcome = "OFFLINE_STOPPED"
	NotListed           Outcome = "NOT_LISTED"
	WrongDay            Outcome = "WRONG_DAY"
	WrongList           Outcome = "WRONG_LIST"
	TooEarly            Outcome = "TOO_EARLY"
	TooLate             Outcome = "TOO_LATE"
	Unpaid              Outcome = "UNPAID"
	Unapproved          Outcome = "UNAPPROVED"
	AlreadyIn           Outcome = "ALREADY_IN"
	NotInside           Outcome = "NOT_INSIDE"
	QuestionNeeded      Outcome = "QUESTION_NEEDED"
	Admitted            Outcome = "ADMITTED"
	AdmittedAgain       Outcome = "ADMITTED_AGAIN"
	AdmittedUnconfirmed Outcome = "ADMITTED_UNCONFIRMED"
	Exited              Outcome = "EXITED"
)

// The outcomes that only the server gives, to scans that have happened already.
const (
	// OfflineConflict was let in without network after another gate had done so.
	OfflineConflict Outcome = "ADMITTED_OFFLINE_CONFLICT"
	// Voided is the answer to a scan that takes another one back.
	Voided Outcome = "VOIDED"
	// NotTaken is the answer to a scan that the tablet has no business sending.
	NotTaken Outcome = "NOT_TAKEN"
)

// Basis is what an outcome rests on.
type Basis string

// The bases.
const (
	BasisLive          Basis = "LIVE"
	BasisLocal         Basis = "LOCAL"
	BasisSignatureOnly Basis = "SIGNATURE_ONLY"
)

// Tone is how a card looks: each has a colour, a shape and a word.
type Tone string

// The tones.
const (
	Green Tone = "green"
	Amber Tone = "amber"
	Red   Tone = "red"
)

// CodeKind is what was shown.
type CodeKind string

// The kinds of code.
const (
	SignedCode CodeKind = "signed"
	ShortCode  CodeKind = "short"
	// PickedTicket was chosen from the list by hand.
	PickedTicket CodeKind = "picked"
	// NoCode is anything that is no ticket.
	NoCode CodeKind = "unreadable"
)

// SignatureState is what is known of a code's signature.
type SignatureState string

// The states of a signature.
const (
	// NoSignature is that of short codes and picked tickets.
	NoSignature SignatureState = "none"
	// ValidSignature was made with one of the event's keys that is not retired.
	ValidSignature SignatureState = "valid"
	// InvalidSignature is forged, damaged, or by an unknown or retired key.
	InvalidSignature SignatureState = "bad"
	// UncheckedSignature could not be checked here: a browser without Ed25519, or
	// a ticket of another event.
	UncheckedSignature SignatureState = "unchecked"
)

// Status is what a ticket is worth, apart from lists and times.
type Status string

// The statuses.
const (
	StatusValid      Status = "valid"
	StatusReplaced   Status = "replaced"
	StatusCancelled  Status = "cancelled"
	StatusRefunded   Status = "refunded"
	StatusBlocked    Status = "blocked"
	StatusUnpaid     Status = "unpaid"
	StatusUnapproved Status = "unapproved"
)

// Facts is everything that a judgement depends on. The tablet and the server
// gather them each in their own way; testdata/verdicts.json holds both to the
// same answers.
type Facts struct {
	// Exit is true for somebody who leaves.
	Exit bool `json:"exit"`
	// Online is true on the server, and on a tablet that repeats its answer.
	Online bool           `json:"online"`
	Code   CodeKind       `json:"code"`
	Sign   SignatureState `json:"signature"`
	// OtherEvent is true when the code names another event.
	OtherEvent bool `json:"other_event"`
	// Listed is true when there is a row for the ticket.
	Listed bool   `json:"listed"`
	Status Status `json:"status"`
	// ListAdmits is true when the list lets the ticket's product in.
	ListAdmits bool `json:"list_admits"`
	// OtherDay is true when the ticket is for another day than the door, see otherDay.
	OtherDay bool      `json:"other_day"`
	Now      time.Time `json:"now"`
	// Opens and Closes bound the list's hours; nil is no bound.
	Opens   *time.Time `json:"opens"`
	Closes  *time.Time `json:"closes"`
	Mode    Mode       `json:"mode"`
	Offline Policy     `json:"offline_policy"`
	// Entries and Inside are of the ticket on this list, on the day in question
	// where the list admits once a day.
	Entries int  `json:"entries"`
	Inside  bool `json:"inside"`
	// OwnSeconds is how long ago this very tablet let this ticket through in this
	// direction; nil when it did not.
	OwnSeconds *float64 `json:"own_seconds"`
	// Unanswered is true while a question for the door has no answer.
	Unanswered bool `json:"unanswered"`
	// Due is true when money is due although the place is confirmed.
	Due bool `json:"due"`
	// CashTaken is true when it was paid just now.
	CashTaken bool `json:"cash_taken"`
}

// Verdict is the answer.
type Verdict struct {
	Outcome Outcome `json:"outcome"`
	Basis   Basis   `json:"basis"`
	Tone    Tone    `json:"tone"`
}

const (
	// grace is how much too early or too late is still in time.
	grace = 2 * time.Minute
	// echoSeconds is how long the same tablet shows the same card again.
	echoSeconds = 5
)

// Judge answers one scan. It is pure: the same facts give the same answer on the
// server and on every tablet. Validity comes before duplicates, so that a ticket
// that was withdrawn never looks like one that merely came twice.
func Judge(f Facts) Verdict {
	v := Verdict{Outcome: judge(f), Basis: BasisLocal}
	switch {
	case f.Online:
		v.Basis = BasisLive
	case v.Outcome == AdmittedUnconfirmed && f.Sign == ValidSignature:
		v.Basis = BasisSignatureOnly
	}
	v.Tone = tone(v.Outcome, f)
	return v
}

func judge(f Facts) Outcome {
	if o := judgeTicket(f); o != "" {
		return o
	}
	if !f.Exit {
		if o := judgeTime(f); o != "" {
			return o
		}
	}
	return judgePresence(f)
}

// judgeTicket says what is wrong with the ticket itself, or "".
func judgeTicket(f Facts) Outcome {
	switch {
	case f.Code == NoCode:
		return Unreadable
	case f.Sign == InvalidSignature:
		return BadSignature
	case f.OtherEvent:
		return WrongEvent
	}
	if f.Listed {
		switch f.Status {
		case StatusReplaced:
			return Replaced
		case StatusCancelled:
			return Cancelled
		case StatusRefunded:
			return Refunded
		case StatusBlocked:
			return Blocked
		}
	}
	switch {
	case !f.Online && f.Offline == PolicyStop && !f.Exit:
		return OfflineStopped
	case !f.Listed && !mayBeNew(f):
		return NotListed
	case f.Listed && f.OtherDay && !f.Exit:
		return WrongDay
	case f.Listed && !f.ListAdmits:
		return WrongList
	}
	return ""
}

// mayBeNew reports whether a ticket that is not on the list may be newer than it.
func mayBeNew(f Facts) bool {
	switch {
	case f.Online: // the list is the truth
		return false
	case f.Offline == PolicyAdmit:
		return true
	}
	return f.Offline == PolicySignedOrListed && f.Sign == ValidSignature
}

// judgeTime says whether the hour or the money forbids it, or "".
func judgeTime(f Facts) Outcome {
	switch {
	case f.Opens != nil && f.Now.Before(f.Opens.Add(-grace)):
		return TooEarly
	case f.Closes != nil && f.Now.After(f.Closes.Add(grace)):
		return TooLate
	case !f.Listed:
		return ""
	case f.Status == StatusUnpaid && !f.CashTaken:
		return Unpaid
	case f.Status == StatusUnapproved:
		return Unapproved
	}
	return ""
}

// judgePresence compares with what the ticket did before.
func judgePresence(f Facts) Outcome {
	echo := f.OwnSeconds != nil && *f.OwnSeconds <= echoSeconds
	switch {
	case f.Exit && !f.Inside && !echo:
		return NotInside
	case f.Exit:
		return Exited
	case cameIn(f) && echo:
		return AdmittedAgain
	case cameIn(f):
		return AlreadyIn
	case f.Unanswered:
		return QuestionNeeded
	case !f.Listed:
		return AdmittedUnconfirmed
	}
	return Admitted
}

// cameIn reports whether the list's mode forbids another entry.
func cameIn(f Facts) bool {
	switch f.Mode {
	case ModeFree:
		return f.OwnSeconds != nil && *f.OwnSeconds <= echoSeconds
	case ModeReEntry:
		return f.Inside
	}
	return f.Entries > 0
}

func tone(o Outcome, f Facts) Tone {
	switch o {
	case Admitted, AdmittedAgain:
		if f.Due && !f.CashTaken {
			return Amber
		}
		return Green
	case Exited:
		return Green
	case OfflineStopped, TooEarly, Unpaid, AlreadyIn, NotInside, QuestionNeeded, AdmittedUnconfirmed:
		return Amber
	case NotListed:
		if !f.Online {
			return Amber
		}
	}
	return Red
}

// lets reports whether a scan with this outcome went through the door.
func (o Outcome) lets() bool {
	switch o {
	case Admitted, AdmittedAgain, AdmittedUnconfirmed, Exited, OfflineConflict:
		return true
	}
	return false
}
