package demo

import (
	"fmt"

	"lanyard/internal/booking"
	"lanyard/internal/catalog"
	"lanyard/internal/inventory"
	"lanyard/internal/replay"
	"lanyard/internal/uid"
)

// launch is the launch webinar of a call, next week, with a form that shows
// every kind of question.
func (b *builder) launch([]Person) error {
	e, err := b.create(catalog.Details{
		Title:   "AI Airlock: launch webinar of the pilot call",
		Summary: "What the AI Airlock pilot is, who can apply and how. Candidates apply after the webinar.",
		Description: "The **AI Airlock** is a regulatory sandbox for AI as a medical device. This launch webinar opens the pilot's call for applications.\n\n" +
			"You will hear\n\n- what a pilot looks like, and what it asks of you,\n- which devices it is looking for,\n- how candidates apply after the webinar.\n\n" +
			"The first launch webinar was held on 23 July 2024; its questions and answers are part of the briefing.",
		Mode: catalog.Online, JoinAddress: "https://meet.lanyard.example/ai-airlock", Topic: "regulation",
		GoodToKnow: "Have a question ready: half of the time is yours.",
	}, b.hours(7, "12:30", "13:30"), 0)
	if err != nil {
		return err
	}
	err = b.ask(e,
		booking.DraftQuestion{Key: "device", Type: booking.YesNo, Label: "Do you have a device that you would like to bring in?", Required: true},
		booking.DraftQuestion{Key: "stage", Type: booking.SingleChoice, Label: "How far is it?", Required: true, ConditionKey: "device", AnyOf: []string{"yes"},
			Choices: []booking.Choice{{ID: "idea", Label: "An idea"}, {ID: "prototype", Label: "A prototype"}, {ID: "trial", Label: "In a trial"}, {ID: "market", Label: "On the market"}}},
		booking.DraftQuestion{Key: "summary", Type: booking.LongText, Label: "What does it do, in a few sentences?", ConditionKey: "device", AnyOf: []string{"yes"}},
		booking.DraftQuestion{Key: "topics", Type: booking.MultiChoice, Label: "What should we talk about?",
			Choices: []booking.Choice{{ID: "evidence", Label: "Clinical evidence"}, {ID: "data", Label: "Data protection"}, {ID: "reimbursement", Label: "Reimbursement"}}},
		booking.DraftQuestion{Key: "question", Type: booking.Text, Label: "Your question to the speakers"},
		booking.DraftQuestion{Key: "recording", Type: booking.Consent, Label: "You may pass my questions on to the speakers with my name"},
	)
	if err != nil {
		return err
	}
	if err := b.publish(e); err != nil {
		return err
	}
	products, err := b.products(e)
	if err != nil {
		return err
	}
	_, err = b.register(e, products[0].ID, 14, func(f booking.EventForm, i int) map[uid.Question][]string {
		answers := map[uid.Question][]string{f.Questions[0].ID: {"no"}, f.Questions[3].ID: []string{"evidence", "data"}[:1+i%2]}
		if i%3 == 0 {
			answers[f.Questions[0].ID] = []string{"yes"}
			answers[f.Questions[1].ID] = []string{"prototype"}
		}
		return answers
	})
	return err
}

// tomorrow is an advice session on trade with China.
func (b *builder) tomorrow([]Person) error {
	e, err := b.create(catalog.Details{
		Title:   "Explore the Chinese market with EFEC",
		Summary: "Advice for health innovators, led by Excellence First Enterprise Consultancy (EFEC).",
		Description: "Excellence First Enterprise Consultancy (EFEC) advises companies on entering the Chinese market. " +
			"Its chief executive visits China from the 13th and takes your questions along.\n\n" +
			"Bring your product on one page: who pays for it, who approves it, who uses it.",
		Mode: catalog.Online, JoinAddress: "https://meet.lanyard.example/efec", Topic: "trade",
	}, b.hours(1, "10:00", "11:15"), 60)
	if err != nil {
		return err
	}
	if err := b.publish(e); err != nil {
		return err
	}
	products, err := b.products(e)
	if err != nil {
		return err
	}
	_, err = b.register(e, products[0].ID, 23, nil)
	return err
}

// soldOut is a small event in a room without a place left.
func (b *builder) soldOut([]Person) error {
	e, err := b.create(catalog.Details{
		Title:   "Golden Ticket Programme: meet the jury",
		Summary: "A competition for cardiometabolic health innovations, by Pioneer Group with a partner.",
		Description: "The **Golden Ticket Programme** is a competition for cardiometabolic health innovations, run by Pioneer Group with a partner. " +
			"Meet the jury, see last year's entries, and learn what makes a strong application.",
		Mode: catalog.InPerson, Venue: "Pioneer House", Address: "12 Station Street", City: "Nottingham", Topic: "funding",
		GoodToKnow: "Ring at the side entrance; the lift goes to the second floor.\nLunch is served at 12:30.",
	}, b.hours(12, "11:00", "13:30"), 12)
	if err != nil {
		return err
	}
	if err := b.publish(e); err != nil {
		return err
	}
	products, err := b.products(e)
	if err != nil {
		return err
	}
	_, err = b.register(e, products[0].ID, 12, nil)
	return err
}

// past is a webinar that is over.
func (b *builder) past([]Person) error {
	e, err := b.create(catalog.Details{
		Title:   "Innovation Voucher Competition: briefing",
		Summary: "A sponsored call with vouchers as awards, by Health Tech Enterprise. Applications are open.",
		Description: "Health Tech Enterprise runs the **Innovation Voucher Competition**, a sponsored call with vouchers as awards. " +
			"This briefing explained who can apply and what a voucher pays for. Applications are open.",
		Mode: catalog.Online, JoinAddress: "https://meet.lanyard.example/vouchers", Topic: "funding",
	}, b.hours(-9, "14:00", "15:00"), 0)
	if err != nil {
		return err
	}
	return b.publish(e)
}

// conference is a hybrid day with three sessions, one of them in a small room.
func (b *builder) conference([]Person) error {
	e, err := b.create(catalog.Details{
		Title:   "Partnering Day",
		Summary: "Six kinds of introduction in one day: technology, change of use, markets, supply, opportunities from abroad, studies.",
		Description: "Innovators and partners meet for\n\n1. new technology for UK innovators,\n2. change of use,\n3. access to new regulatory markets,\n" +
			"4. manufacturing or supply,\n5. an opportunity that an overseas innovator cannot realise at home,\n6. global comparative studies and inward investment.\n\n" +
			"The talks are streamed. The workshop is in the room only and has twenty places.",
		Mode: catalog.Hybrid, Venue: "Conference Centre", Address: "1 Trent Parade", City: "Leicester", Topic: "partnering",
		JoinAddress: "https://meet.lanyard.example/partnering", GoodToKnow: "Doors open at 9:00.\nBring business cards.",
	}, b.hours(30, "09:30", "11:00"), 80)
	if err != nil {
		return err
	}
	workshop, err := b.session(e, "Workshop: the first meeting", "Room 2", "11:30", "13:00")
	if err != nil {
		return err
	}
	if _, err := b.session(e, "Introductions", "Main hall", "14:00", "16:30"); err != nil {
		return err
	}
	if err := b.name(e, "Opening talks"); err != nil {
		return err
	}
	if err := b.workshopPlaces(e, workshop); err != nil {
		return err
	}
	err = b.ask(e,
		booking.DraftQuestion{Key: "kind", Type: booking.MultiChoice, Label: "Which introductions are you looking for?", Required: true, Choices: []booking.Choice{
			{ID: "technology", Label: "New technology for UK innovators"}, {ID: "use", Label: "Change of use"},
			{ID: "markets", Label: "Access to new regulatory markets"}, {ID: "supply", Label: "Manufacturing or supply"},
			{ID: "overseas", Label: "An opportunity not realisable at home"}, {ID: "studies", Label: "Comparative studies, inward investment"}}},
		booking.DraftQuestion{Key: "diet", Type: booking.Text, Label: "Anything that you do not eat?", Help: "Seen by the kitchen only and deleted after the day."},
		booking.DraftQuestion{Key: "phone", Type: booking.Phone, Label: "Telephone number for the day"},
		booking.DraftQuestion{Key: "people", Type: booking.Number, Label: "How many people work at your organisation?"},
		booking.DraftQuestion{Key: "since", Type: booking.Date, Label: "Member since"},
	)
	if err != nil {
		return err
	}
	if err := b.publish(e); err != nil {
		return err
	}
	products, err := b.products(e)
	if err != nil {
		return err
	}
	answer := func(f booking.EventForm, i int) map[uid.Question][]string {
		return map[uid.Question][]string{f.Questions[0].ID: {[]string{"technology", "markets", "studies"}[i%3]}}
	}
	for _, p := range products {
		if _, err := b.register(e, p.ID, 7, answer); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) session(e catalog.Event, title, place, from, to string) (uid.Session, error) {
	added, err := b.s.Events.CreateSession(b.ctx, b.owner, replay.Key{}, catalog.SessionInput{
		Org: b.org, Event: e.ID, Details: catalog.SessionDetails{Title: title, Place: place}, When: b.hours(30, from, to),
	})
	return added.Session, err
}

// name gives the first session a title of its own.
func (b *builder) name(e catalog.Event, title string) error {
	first := e.Sessions[0]
	_, err := b.s.Events.UpdateSession(b.ctx, b.owner, replay.Key{}, catalog.SessionInput{
		Org: b.org, Event: e.ID, Session: first.ID, Version: first.Version,
		Details: catalog.SessionDetails{Title: title, Place: "Main hall"}, When: first.When(),
	})
	return err
}

// workshopPlaces limits the workshop's room and adds a ticket that leaves it out.
func (b *builder) workshopPlaces(e catalog.Event, workshop uid.Session) error {
	products, pools, err := b.s.Stock.Inventory(b.ctx, b.org, e.ID)
	if err != nil {
		return err
	}
	fresh, err := b.s.Events.Get(b.ctx, b.org, e.ID)
	if err != nil {
		return err
	}
	var talks []uid.Session
	for _, s := range fresh.Sessions {
		if s.ID != workshop {
			talks = append(talks, s.ID)
		}
	}
	var room uid.Pool
	for _, p := range pools {
		if p.Title == "Room" {
			room = p.ID
		}
	}
	for _, p := range products {
		in := inventory.ProductInput{
			Org: b.org, Event: e.ID, Title: p.Title, Description: "The whole day, with the workshop.", Pools: p.Pools, MaxPerOrder: 5,
		}
		if p.Online {
			in.Online, in.MaxPerOrder, in.Sessions, in.Description = true, 1, talks, "The talks and the introductions, streamed."
		}
		if _, err := b.s.Stock.UpdateProduct(b.ctx, b.owner, replay.Key{}, p.ID, p.Version, in); err != nil {
			return err
		}
	}
	_, err = b.s.Stock.CreateProduct(b.ctx, b.owner, replay.Key{}, inventory.ProductInput{
		Org: b.org, Event: e.ID, Title: "In the room, talks only", Description: "The talks and the introductions, without the workshop.",
		Sessions: talks, Pools: []uid.Pool{room}, MaxPerOrder: 5,
	})
	if err != nil {
		return err
	}
	size := 20
	_, err = b.s.Stock.CreatePool(b.ctx, b.owner, replay.Key{}, inventory.PoolInput{
		Org: b.org, Event: e.ID, Session: workshop, Title: "Workshop room", Size: &size,
	})
	return err
}

// challenge is an innovation challenge that takes applications.
func (b *builder) challenge([]Person) error {
	e, err := b.create(catalog.Details{
		Title:   "Innovation Challenge: pitch day",
		Summary: "Ten finalists pitch. By TBAT Innovation; headline sponsor Shakespeare Martineau. Applications are open.",
		Description: "TBAT Innovation runs the **Innovation Challenge** with a Top 10 of finalists; its headline sponsor is Shakespeare Martineau.\n\n" +
			"Apply with your innovation. A person reads every application, and you hear from us whatever the answer is.",
		Mode: catalog.InPerson, Venue: "Innovation Hall", Address: "5 Castle Yard", City: "Derby", Topic: "challenge",
		RegistrationMode: catalog.Approval, RegistrationClosesLocal: b.today.AddDate(0, 0, 21).Format("2006-01-02"),
	}, b.hours(45, "13:00", "17:30"), 10)
	if err != nil {
		return err
	}
	err = b.ask(e,
		booking.DraftQuestion{Key: "name", Type: booking.Text, Label: "What is your innovation called?", Required: true},
		booking.DraftQuestion{Key: "problem", Type: booking.LongText, Label: "Which problem does it solve, and for whom?", Required: true},
		booking.DraftQuestion{Key: "rules", Type: booking.Consent, Label: "I have read the rules of the challenge", Required: true},
	)
	if err != nil {
		return err
	}
	if err := b.publish(e); err != nil {
		return err
	}
	products, err := b.products(e)
	if err != nil {
		return err
	}
	placed, err := b.register(e, products[0].ID, 9, func(f booking.EventForm, i int) map[uid.Question][]string {
		idea := ideas[i%len(ideas)]
		return map[uid.Question][]string{f.Questions[0].ID: {idea[0]}, f.Questions[1].ID: {idea[1]}, f.Questions[2].ID: {"yes"}}
	})
	if err != nil {
		return err
	}
	for i, approve := range []bool{true, true, false} {
		note := "Congratulations: you are among the finalists."
		if !approve {
			note = "We had many strong entries. The jury suggests that you come back with results from a pilot site."
		}
		_, err := b.s.Bookings.Decide(b.ctx, b.owner, replay.Key{}, booking.DecideInput{
			Org: b.org, Event: e.ID, Registrations: placed[i : i+1], Approve: approve, Note: note,
		})
		if err != nil {
			return fmt.Errorf("decide: %w", err)
		}
	}
	return nil
}

// draft is an event that is not public yet.
func (b *builder) draft([]Person) error {
	_, err := b.create(catalog.Details{
		Title: "Clinical trials breakfast", Summary: "Who runs trials in the region, and how to get yours started.",
		Mode: catalog.InPerson, Venue: "Royal Infirmary", City: "Leicester", Topic: "trials",
	}, b.hours(60, "08:00", "09:30"), 40)
	return err
}
