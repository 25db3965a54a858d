package stripesim

import "encoding/json"

type chargeObject struct {
	ID               string            `json:"id"`
	Object           string            `json:"object"`
	Amount           int64             `json:"amount"`
	Captured         int64             `json:"amount_captured"`
	Refunded         int64             `json:"amount_refunded"`
	Application      maybe             `json:"application"`
	ApplicationFeeID maybe             `json:"application_fee"`
	ApplicationFee   instant           `json:"application_fee_amount"`
	Txn              maybe             `json:"balance_transaction"`
	Billing          person            `json:"billing_details"`
	CalcDescriptor   maybe             `json:"calculated_statement_descriptor"`
	IsCaptured       bool              `json:"captured"`
	Created          int64             `json:"created"`
	Currency         string            `json:"currency"`
	Customer         maybe             `json:"customer"`
	Description      maybe             `json:"description"`
	Disputed         bool              `json:"disputed"`
	FailureTxn       maybe             `json:"failure_balance_transaction"`
	FailureCode      maybe             `json:"failure_code"`
	FailureMessage   maybe             `json:"failure_message"`
	Fraud            map[string]string `json:"fraud_details"`
	Invoice          maybe             `json:"invoice"`
	Livemode         bool              `json:"livemode"`
	Metadata         map[string]string `json:"metadata"`
	OnBehalfOf       maybe             `json:"on_behalf_of"`
	Outcome          *outcome          `json:"outcome"`
	Paid             bool              `json:"paid"`
	Intent           maybe             `json:"payment_intent"`
	Method           maybe             `json:"payment_method"`
	MethodDetails    map[string]any    `json:"payment_method_details"`
	Radar            map[string]string `json:"radar_options"`
	ReceiptEmail     maybe             `json:"receipt_email"`
	ReceiptNumber    maybe             `json:"receipt_number"`
	ReceiptURL       maybe             `json:"receipt_url"`
	IsRefunded       bool              `json:"refunded"`
	Review           maybe             `json:"review"`
	Shipping         any               `json:"shipping"`
	SourceTransfer   maybe             `json:"source_transfer"`
	Descriptor       maybe             `json:"statement_descriptor"`
	DescriptorSuffix maybe             `json:"statement_descriptor_suffix"`
	Status           string            `json:"status"`
	TransferData     any               `json:"transfer_data"`
	TransferGroup    maybe             `json:"transfer_group"`
}

type outcome struct {
	Network   string `json:"network_status"`
	Reason    maybe  `json:"reason"`
	RiskLevel string `json:"risk_level"`
	RiskScore int    `json:"risk_score"`
	Message   string `json:"seller_message"`
	Type      string `json:"type"`
}

type refundObject struct {
	ID               string            `json:"id"`
	Object           string            `json:"object"`
	Amount           int64             `json:"amount"`
	Txn              maybe             `json:"balance_transaction"`
	Charge           string            `json:"charge"`
	Created          int64             `json:"created"`
	Currency         string            `json:"currency"`
	Destination      map[string]any    `json:"destination_details,omitempty"`
	FailureTxn       string            `json:"failure_balance_transaction,omitempty"`
	FailureReason    string            `json:"failure_reason,omitempty"`
	Metadata         map[string]string `json:"metadata"`
	Intent           maybe             `json:"payment_intent"`
	Reason           maybe             `json:"reason"`
	ReceiptNumber    maybe             `json:"receipt_number"`
	SourceReversal   maybe             `json:"source_transfer_reversal"`
	Status           string            `json:"status"`
	TransferReversal maybe             `json:"transfer_reversal"`
}

type disputeObject struct {
	ID              string            `json:"id"`
	Object          string            `json:"object"`
	Amount          int64             `json:"amount"`
	Txns            []txnObject       `json:"balance_transactions"`
	Charge          string            `json:"charge"`
	Created         int64             `json:"created"`
	Currency        string            `json:"currency"`
	Evidence        map[string]maybe  `json:"evidence"`
	EvidenceDetails evidenceDetails   `json:"evidence_details"`
	Refundable      bool              `json:"is_charge_refundable"`
	Livemode        bool              `json:"livemode"`
	Metadata        map[string]string `json:"metadata"`
	Intent          maybe             `json:"payment_intent"`
	MethodDetails   map[string]any    `json:"payment_method_details,omitempty"`
	Reason          string            `json:"reason"`
	Status          string            `json:"status"`
}

type evidenceDetails struct {
	DueBy       instant `json:"due_by"`
	HasEvidence bool    `json:"has_evidence"`
	PastDue     bool    `json:"past_due"`
	Submissions int     `json:"submission_count"`
}

type txnObject struct {
	ID           string       `json:"id"`
	Object       string       `json:"object"`
	Amount       int64        `json:"amount"`
	AvailableOn  int64        `json:"available_on"`
	Created      int64        `json:"created"`
	Currency     string       `json:"currency"`
	Description  maybe        `json:"description"`
	ExchangeRate *json.Number `json:"exchange_rate"`
	Fee          int64        `json:"fee"`
	FeeDetails   []feeDetail  `json:"fee_details"`
	Net          int64        `json:"net"`
	Category     string       `json:"reporting_category"`
	Source       maybe        `json:"source"`
	Status       string       `json:"status"`
	Type         string       `json:"type"`
}

type feeDetail struct {
	Amount      int64  `json:"amount"`
	Application maybe  `json:"application"`
	Currency    string `json:"currency"`
	Description maybe  `json:"description"`
	Type        string `json:"type"`
}

type payoutObject struct {
	ID             string            `json:"id"`
	Object         string            `json:"object"`
	Amount         int64             `json:"amount"`
	Arrival        int64             `json:"arrival_date"`
	Automatic      bool              `json:"automatic"`
	Txn            maybe             `json:"balance_transaction"`
	Created        int64             `json:"created"`
	Currency       string            `json:"currency"`
	Description    maybe             `json:"description"`
	Destination    maybe             `json:"destination"`
	FailureTxn     maybe             `json:"failure_balance_transaction"`
	FailureCode    maybe             `json:"failure_code"`
	FailureMessage maybe             `json:"failure_message"`
	Livemode       bool              `json:"livemode"`
	Metadata       map[string]string `json:"metadata"`
	Method         string            `json:"method"`
	Original       maybe             `json:"original_payout"`
	Reconciliation string            `json:"reconciliation_status"`
	ReversedBy     maybe             `json:"reversed_by"`
	SourceType     string            `json:"source_type"`
	Descriptor     maybe             `json:"statement_descriptor"`
	Status         string            `json:"status"`
	Type           string            `json:"type"`
}

type warningObject struct {
	ID         string `json:"id"`
	Object     string `json:"object"`
	Actionable bool   `json:"actionable"`
	Charge     string `json:"charge"`
	Created    int64  `json:"created"`
	FraudType  string `json:"fraud_type"`
	Livemode   bool   `json:"livemode"`
	Intent     string `json:"payment_intent,omitempty"`
}

type eventObject struct {
	ID         string       `json:"id"`
	Object     string       `json:"object"`
	Account    string       `json:"account,omitempty"`
	APIVersion string       `json:"api_version"`
	Created    int64        `json:"created"`
	Data       eventData    `json:"data"`
	Livemode   bool         `json:"livemode"`
	Pending    int          `json:"pending_webhooks"`
	Request    eventRequest `json:"request"`
	Type       string       `json:"type"`
}

type eventData struct {
	Object   json.RawMessage `json:"object"`
	Previous map[string]any  `json:"previous_attributes,omitempty"`
}

type eventRequest struct {
	ID  maybe `json:"id"`
	Key maybe `json:"idempotency_key"`
}

type endpointObject struct {
	ID          string            `json:"id"`
	Object      string            `json:"object"`
	APIVersion  maybe             `json:"api_version"`
	Application maybe             `json:"application"`
	Created     int64             `json:"created"`
	Description maybe             `json:"description"`
	Events      []string          `json:"enabled_events"`
	Livemode    bool              `json:"livemode"`
	Metadata    map[string]string `json:"metadata"`
	Secret      string            `json:"secret,omitempty"`
	Status      string            `json:"status"`
	URL         string            `json:"url"`
}
