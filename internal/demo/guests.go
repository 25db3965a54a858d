package demo

import "lanyard/internal/booking"

// guests are made-up people; their names show what names look like.
var guests = []booking.Attendee{
	{Name: "Siân O'Brien", Email: "sian.obrien@trust.example", Organisation: "Derwent NHS Trust", Segment: booking.SegmentClinical},
	{Name: "Łukasz Wójcik", Email: "lukasz@biotools.example", Organisation: "Biotools", Segment: booking.SegmentBusiness, Timezone: "Europe/Warsaw"},
	{Name: "Ελένη Παπαδοπούλου", Email: "eleni@university.example", Organisation: "University of the Midlands", Segment: booking.SegmentAcademic},
	{Name: "Adaeze Nwosu", Email: "adaeze@heartline.example", Organisation: "Heartline", Segment: booking.SegmentBusiness},
	{Name: "José García Márquez", Email: "jose@medidata.example", Organisation: "Medidata Iberia", Segment: booking.SegmentBusiness, Timezone: "Europe/Madrid"},
	{Name: "李慧", Email: "li.hui@institute.example", Organisation: "Institute of Imaging", Segment: booking.SegmentAcademic, Timezone: "Asia/Shanghai"},
	{Name: "Priya Raman", Email: "priya@infirmary.example", Organisation: "Royal Infirmary", Segment: booking.SegmentClinical},
	{Name: "Tom Ashworth", Email: "tom@ashworth.example", Organisation: "Ashworth Devices", Segment: booking.SegmentBusiness},
	{Name: "Zoë van der Berg", Email: "zoe@gp.example", Organisation: "Riverside Surgery", Segment: booking.SegmentClinical},
	{Name: "محمد الفارسي", Email: "mohammed@clinic.example", Organisation: "Gulf Clinics", Segment: booking.SegmentClinical, Timezone: "Asia/Dubai"},
	{Name: "Hannah Whitfield", Email: "hannah@university.example", Organisation: "University of the Midlands", Segment: booking.SegmentAcademic},
	{Name: "Mateusz Kowalski", Email: "mateusz@sensors.example", Organisation: "Sensors & Sons", Segment: booking.SegmentBusiness},
	{Name: "Grace Mensah", Email: "grace@trust.example", Organisation: "Derwent NHS Trust", Segment: booking.SegmentClinical},
	{Name: "Björn Ström", Email: "bjorn@nordic.example", Organisation: "Nordic Diagnostics", Segment: booking.SegmentBusiness, Timezone: "Europe/Stockholm"},
	{Name: "Amelia Clarke", Email: "amelia@catapult.example", Organisation: "MedTech Catapult", Segment: booking.SegmentBusiness},
	{Name: "Dr Yusuf Demir", Email: "yusuf@hospital.example", Organisation: "City Hospital", Segment: booking.SegmentClinical},
	{Name: "Ngozi Adeyemi-Smith", Email: "ngozi@university.example", Organisation: "University of the Midlands", Segment: booking.SegmentAcademic},
	{Name: "Kateřina Dvořáková", Email: "katerina@pharma.example", Organisation: "Pharma Bohemia", Segment: booking.SegmentBusiness, Timezone: "Europe/Prague"},
	{Name: "Ewan MacLeod", Email: "ewan@highland.example", Organisation: "Highland Health", Segment: booking.SegmentClinical},
	{Name: "Sofia Rossi", Email: "sofia@orthotech.example", Organisation: "Orthotech", Segment: booking.SegmentBusiness, Timezone: "Europe/Rome"},
	{Name: "Rajesh Patel", Email: "rajesh@pharmacy.example", Organisation: "Community Pharmacy Group", Segment: booking.SegmentClinical},
	{Name: "Charlotte Dubois", Email: "charlotte@investors.example", Organisation: "Dubois Ventures", Segment: booking.SegmentBusiness, Timezone: "Europe/Paris"},
	{Name: "Ian Fletcher-Jones", Email: "ian@council.example", Organisation: "County Council", Segment: booking.SegmentClinical},
}

// ideas are the innovations that guests apply with: a name and what it does.
var ideas = [][2]string{
	{"GlucoPatch", "A patch that warns people with type 2 diabetes an hour before their sugar falls too low."},
	{"StepSure", "An insole that notices a changed gait in older people and calls the falls team."},
	{"ClearScan", "Software that sorts chest images by urgency, so that the sickest are read first."},
	{"QuietHeart", "A home sensor that hears heart failure coming from the sound of breathing at night."},
	{"InkStop", "A dressing that changes colour when a wound becomes infected."},
}
