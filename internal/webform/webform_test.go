package webform_test

import (
	"net/url"
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	bookingv1 "lanyard/gen/lanyard/booking/v1"
	catalogv1 "lanyard/gen/lanyard/catalog/v1"
	policyv1 "lanyard/gen/lanyard/policy/v1"
	"lanyard/internal/fault"
	"lanyard/internal/webform"
)

func attendee() protoreflect.MessageDescriptor {
	return (&bookingv1.AttendeeDetails{}).ProtoReflect().Descriptor()
}

func render(t *testing.T, md protoreflect.MessageDescriptor, f webform.Form) string {
	t.Helper()
	html, err := webform.Render(md, f)
	if err != nil {
		t.Fatal(err)
	}
	return string(html)
}

func wantParts(t *testing.T, html string, parts ...string) {
	t.Helper()
	flat := strings.Join(strings.Fields(html), " ")
	for _, p := range parts {
		if !strings.Contains(flat, p) {
			t.Errorf("the form lacks %s in\n%s", p, flat)
		}
	}
}

func TestRender_ShowsWhatTheContractSays(t *testing.T) {
	t.Parallel()
	html := render(t, attendee(), webform.Form{Prefix: "attendees[0]"})
	wantParts(t, html,
		`<label class="field__label" for="attendees-0-name">Full name&nbsp;<span class="field__mark" aria-hidden="true">*</span></label>`,
		`<input class="input" id="attendees-0-name" name="attendees[0].name" type="text" autocomplete="name" required maxlength="200"`,
		`name="attendees[0].email" type="text" autocapitalize="none" spellcheck="false" inputmode="email" autocomplete="email" required maxlength="254"`,
		`data-need="Enter your full name" data-fit="Full name contains a line break or another character that cannot be used here"`,
		`<fieldset class="field" data-need="Choose academic, business or clinical">`,
		`<p class="field__help" id="attendees-0-email-help">Your confirmation and calendar invite go here.</p>`,
		`aria-describedby="attendees-0-email-help"`,
		`Organisation <span class="field__optional">(optional)</span>`,
		`<div class="choices choices--cards">`,
		`<input type="radio" id="attendees-0-segment" name="attendees[0].segment" value="SEGMENT_ACADEMIC" required>`,
		`<span class="choice__title">Clinical</span><span class="choice__help">NHS, other health and care</span>`,
		`<input type="hidden" id="attendees-0-timezone" name="attendees[0].timezone" value="" data-time-zone>`,
	)
	if strings.Contains(html, "SEGMENT_UNSPECIFIED") || strings.Contains(html, "answers") {
		t.Error("the form offers a value that is none, or a field that somebody else renders")
	}
}

func TestRender_KeepsWhatWasTypedAndSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	f := webform.Form{
		Prefix: "attendee", Whose: "the new person's",
		Labels: map[string]string{"segment": "They are"}, Helps: map[string]string{"email": "Theirs."},
		Values: url.Values{
			"attendee.email":   {`"><script>alert(1)</script>`},
			"attendee.segment": {"SEGMENT_BUSINESS"},
		},
		Violations: []fault.Field{
			{Path: "attendee.name", Rule: "required", Message: "value is required"},
			{Path: "attendee.email", Rule: "string.pattern", Message: "does not match"},
		},
	}
	html := render(t, attendee(), f)
	wantParts(t, html,
		`<div class="field field--invalid">`,
		`They are&nbsp;<span`, `id="attendee-email-help">Theirs.</p>`, `autocomplete="off"`,
		`<p class="field__error" id="attendee-name-error">Enter the new person&#39;s full name</p>`,
		`aria-invalid="true" aria-describedby="attendee-email-help attendee-email-error"`,
		`value="SEGMENT_BUSINESS" checked`,
		`value="&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"`,
	)
	if strings.Contains(html, "<script>") {
		t.Error("what was typed became markup")
	}
	want := []webform.Problem{
		{ID: "attendee-name", Text: "Enter the new person's full name"},
		{ID: "attendee-email", Text: "Enter an e-mail address such as name@example.org"},
	}
	if diff := cmp.Diff(want, webform.Summary(attendee(), f)); diff != "" {
		t.Error(diff)
	}
}

// TestRender_ANewFieldNeedsNoGo builds a contract at run time, as a later
// version of the real one would be, and sees its new fields on the page and in
// the message.
func TestRender_ANewFieldNeedsNoGo(t *testing.T) {
	t.Parallel()
	md := newerContract(t)
	html := render(t, md, webform.Form{Values: url.Values{"staff": {"abc"}}})
	wantParts(t, html,
		`<h3 class="form__title" id="section0">Your company</h3>`,
		`<input class="input" id="vat" name="vat" type="text" maxlength="12" pattern="GB[0-9]&#43;" placeholder="GB123456789" data-fit="VAT number has characters or a form that cannot be used here"`,
		`<input class="input input--short" id="staff" name="staff" type="number" inputmode="numeric" required min="1" max="500" step="1" data-need="Enter your people" data-fit="People must be from 1 to 500" value="abc">`,
		`<textarea class="input" id="story" name="story" rows="4">`,
		`data-show-if="{&#34;question&#34;:&#34;news&#34;,&#34;equals&#34;:[&#34;true&#34;]}" hidden`,
		`<input type="checkbox" id="news" name="news" value="true"`,
	)
	msg := dynamicpb.NewMessage(md)
	bad := webform.Parse(url.Values{"vat": {"GB1"}, "staff": {"12"}, "news": {"true"}, "story": {"a\r\nb"}, "unknown": {"x"}}, "", msg)
	if len(bad) != 0 {
		t.Fatalf("parse: %v", bad)
	}
	got := map[string]string{}
	msg.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		got[string(fd.Name())] = v.String()
		return true
	})
	if diff := cmp.Diff(map[string]string{"vat": "GB1", "staff": "12", "news": "true", "story": "a\nb"}, got); diff != "" {
		t.Error(diff)
	}
}

func newerContract(t *testing.T) protoreflect.MessageDescriptor {
	t.Helper()
	field := func(n int32, name string, kind descriptorpb.FieldDescriptorProto_Type, ui *policyv1.Field, rules *validate.FieldRules) *descriptorpb.FieldDescriptorProto {
		o := &descriptorpb.FieldOptions{}
		proto.SetExtension(o, policyv1.E_Field, ui)
		if rules != nil {
			proto.SetExtension(o, validate.E_Field, rules)
		}
		return &descriptorpb.FieldDescriptorProto{
			Name: proto.String(name), Number: proto.Int32(n), Type: kind.Enum(), Options: o,
			Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
		}
	}
	str, num, yes := descriptorpb.FieldDescriptorProto_TYPE_STRING, descriptorpb.FieldDescriptorProto_TYPE_INT32, descriptorpb.FieldDescriptorProto_TYPE_BOOL
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("newer.proto"), Package: proto.String("newer"), Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String("Newer"), Field: []*descriptorpb.FieldDescriptorProto{
			field(1, "vat", str, &policyv1.Field{Label: "VAT number", Section: "Your company", Placeholder: "GB123456789"},
				&validate.FieldRules{Type: &validate.FieldRules_String_{String_: &validate.StringRules{MaxLen: proto.Uint64(12), Pattern: proto.String("^GB[0-9]+$")}}}),
			field(2, "staff", num, &policyv1.Field{Label: "People", Section: "Your company"},
				&validate.FieldRules{Required: proto.Bool(true), Type: &validate.FieldRules_Int32{Int32: &validate.Int32Rules{
					GreaterThan: &validate.Int32Rules_Gte{Gte: 1}, LessThan: &validate.Int32Rules_Lte{Lte: 500}}}}),
			field(3, "news", yes, &policyv1.Field{Label: "Send me news", Section: "News"}, nil),
			field(4, "story", str, &policyv1.Field{Label: "Story", Section: "News", Widget: policyv1.Widget_WIDGET_TEXTAREA, ShowIf: "news=true"}, nil),
		}}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return file.Messages().Get(0)
}

func TestRender_ARequestWithAListOfPeopleAndAnEventEditor(t *testing.T) {
	t.Parallel()
	order := (&bookingv1.PlaceOrderRequest{}).ProtoReflect().Descriptor()
	html := render(t, order, webform.Form{Values: url.Values{"attendees[0].name": {"A"}, "attendees[1].name": {"B"}, "request_id": {"r"}}})
	wantParts(t, html, `name="attendees[1].name"`, `<input type="hidden" id="request_id" name="request_id" value="r">`)
	if strings.Contains(html, "attendees[2]") {
		t.Error("there is a third attendee")
	}
	details := (&catalogv1.EventDetails{}).ProtoReflect().Descriptor()
	html = render(t, details, webform.Form{Prefix: "details", Values: url.Values{"details.mode": {"EVENT_MODE_ONLINE"}}})
	wantParts(t, html, `name="details.venue"`, `&#34;question&#34;:&#34;details.mode&#34;`)
}

func TestValidate_SpeaksPlainly(t *testing.T) {
	t.Parallel()
	msg := &bookingv1.AttendeeDetails{
		Name: "Eve\r\nBcc: all@example.org", Email: "eve@localhost", Organisation: strings.Repeat("x", 10_000),
	}
	bad, err := webform.Validate(msg, "attendees[0]")
	if err != nil {
		t.Fatal(err)
	}
	got := webform.Summary(attendee(), webform.Form{Prefix: "attendees[0]", Violations: bad})
	want := []webform.Problem{
		{ID: "attendees-0-name", Text: "Full name contains a line break or another character that cannot be used here"},
		{ID: "attendees-0-email", Text: "Enter an e-mail address such as name@example.org"},
		{ID: "attendees-0-organisation", Text: "Organisation is too long: at most 200 characters fit"},
		{ID: "attendees-0-segment", Text: "Choose academic, business or clinical"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	bad, err = webform.Validate(&bookingv1.AttendeeDetails{}, "attendees[0]")
	if err != nil {
		t.Fatal(err)
	}
	got = webform.Summary(attendee(), webform.Form{Prefix: "attendees[0]", Violations: bad})
	want = []webform.Problem{
		{ID: "attendees-0-name", Text: "Enter your full name"},
		{ID: "attendees-0-email", Text: "Enter your e-mail address"},
		{ID: "attendees-0-segment", Text: "Choose academic, business or clinical"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRest_NamesWhatNoControlStandsFor(t *testing.T) {
	t.Parallel()
	shown := []webform.Problem{{ID: "attendees-0-name", Text: "Enter your full name"}}
	got := webform.Rest([]fault.Field{
		{Path: "attendees[0].name", Rule: "required"},
		{Path: "attendees", Rule: "repeated.attendees", Message: "names 3 people for 2 places"},
		{Path: "attendees", Rule: "repeated.attendees", Message: "names 3 people for 2 places"},
	}, shown)
	if diff := cmp.Diff([]webform.Problem{{Text: "The form names 3 people for 2 places"}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	name := func(s string) url.Values { return url.Values{"attendees[0].name": {s}} }
	for label, c := range map[string]struct {
		in   url.Values
		want *bookingv1.PlaceOrderRequest
		bad  []fault.Field
	}{
		"spaces around":          {in: name("  Siân O'Brien \t"), want: order("Siân O'Brien")},
		"line break inside":      {in: name("Eve\r\nBcc: x"), want: order("Eve\r\nBcc: x")}, // for the rules to refuse
		"emoji and quotes":       {in: name(`"Ana" 🦊 <b>`), want: order(`"Ana" 🦊 <b>`)},
		"no text":                {in: name("\xff\xfe"), want: order(""), bad: []fault.Field{{Path: "attendees[0].name", Rule: "string.utf8"}}},
		"unknown fields":         {in: url.Values{"price": {"0"}, "attendees[0].admin": {"true"}, "a[": {"x"}}, want: order("")},
		"a gap in the list":      {in: url.Values{"attendees[0].name": {"A"}, "attendees[7].name": {"B"}}, want: order("A")},
		"an absurd index":        {in: url.Values{"attendees[999999999].name": {"B"}}, want: &bookingv1.PlaceOrderRequest{}},
		"twice the same":         {in: url.Values{"attendees[0].name": {"A", "B"}}, want: order("A")},
		"a choice that is none":  {in: url.Values{"attendees[0].name": {"A"}, "attendees[0].segment": {"SEGMENT_MILITARY"}}, want: order("A"), bad: []fault.Field{{Path: "attendees[0].segment", Rule: "enum.defined_only"}}},
		"a list of choices":      {in: url.Values{"attendees[0].name": {"A"}, "attendees[0].answers": {"x"}}, want: order("A")},
		"nothing but white room": {in: url.Values{"request_id": {" "}}, want: &bookingv1.PlaceOrderRequest{}},
	} {
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			got := &bookingv1.PlaceOrderRequest{}
			bad := webform.Parse(c.in, "", got)
			for i := range bad {
				bad[i].Message = ""
			}
			if diff := cmp.Diff(c.bad, bad); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.want, got, protocmp.Transform()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func order(name string) *bookingv1.PlaceOrderRequest {
	return &bookingv1.PlaceOrderRequest{Attendees: []*bookingv1.AttendeeDetails{{Name: name}}}
}

func TestParse_WrongNumbersAreNamed(t *testing.T) {
	t.Parallel()
	for text, rule := range map[string]string{
		"3": "", " 3 ": "", "-1": "", "3.5": "number", "1e3": "number", "99999999999": "number", "three": "number", "٣": "number",
	} {
		bad := webform.Parse(url.Values{"quantity": {text}}, "", &bookingv1.HoldPlacesRequest{})
		got := ""
		if len(bad) > 0 {
			got = bad[0].Path + " " + bad[0].Rule
		}
		if want := strings.TrimSpace("quantity " + rule); rule != "" && got != want || rule == "" && got != "" {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("attendees[0].name=A&attendees[1].email=x%40y.z&attendees[0].segment=SEGMENT_BUSINESS&quantity=7")
	f.Add("attendees[199].name=A&attendees[-1].name=&attendees[0].answers[0].values=x&%00=%ff")
	f.Add("details.mode=EVENT_MODE_HYBRID&details.schedule.all_day=true&details.venue=%0d%0a")
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Skip()
		}
		for _, msg := range []proto.Message{&bookingv1.PlaceOrderRequest{}, &catalogv1.CreateEventRequest{}, &bookingv1.SaveFormRequest{}} {
			webform.Parse(values, "", msg)
			if _, err := proto.Marshal(msg); err != nil {
				t.Fatalf("the message cannot be sent: %v", err)
			}
			again := msg.ProtoReflect().New().Interface()
			if bad := webform.Parse(webform.Values("", msg), "", again); len(bad) > 0 {
				t.Fatalf("its own values do not fit: %v", bad)
			}
			if _, err := webform.Render(msg.ProtoReflect().Descriptor(), webform.Form{Values: values}); err != nil {
				t.Fatal(err)
			}
		}
	})
}
