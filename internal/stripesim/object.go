package stripesim

import (
	"encoding/json"
	"time"
)

// APIVersion is the version of Stripe's API that is simulated.
const APIVersion = "2023-10-16"

// maybe is a text that the API shows as null when it is empty.
type maybe string

// MarshalJSON writes null for the empty text.
func (m maybe) MarshalJSON() ([]byte, error) {
	if m == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(m))
}

// instant is a time in Unix seconds that the API shows as null when it is zero.
type instant int64

// MarshalJSON writes null for zero.
func (i instant) MarshalJSON() ([]byte, error) {
	if i == 0 {
		return []byte("null"), nil
	}
	return json.Marshal(int64(i))
}

func unix(t time.Time) int64 { return t.Unix() }

type enabled struct {
	Enabled bool `json:"enabled"`
}

type address struct {
	City       maybe `json:"city"`
	Country    maybe `json:"country"`
	Line1      maybe `json:"line1"`
	Line2      maybe `json:"line2"`
	PostalCode maybe `json:"postal_code"`
	State      maybe `json:"state"`
}

type person struct {
	Address address `json:"address"`
	Email   maybe   `json:"email"`
	Name    maybe   `json:"name"`
	Phone   maybe   `json:"phone"`
}

type customerDetails struct {
	person
	TaxExempt string `json:"tax_exempt"`
	TaxIDs    []any  `json:"tax_ids"`
}

type totalDetails struct {
	Discount int64 `json:"amount_discount"`
	Shipping int64 `json:"amount_shipping"`
	Tax      int64 `json:"amount_tax"`
}

type sessionObject struct {
	ID                string            `json:"id"`
	Object            string            `json:"object"`
	AfterExpiration   any               `json:"after_expiration"`
	AllowPromotion    any               `json:"allow_promotion_codes"`
	AmountSubtotal    int64             `json:"amount_subtotal"`
	AmountTotal       int64             `json:"amount_total"`
	AutomaticTax      automaticTax      `json:"automatic_tax"`
	BillingAddress    maybe             `json:"billing_address_collection"`
	CancelURL         maybe             `json:"cancel_url"`
	ClientReferenceID maybe             `json:"client_reference_id"`
	ClientSecret      maybe             `json:"client_secret"`
	Consent           any               `json:"consent"`
	ConsentCollection any               `json:"consent_collection"`
	Created           int64             `json:"created"`
	Currency          string            `json:"currency"`
	Conversion        any               `json:"currency_conversion"`
	CustomFields      []any             `json:"custom_fields"`
	CustomText        customText        `json:"custom_text"`
	Customer          maybe             `json:"customer"`
	CustomerCreation  string            `json:"customer_creation"`
	CustomerDetails   *customerDetails  `json:"customer_details"`
	CustomerEmail     maybe             `json:"customer_email"`
	ExpiresAt         int64             `json:"expires_at"`
	Invoice           maybe             `json:"invoice"`
	Livemode          bool              `json:"livemode"`
	Locale            maybe             `json:"locale"`
	Metadata          map[string]string `json:"metadata"`
	Mode              string            `json:"mode"`
	PaymentIntent     maybe             `json:"payment_intent"`
	PaymentLink       maybe             `json:"payment_link"`
	MethodCollection  string            `json:"payment_method_collection"`
	MethodConfig      any               `json:"payment_method_configuration_details"`
	MethodOptions     json.RawMessage   `json:"payment_method_options"`
	MethodTypes       []string          `json:"payment_method_types"`
	PaymentStatus     string            `json:"payment_status"`
	Phone             enabled           `json:"phone_number_collection"`
	RecoveredFrom     maybe             `json:"recovered_from"`
	SetupIntent       maybe             `json:"setup_intent"`
	ShippingAddress   any               `json:"shipping_address_collection"`
	ShippingCost      any               `json:"shipping_cost"`
	ShippingDetails   any               `json:"shipping_details"`
	ShippingOptions   []any             `json:"shipping_options"`
	Status            string            `json:"status"`
	SubmitType        maybe             `json:"submit_type"`
	Subscription      maybe             `json:"subscription"`
	SuccessURL        maybe             `json:"success_url"`
	Totals            totalDetails      `json:"total_details"`
	UIMode            string            `json:"ui_mode"`
	URL               maybe             `json:"url"`
}

type automaticTax struct {
	Enabled   bool `json:"enabled"`
	Liability any  `json:"liability"`
	Status    any  `json:"status"`
}

type customText struct {
	AfterSubmit *customLine `json:"after_submit"`
	Shipping    *customLine `json:"shipping_address"`
	Submit      *customLine `json:"submit"`
	Terms       *customLine `json:"terms_of_service_acceptance"`
}

type customLine struct {
	Message string `json:"message"`
}

type lineItem struct {
	ID          string      `json:"id"`
	Object      string      `json:"object"`
	Discount    int64       `json:"amount_discount"`
	Subtotal    int64       `json:"amount_subtotal"`
	Tax         int64       `json:"amount_tax"`
	Total       int64       `json:"amount_total"`
	Currency    string      `json:"currency"`
	Description string      `json:"description"`
	Price       priceObject `json:"price"`
	Quantity    int64       `json:"quantity"`
}

type priceObject struct {
	ID            string            `json:"id"`
	Object        string            `json:"object"`
	Active        bool              `json:"active"`
	Scheme        string            `json:"billing_scheme"`
	Created       int64             `json:"created"`
	Currency      string            `json:"currency"`
	CustomAmount  any               `json:"custom_unit_amount"`
	Livemode      bool              `json:"livemode"`
	LookupKey     maybe             `json:"lookup_key"`
	Metadata      map[string]string `json:"metadata"`
	Nickname      maybe             `json:"nickname"`
	Product       string            `json:"product"`
	Recurring     any               `json:"recurring"`
	TaxBehavior   string            `json:"tax_behavior"`
	TiersMode     any               `json:"tiers_mode"`
	Transform     any               `json:"transform_quantity"`
	Type          string            `json:"type"`
	UnitAmount    int64             `json:"unit_amount"`
	UnitAmountDec string            `json:"unit_amount_decimal"`
}

type intentObject struct {
	ID               string            `json:"id"`
	Object           string            `json:"object"`
	Amount           int64             `json:"amount"`
	Capturable       int64             `json:"amount_capturable"`
	AmountDetails    tips              `json:"amount_details"`
	Received         int64             `json:"amount_received"`
	Application      maybe             `json:"application"`
	ApplicationFee   instant           `json:"application_fee_amount"`
	AutomaticMethods any               `json:"automatic_payment_methods"`
	CanceledAt       instant           `json:"canceled_at"`
	CancelReason     maybe             `json:"cancellation_reason"`
	CaptureMethod    string            `json:"capture_method"`
	ClientSecret     string            `json:"client_secret"`
	Confirmation     string            `json:"confirmation_method"`
	Created          int64             `json:"created"`
	Currency         string            `json:"currency"`
	Customer         maybe             `json:"customer"`
	Description      maybe             `json:"description"`
	Invoice          maybe             `json:"invoice"`
	LastError        *cardError        `json:"last_payment_error"`
	LatestCharge     maybe             `json:"latest_charge"`
	Livemode         bool              `json:"livemode"`
	Metadata         map[string]string `json:"metadata"`
	NextAction       *nextAction       `json:"next_action"`
	OnBehalfOf       maybe             `json:"on_behalf_of"`
	PaymentMethod    maybe             `json:"payment_method"`
	MethodConfig     any               `json:"payment_method_configuration_details"`
	MethodOptions    map[string]any    `json:"payment_method_options"`
	MethodTypes      []string          `json:"payment_method_types"`
	Processing       any               `json:"processing"`
	ReceiptEmail     maybe             `json:"receipt_email"`
	Review           maybe             `json:"review"`
	FutureUsage      maybe             `json:"setup_future_usage"`
	Shipping         any               `json:"shipping"`
	Descriptor       maybe             `json:"statement_descriptor"`
	DescriptorSuffix maybe             `json:"statement_descriptor_suffix"`
	Status           string            `json:"status"`
	TransferData     any               `json:"transfer_data"`
	TransferGroup    maybe             `json:"transfer_group"`
}

type tips struct {
	Tip struct{} `json:"tip"`
}

// cardError is last_payment_error: what went wrong with the last try.
type cardError struct {
	Charge  string `json:"charge,omitempty"`
	Code    string `json:"code"`
	Decline string `json:"decline_code,omitempty"`
	DocURL  string `json:"doc_url"`
	Message string `json:"message"`
	Type    string `json:"type"`
}

type nextAction struct {
	Type     string `json:"type"`
	Redirect struct {
		URL       string `json:"url"`
		ReturnURL maybe  `json:"return_url"`
	} `json:"redirect_to_url"`
}
