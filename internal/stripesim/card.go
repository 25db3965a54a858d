package stripesim

import "strings"

// A Card is a way to pay on the simulated page: the number of a test card, with
// the meaning that Stripe's test mode gives it, or the name of a debit.
type Card string

// The cards and debits that are known.
const (
	// CardVisa is paid at once. It was issued in the United States.
	CardVisa Card = "4242424242424242"
	// CardUK, CardEEA and CardMastercard are paid at once, at other fees.
	CardUK         Card = "4000008260000000"
	CardEEA        Card = "4000002500000003"
	CardMastercard Card = "5555555555554444"
	// CardDeclined and the next four are refused.
	CardDeclined     Card = "4000000000000002"
	CardInsufficient Card = "4000000000009995"
	CardExpired      Card = "4000000000000069"
	CardWrongCVC     Card = "4000000000000127"
	CardBroken       Card = "4000000000000119"
	// Card3DS asks for 3-D Secure, and is paid when the buyer passes.
	Card3DS Card = "4000002500003155"
	// Card3DSDeclined asks for 3-D Secure, and is refused although the buyer passes.
	Card3DSDeclined Card = "4000008400001629"
	// CardDisputed is paid, and disputed as fraud an hour later.
	CardDisputed Card = "4000000000000259"
	// CardInquiry is paid, and asked about an hour later: a dispute without money.
	CardInquiry Card = "4000000000001976"
	// CardWarned is paid, and an early fraud warning follows an hour later.
	CardWarned Card = "4000000000005423"
	// CardRefundFails is paid; a refund succeeds, and fails a day later.
	CardRefundFails Card = "4000000000005126"
	// CardRefundPending is paid; a refund is pending, and succeeds a day later.
	CardRefundPending Card = "4000000000007726"
	// CardAvailable is paid, and the money is available at once.
	CardAvailable Card = "4000000000000077"
	// BacsDebit and SEPADebit take days: see Sim.SettleAsync.
	BacsDebit Card = "bacs_debit"
	SEPADebit Card = "sepa_debit"
)

// A decline is why a card is refused, in Stripe's words and in ours.
type decline struct {
	code, reason, message string
}

// A cardRule is how the simulator treats a card.
type cardRule struct {
	label, country, brand string
	decline               *decline
	challenge             bool
	later                 string // what happens to the charge after an hour
	refund                string // what happens to a refund after a day
	available             bool
}

var declined = decline{"card_declined", "generic_decline", "Your card was declined."}

var cards = map[Card]cardRule{
	CardVisa:          {label: "Visa, paid at once", country: "US", brand: "visa"},
	CardUK:            {label: "Visa issued in the UK, paid at once", country: "GB", brand: "visa"},
	CardEEA:           {label: "Visa issued in France, paid at once", country: "FR", brand: "visa"},
	CardMastercard:    {label: "Mastercard, paid at once", country: "US", brand: "mastercard"},
	CardDeclined:      {label: "Declined", country: "US", brand: "visa", decline: &declined},
	CardInsufficient:  {label: "Declined: insufficient funds", country: "US", brand: "visa", decline: &decline{"card_declined", "insufficient_funds", "Your card has insufficient funds."}},
	CardExpired:       {label: "Declined: card expired", country: "US", brand: "visa", decline: &decline{"expired_card", "", "Your card has expired."}},
	CardWrongCVC:      {label: "Declined: wrong security code", country: "US", brand: "visa", decline: &decline{"incorrect_cvc", "", "Your card's security code is incorrect."}},
	CardBroken:        {label: "Declined: processing error", country: "US", brand: "visa", decline: &decline{"processing_error", "", "An error occurred while processing your card. Try again in a little bit."}},
	Card3DS:           {label: "Asks for 3-D Secure", country: "FR", brand: "visa", challenge: true},
	Card3DSDeclined:   {label: "Asks for 3-D Secure, then declined", country: "US", brand: "visa", challenge: true, decline: &declined},
	CardDisputed:      {label: "Paid, and disputed an hour later", country: "US", brand: "visa", later: dueDispute},
	CardInquiry:       {label: "Paid, and an inquiry an hour later", country: "US", brand: "visa", later: dueInquiry},
	CardWarned:        {label: "Paid, and a fraud warning an hour later", country: "US", brand: "visa", later: dueWarning},
	CardRefundFails:   {label: "Paid; a refund fails a day later", country: "US", brand: "visa", refund: dueRefundBad},
	CardRefundPending: {label: "Paid; a refund takes a day", country: "US", brand: "visa", refund: dueRefundOK},
	CardAvailable:     {label: "Paid, and available at once", country: "US", brand: "visa", available: true},
	BacsDebit:         {label: "Bacs Direct Debit", country: "GB"},
	SEPADebit:         {label: "SEPA Direct Debit", country: "DE"},
}

// shelfOrder is the order in which the hosted page offers the cards.
var shelfOrder = []Card{
	CardUK, CardVisa, CardEEA, CardMastercard, Card3DS, Card3DSDeclined, CardDeclined, CardInsufficient, CardExpired, CardWrongCVC,
	CardBroken, CardDisputed, CardInquiry, CardWarned, CardRefundFails, CardRefundPending, CardAvailable,
}

// debit reports whether the money takes days.
func (c Card) debit() bool { return c == BacsDebit || c == SEPADebit }

// method is the payment method's name in the API.
func (c Card) method() string {
	if c.debit() {
		return string(c)
	}
	return "card"
}

// grouped writes a number in fours.
func (c Card) grouped() string {
	var out strings.Builder
	for i, r := range string(c) {
		if i > 0 && i%4 == 0 {
			out.WriteByte(' ')
		}
		out.WriteRune(r)
	}
	return out.String()
}

// readCard takes a number as people write it.
func readCard(text string) Card {
	return Card(strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\u00a0' {
			return -1
		}
		return r
	}, strings.TrimSpace(text)))
}

// details is payment_method_details of a charge.
func (c Card) details() map[string]any {
	rule := cards[c]
	switch c {
	case BacsDebit:
		return map[string]any{"type": "bacs_debit", "bacs_debit": map[string]any{
			"fingerprint": "simulated", "last4": "2345", "mandate": nil, "sort_code": "108800",
		}}
	case SEPADebit:
		return map[string]any{"type": "sepa_debit", "sepa_debit": map[string]any{
			"bank_code": "37040044", "branch_code": nil, "country": "DE", "fingerprint": "simulated", "last4": "3000", "mandate": nil,
		}}
	}
	var secure any
	if rule.challenge {
		secure = map[string]any{
			"authentication_flow": "challenge", "electronic_commerce_indicator": "05", "exemption_indicator": nil, "result": "authenticated", "result_reason": nil,
			"transaction_id": "simulated", "version": "2.2.0",
		}
	}
	return map[string]any{"type": "card", "card": map[string]any{
		"brand": rule.brand, "checks": map[string]any{"address_line1_check": nil, "address_postal_code_check": nil, "cvc_check": "pass"},
		"country": rule.country, "exp_month": 12, "exp_year": 2034, "fingerprint": "simulated" + string(c[len(c)-4:]), "funding": "credit",
		"installments": nil, "last4": string(c[len(c)-4:]), "mandate": nil, "network": rule.brand, "three_d_secure": secure, "wallet": nil,
	}}
}
