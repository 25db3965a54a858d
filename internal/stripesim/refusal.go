package stripesim

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// The types of errors.
const (
	typeInvalid     = "invalid_request_error"
	typeAPI         = "api_error"
	typeCard        = "card_error"
	typeIdempotency = "idempotency_error"
)

// An apiError is a refusal in the shape of Stripe's.
type apiError struct {
	Status  int    `json:"-"`
	Type    string `json:"type"`
	Code    string `json:"code,omitempty"`
	DocURL  string `json:"doc_url,omitempty"`
	Message string `json:"message"`
	Param   string `json:"param,omitempty"`
	Charge  string `json:"charge,omitempty"`
	began   bool   // the request was right in itself: its answer is kept for its key
}

// Error says what was refused.
func (e *apiError) Error() string {
	return fmt.Sprintf("%s %s (%d): %s", e.Type, e.Code, e.Status, e.Message)
}

func (e *apiError) reply() reply {
	if e.Code != "" {
		e.DocURL = "https://stripe.com/docs/error-codes/" + hyphens(e.Code)
	}
	body, err := json.Marshal(map[string]*apiError{"error": e})
	if err != nil {
		body = []byte(`{"error":{"type":"api_error","message":"unknown"}}`)
	}
	return reply{Status: e.Status, Body: body, began: e.began}
}

func hyphens(code string) string {
	out := []byte(code)
	for i, c := range out {
		if c == '_' {
			out[i] = '-'
		}
	}
	return string(out)
}

func invalid(code, param, message string) *apiError {
	return &apiError{Status: http.StatusBadRequest, Type: typeInvalid, Code: code, Param: param, Message: message}
}

// refused turns down a request that is right in itself but not possible now.
func refused(code, param, message string) *apiError {
	e := invalid(code, param, message)
	e.began = true
	return e
}

func missing(kind, id string) *apiError {
	return &apiError{Status: http.StatusNotFound, Type: typeInvalid, Code: "resource_missing", Param: "id",
		Message: fmt.Sprintf("No such %s: '%s'", kind, id)}
}

func unauthorized(message string) *apiError {
	return &apiError{Status: http.StatusUnauthorized, Type: typeInvalid, Message: message}
}

func noAccess(account string) *apiError {
	return &apiError{Status: http.StatusForbidden, Type: typeInvalid, Code: "account_invalid",
		Message: fmt.Sprintf("The provided key does not have access to account '%s' (or that account does not exist). Application access may have been revoked.", account)}
}

// notSimulated refuses what Stripe can do and the simulator cannot.
func notSimulated(param, what string) *apiError {
	return invalid("parameter_invalid", param, "The simulator does not simulate "+what+".")
}
