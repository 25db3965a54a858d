// Package webform makes HTML forms out of the contract and reads them back.
//
// The fields of a form, their order, labels, help, kinds and limits come from a
// protobuf message's descriptor: the field options of lanyard.policy.v1 and the
// rules of buf.validate. A new field in a request is a new field on the page,
// without a line of Go. The questions that organisers add to an event's form are
// rendered beside them with the same markup.
//
// A form value's name is the field's path in the request, in proto spelling:
// "attendees[0].email", or "attendees[0].answers.qst_…" for a question. So a
// violation, wherever it was found, carries the name of the control it belongs
// to, and its id is the name with dashes.
//
//	Values     a message's content as form values
//	Render     descriptor, values, violations -> HTML
//	Parse      form values -> message
//	Validate   message -> violations, by protovalidate
//	Summary    violations -> the sentences at the top of the form
//
// Whatever was typed is kept and shown again, also where it fits no message: a
// wrong number stays a wrong number in its box. HTML attributes such as maxlength
// are hints for browsers; the rules run on the server in any case. What is wrong
// is said in sentences chosen by rule id (messages.json), never by text.
//
// Fields with a condition, and questions that depend on earlier answers, carry
// data-show-if for the script. Without one the server decides: what earlier
// values ask for is shown, the rest is in the page but hidden, and comes when
// the form comes back (see Unseen).
//
// The package has no tables. It refuses to decide whether a request is allowed
// and never trusts that a browser kept to what was rendered.
package webform
