package stripesim

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// How long a session may be open, as Stripe has it.
const (
	shortestSession = 30 * time.Minute
	longestSession  = 24 * time.Hour
)

// mostLines is how many line items a session may have.
const mostLines = 100

// sessionParams are the parameters of a new session that are understood.
// shipping, discounts, subscriptions and tax are not among them.
var sessionParams = []string{
	"automatic_tax", "billing_address_collection", "cancel_url", "client_reference_id", "currency", "custom_text",
	"customer_creation", "customer_email", "expires_at", "line_items", "locale", "metadata", "mode",
	"payment_intent_data", "payment_method_options", "payment_method_types", "phone_number_collection", "submit_type",
	"success_url", "ui_mode",
}

// methods are the payment methods that the hosted page knows.
var methods = []string{"card", "bacs_debit", "sepa_debit"}

func createSession(c *call) (any, *apiError) {
	cs, refused := c.newSession()
	if refused != nil {
		return nil, refused
	}
	s, a := c.s, c.a
	cs.ID = s.newID(a, "cs_test")
	cs.Base = c.base
	cs.URL = maybe(cs.Base + "/c/pay/" + cs.ID)
	for i := range cs.Lines {
		l := &cs.Lines[i]
		l.ID, l.Price.ID, l.Price.Product = s.newID(a, "li"), s.newID(a, "price"), s.newID(a, "prod")
	}
	a.sessions.put(cs.ID, cs)
	s.plan(a, time.Unix(cs.ExpiresAt, 0).Add(s.clockRow.Offset), dueExpiry, cs.ID)
	return cs, nil
}

// newSession reads and checks the parameters of a session.
func (c *call) newSession() (*session, *apiError) {
	f := c.form
	now := c.s.moment
	cs := &session{sessionObject: sessionObject{
		Object: "checkout.session", AutomaticTax: automaticTax{}, BillingAddress: maybe(f.oneOf("billing_address_collection", "auto", "required")),
		CancelURL: maybe(f.text("cancel_url")), ClientReferenceID: maybe(f.text("client_reference_id")), Created: unix(now),
		CustomFields: []any{}, CustomText: readCustomText(f.child("custom_text")), CustomerCreation: "if_required",
		CustomerEmail: maybe(f.text("customer_email")), Locale: maybe(f.text("locale")), Metadata: f.pairs("metadata"), Mode: "payment",
		MethodCollection: "if_required", MethodOptions: []byte("{}"), MethodTypes: f.texts("payment_method_types"), PaymentStatus: "unpaid",
		Phone: enabled{f.child("phone_number_collection").flag("enabled")}, ShippingOptions: []any{}, Status: "open",
		SubmitType: maybe(f.oneOf("submit_type", "auto", "book", "donate", "pay")), SuccessURL: maybe(f.text("success_url")), UIMode: "hosted",
	}, Plan: readPlan(f.child("payment_intent_data"))}
	cs.CustomerDetails = &customerDetails{person: person{Email: cs.CustomerEmail}, TaxExempt: "none"}
	if cs.CustomerEmail == "" {
		cs.CustomerDetails = nil
	}
	if v := f.oneOf("customer_creation", "always", "if_required"); v != "" {
		cs.CustomerCreation = v
	}
	if len(cs.MethodTypes) == 0 {
		cs.MethodTypes = []string{"card"}
	}
	cs.ExpiresAt = f.integer("expires_at", unix(now.Add(longestSession-c.s.clockRow.Offset)))
	cs.Lines = c.readLines(cs)
	mode, ui, tax := f.text("mode"), f.text("ui_mode"), f.child("automatic_tax").flag("enabled")
	switch {
	case *f.problem != nil:
		return nil, *f.problem
	case mode != "payment":
		return nil, notSimulated("mode", "sessions of another mode than payment")
	case ui != "" && ui != "hosted":
		return nil, notSimulated("ui_mode", "embedded sessions, which need Stripe's own script")
	case tax:
		return nil, notSimulated("automatic_tax", "automatic tax")
	}
	return cs, c.checkSession(cs)
}

func (c *call) checkSession(cs *session) *apiError {
	// Advance moves the simulator, not its callers: they count from their own clock.
	left := time.Duration(cs.ExpiresAt-unix(c.s.moment.Add(-c.s.clockRow.Offset))) * time.Second
	minimum := currencies[cs.Currency].minimum
	switch {
	case len(cs.Lines) == 0:
		return invalid("parameter_missing", "line_items", "You must provide line items.")
	case len(cs.Lines) > mostLines:
		return invalid("", "line_items", "Up to 100 line items may be specified.")
	case cs.SuccessURL == "":
		return invalid("parameter_missing", "success_url", "Missing required param: success_url.")
	case !absolute(string(cs.SuccessURL)):
		return invalid("url_invalid", "success_url", "Not a valid URL")
	case cs.CancelURL != "" && !absolute(string(cs.CancelURL)):
		return invalid("url_invalid", "cancel_url", "Not a valid URL")
	case len(cs.ClientReferenceID) > 200:
		return invalid("", "client_reference_id", "client_reference_id can be at most 200 characters long")
	case left < shortestSession:
		return invalid("", "expires_at", "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.")
	case left > longestSession:
		return invalid("", "expires_at", "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.")
	case cs.AmountTotal < minimum || cs.AmountTotal <= 0:
		return invalid("amount_too_small", "", "The Checkout Session's total amount due must add up to at least "+display(max(minimum, 1), cs.Currency))
	case cs.AmountTotal > mostAmount:
		return invalid("amount_too_large", "", "The Checkout Session's total amount must be no more than "+display(mostAmount, cs.Currency))
	case cs.Plan.ApplicationFee > cs.AmountTotal:
		return invalid("", "payment_intent_data[application_fee_amount]", "The application fee must not exceed the amount.")
	}
	for _, m := range cs.MethodTypes {
		switch {
		case !slices.Contains(methods, m):
			return notSimulated("payment_method_types", "the payment method "+m)
		case m == "bacs_debit" && cs.Currency != "gbp", m == "sepa_debit" && cs.Currency != "eur":
			return invalid("", "payment_method_types", "The payment method "+m+" cannot be used with the currency "+cs.Currency+".")
		}
	}
	return nil
}

func absolute(text string) bool {
	u, err := url.Parse(strings.ReplaceAll(text, "{CHECKOUT_SESSION_ID}", "x"))
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

func readCustomText(f form) customText {
	read := func(name string) *customLine {
		if f.has(name) {
			return &customLine{f.child(name).text("message")}
		}
		return nil
	}
	return customText{read("after_submit"), read("shipping_address"), read("submit"), read("terms_of_service_acceptance")}
}

func readPlan(f form) intentPlan {
	for _, name := range f.names() {
		switch name {
		case "metadata", "description", "statement_descriptor", "statement_descriptor_suffix", "receipt_email", "transfer_group",
			"application_fee_amount":
		case "capture_method":
			if v := f.text(name); v != "automatic" && v != "automatic_async" {
				f.child(name).complain("", "The simulator does not simulate capturing later.")
			}
		default:
			f.child(name).complain("parameter_unknown", "Received unknown parameter: %s", f.child(name).path)
		}
	}
	return intentPlan{
		Metadata: f.pairs("metadata"), Description: f.text("description"), Descriptor: f.text("statement_descriptor"),
		DescriptorSuffix: f.text("statement_descriptor_suffix"), ReceiptEmail: f.text("receipt_email"),
		TransferGroup: f.text("transfer_group"), ApplicationFee: f.integer("application_fee_amount", 0),
	}
}

// readLines reads the line items and adds them up.
func (c *call) readLines(cs *session) []lineItem {
	var lines []lineItem
	for _, f := range c.form.list("line_items") {
		price, product := f.child("price_data"), f.child("price_data").child("product_data")
		if !f.has("price_data") {
			f.complain("", "The simulator sells what price_data describes: prices and products are not kept.")
			return nil
		}
		l := lineItem{
			Object: "item", Currency: strings.ToLower(price.text("currency")), Description: product.text("name"), Quantity: f.integer("quantity", 1),
			Price: priceObject{
				Object: "price", Scheme: "per_unit", Created: cs.Created, Metadata: map[string]string{}, TaxBehavior: "unspecified",
				Type: "one_time", UnitAmount: price.integer("unit_amount", -1),
			},
		}
		if v := price.oneOf("tax_behavior", "inclusive", "exclusive", "unspecified"); v != "" {
			l.Price.TaxBehavior = v
		}
		l.Price.Currency, l.Price.UnitAmountDec = l.Currency, itoa(int(l.Price.UnitAmount))
		_, known := currencies[l.Currency]
		switch {
		case !known:
			price.child("currency").complain("", "Invalid currency: %s.", l.Currency)
		case l.Description == "":
			product.child("name").complain("parameter_missing", "Missing required param: %s.", product.child("name").path)
		case l.Price.UnitAmount < 0:
			price.child("unit_amount").complain("parameter_invalid_integer", "This value must be greater than or equal to 0.")
		case l.Quantity < 1 || l.Quantity > 999_999:
			f.child("quantity").complain("parameter_invalid_integer", "Invalid quantity: must be between 1 and 999999.")
		case l.Price.UnitAmount > mostAmount:
			price.child("unit_amount").complain("amount_too_large", "Invalid amount: too large.")
		case cs.Currency != "" && cs.Currency != l.Currency:
			price.child("currency").complain("", "All line items must be in one currency: %s and %s.", cs.Currency, l.Currency)
		}
		if *f.problem != nil {
			return nil
		}
		l.Subtotal = l.Price.UnitAmount * l.Quantity
		l.Total = l.Subtotal
		cs.Currency = l.Currency
		cs.AmountSubtotal += l.Subtotal
		cs.AmountTotal += l.Total
		lines = append(lines, l)
	}
	return lines
}

func listSessions(c *call) (any, *apiError) {
	intent, status := c.form.text("payment_intent"), c.form.oneOf("status", "open", "complete", "expired")
	return listed(c, c.a.sessions, "/v1/checkout/sessions", "checkout session", func(r *session) int64 { return r.Created },
		func(r *session) bool {
			return (intent == "" || string(r.PaymentIntent) == intent) && (status == "" || r.Status == status)
		})
}

func getSession(c *call) (any, *apiError) {
	if cs := c.a.sessions.get(c.id("id")); cs != nil {
		return cs, nil
	}
	return nil, missing("checkout.session", c.id("id"))
}

func listLines(c *call) (any, *apiError) {
	cs := c.a.sessions.get(c.id("id"))
	if cs == nil {
		return nil, missing("checkout.session", c.id("id"))
	}
	lines := newTable[lineItem]("line")
	for _, l := range slices.Backward(cs.Lines) { // they are listed as they were given
		lines.put(l.ID, &l)
	}
	return listed(c, lines, "/v1/checkout/sessions/"+cs.ID+"/line_items", "line item", func(*lineItem) int64 { return cs.Created }, nil)
}

func expireSession(c *call) (any, *apiError) {
	cs := c.a.sessions.get(c.id("id"))
	if cs == nil {
		return nil, missing("checkout.session", c.id("id"))
	}
	if cs.Status != "open" {
		return nil, refused("", "", "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of `"+cs.Status+"`.")
	}
	c.s.expire(c.a, cs)
	return cs, nil
}

// expire ends an open session, with the intent of whoever had begun to pay: a
// challenge that is still open can no longer be met.
func (s *Sim) expire(a *account, cs *session) {
	cs.Status, cs.URL, cs.Pending = "expired", "", ""
	a.sessions.put(cs.ID, cs)
	if pi := a.intents.get(string(cs.PaymentIntent)); pi != nil && pi.Status != "succeeded" && pi.Status != "canceled" {
		s.cancel(a, pi, "automatic")
	}
	s.emit(a, "checkout.session.expired", cs, nil)
}
