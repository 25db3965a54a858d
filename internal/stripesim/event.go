package stripesim

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// An endpoint is an address that events are sent to.
type endpoint struct {
	endpointObject
	Key     string `json:"sim_secret"`
	Connect bool   `json:"sim_connect"`
}

// A delivery is an event on its way to an endpoint.
type delivery struct {
	ID       string `json:"id"`
	Event    string `json:"event"`
	Owner    string `json:"owner"` // the account that the endpoint belongs to
	Endpoint string `json:"endpoint"`
	Attempts int    `json:"attempts"`
	NotBy    int64  `json:"not_by"` // no new attempt before this time
	Lost     bool   `json:"lost"`   // given up
	Says     string `json:"says"`   // why the last attempt failed
}

var endpointParams = []string{"url", "enabled_events", "api_version", "description", "metadata", "connect"}

// emit makes an event about an object as it now is, and queues it for whoever
// wants it.
func (s *Sim) emit(a *account, kind string, about any, previous map[string]any) {
	text, err := json.Marshal(shown(about))
	if err != nil {
		s.log.Error("an event could not be written", "type", kind, "err", err)
		return
	}
	ev := &event{eventObject{
		ID: s.newID(a, "evt"), Object: "event", APIVersion: APIVersion, Created: unix(s.moment),
		Data: eventData{Object: text, Previous: previous}, Request: s.cause, Type: kind,
	}}
	s.queue(a, ev, a, false)
	if own := s.find(""); own != a {
		s.queue(a, ev, own, true)
	}
	a.events.put(ev.ID, ev)
}

func (s *Sim) queue(a *account, ev *event, owner *account, connect bool) {
	owner.endpoints.each(func(id string, ep *endpoint) bool {
		wanted := slices.Contains(ep.Events, "*") || slices.Contains(ep.Events, ev.Type)
		if ep.Connect == connect && wanted && ep.Status == "enabled" {
			d := &delivery{ID: ev.ID + "/" + id, Event: ev.ID, Owner: owner.ID, Endpoint: id}
			a.deliveries.put(d.ID, d)
			ev.Pending++
		}
		return true
	})
}

func listEvents(c *call) (any, *apiError) {
	kind, success := c.form.text("type"), c.form.text("delivery_success")
	failed := success != "" && !c.form.flag("delivery_success")
	kinds := c.form.texts("types")
	return listed(c, c.a.events, "/v1/events", "event", func(e *event) int64 { return e.Created }, func(e *event) bool {
		if success != "" && (e.Pending > 0) != failed {
			return false
		}
		if len(kinds) > 0 && !slices.Contains(kinds, e.Type) {
			return false
		}
		prefix, wild := strings.CutSuffix(kind, "*")
		return kind == "" || e.Type == kind || (wild && strings.HasPrefix(e.Type, prefix))
	})
}

func getEvent(c *call) (any, *apiError) {
	if e := c.a.events.get(c.id("id")); e != nil {
		return e, nil
	}
	return nil, missing("event", c.id("id"))
}

func createEndpoint(c *call) (any, *apiError) {
	f := c.form
	ep := &endpoint{endpointObject: endpointObject{
		Object: "webhook_endpoint", APIVersion: maybe(f.text("api_version")), Created: unix(c.s.moment),
		Description: maybe(f.text("description")), Events: f.texts("enabled_events"), Metadata: f.pairs("metadata"),
		Status: "enabled", URL: f.text("url"),
	}, Connect: f.flag("connect")}
	switch u, err := url.Parse(ep.URL); {
	case *f.problem != nil:
		return nil, *f.problem
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		return nil, invalid("url_invalid", "url", "Invalid URL: An explicit scheme (such as https) must be provided.")
	case len(ep.Events) == 0:
		return nil, invalid("parameter_missing", "enabled_events", "Missing required param: enabled_events.")
	case ep.APIVersion != "" && ep.APIVersion != APIVersion:
		return nil, notSimulated("api_version", "other versions of events than "+APIVersion)
	case len(c.a.endpoints.rows) >= 16:
		return nil, invalid("", "", "You have reached the maximum of 16 test webhook endpoints.")
	}
	ep.ID = c.s.newID(c.a, "we")
	ep.Key = "whsec_" + c.s.letters(32, "endpoint", ep.ID)
	c.a.endpoints.put(ep.ID, ep)
	told := ep.endpointObject
	told.Secret = ep.Key // shown once
	return told, nil
}

func listEndpoints(c *call) (any, *apiError) {
	return listed(c, c.a.endpoints, "/v1/webhook_endpoints", "webhook endpoint", func(e *endpoint) int64 { return e.Created }, nil)
}

func getEndpoint(c *call) (any, *apiError) {
	if ep := c.a.endpoints.get(c.id("id")); ep != nil {
		return ep, nil
	}
	return nil, missing("webhook endpoint", c.id("id"))
}

func deleteEndpoint(c *call) (any, *apiError) {
	id := c.id("id")
	if c.a.endpoints.get(id) == nil {
		return nil, missing("webhook endpoint", id)
	}
	c.s.removeEndpoint(c.a, id)
	return map[string]any{"id": id, "object": "webhook_endpoint", "deleted": true}, nil
}

// removeEndpoint takes an endpoint away, and from the events what waits for it.
func (s *Sim) removeEndpoint(owner *account, id string) {
	owner.endpoints.drop(id)
	for _, one := range s.order {
		a := s.accounts[one]
		for _, d := range a.deliveries.newest() {
			if row := a.deliveries.get(d); row.Endpoint == id {
				s.settleDelivery(a, row)
			}
		}
	}
}

// settleDelivery ends a delivery.
func (s *Sim) settleDelivery(a *account, d *delivery) {
	a.deliveries.drop(d.ID)
	if ev := a.events.get(d.Event); ev != nil {
		ev.Pending--
		a.events.put(ev.ID, ev)
	}
}

// registerWebhooks makes the endpoints of Options.Webhooks what they now are. An
// endpoint that was there before keeps its id, and so what waits for it.
func (s *Sim) registerWebhooks(a *account) {
	wanted := map[string]bool{}
	for i, e := range s.options.Webhooks {
		if e.Secret == "" {
			e.Secret = "whsec_" + s.letters(32, "webhook", itoa(i))
		}
		id := "we_" + s.letters(24, "webhook", itoa(i))
		wanted[id] = true
		s.putEndpoint(a, id, e)
	}
	for _, id := range a.endpoints.newest() {
		if ep := a.endpoints.get(id); ep.Description == fromOptions && !wanted[id] {
			s.removeEndpoint(a, id)
		}
	}
}

// fromOptions marks the endpoints that the program, and not a request, asked for.
const fromOptions = "Given when the simulator was started"

func (s *Sim) putEndpoint(a *account, id string, e Endpoint) {
	if len(e.Events) == 0 {
		e.Events = []string{"*"}
	}
	created := unix(s.moment)
	if old := a.endpoints.get(id); old != nil {
		created = old.Created
	}
	a.endpoints.put(id, &endpoint{endpointObject: endpointObject{
		ID: id, Object: "webhook_endpoint", APIVersion: APIVersion, Created: created, Description: fromOptions,
		Events: e.Events, Metadata: map[string]string{}, Status: "enabled", URL: e.URL,
	}, Key: e.Secret, Connect: e.Connect})
}

// AddWebhook has events of an account ("" is the simulator's own) sent to one
// more address from now on, and returns the secret that signs them.
func (s *Sim) AddWebhook(account string, e Endpoint) (secret string, err error) {
	defer s.enter()()
	a, err := s.known(account)
	if err != nil {
		return "", err
	}
	id := s.newID(a, "we")
	if e.Secret == "" {
		e.Secret = "whsec_" + s.letters(32, "endpoint", id)
	}
	s.putEndpoint(a, id, e)
	added := a.endpoints.get(id)
	added.Description = "Added while the simulator runs"
	return e.Secret, nil
}
