package app_test

// basis is how the deeds of a figure come together.
type basis int

const (
	sum      basis = iota // amounts, or the deeds themselves
	level                 // what was last said of each object
	distinct              // the different objects in a field
	first                 // of deeds that name the same, the first
)

// meaning says in the words of the records what a figure is: which kind, which field of it, under which condition, and how
// many of the field's steps make one of the figure's unit. A figure may have several. It repeats the catalog on purpose.
type meaning struct {
	code  string
	basis basis
	kind  string
	field string // "" counts
	where string // a field that must be …
	is    string // … this
	steps int64
}

const (
	tonne = 1_000_000 // of grams
	km    = 1_000_000 // of millimetres
	yuan  = 100       // of fen
	hour  = 3_600_000 // of milliseconds
	mu    = 200_000   // of thirds of a square decimetre
)

// meanings covers every counted figure but the ratio, which is one of them by another.
func meanings() []meaning {
	return []meaning{
		{"campaign.traffic_leaflets", sum, "campaign.session", "leaflets", "campaign", "traffic", 1},
		{"campaign.traffic_consultations", sum, "campaign.session", "questions", "campaign", "traffic", 1},
		{"campaign.insurance_teams", level, "register.campaign_team", "", "campaign", "insurance", 1},
		{"campaign.insurance_leaflets", sum, "campaign.session", "leaflets", "campaign", "insurance", 1},
		{"campaign.insurance_posters", sum, "campaign.session", "posters", "campaign", "insurance", 1},
		{"campaign.insurance_reached", sum, "campaign.session", "reached", "campaign", "insurance", 1},
		{"campaign.insurance_helped", sum, "campaign.session", "helped", "campaign", "insurance", 1},
		{"campaign.sessions", sum, "campaign.session", "", "", "", 1},

		{"clean.ditch_cleared", sum, "clean.ditch", "length", "", "", km},
		{"clean.courtyards", sum, "clean.courtyard", "", "", "", 1},
		{"clean.courtyard_households", distinct, "clean.courtyard", "household", "", "", 1},
		{"clean.people_organised", sum, "clean.sweep", "people", "", "", 1},
		{"clean.machines_used", sum, "clean.sweep", "machines", "", "", 1},
		{"clean.sweeps", sum, "clean.sweep", "", "", "", 1},
		{"clean.piles_tidied", sum, "clean.pile", "", "", "", 1},
		{"clean.domestic_waste", sum, "waste.load", "mass", "category", "domestic", tonne},
		{"clean.farm_waste", sum, "waste.load", "mass", "category", "farm", tonne},
		{"clean.waste_carted", sum, "waste.load", "mass", "", "", tonne},

		{"drone.sorties", sum, "drone.sortie", "", "", "", 1},
		{"drone.distance", sum, "drone.sortie", "distance", "", "", km},
		{"drone.airtime", sum, "drone.sortie", "airtime", "", "", hour},
		{"drone.findings", sum, "drone.sortie", "findings", "", "", 1},

		{"event.skills_courses", sum, "event.course", "", "audience", "disabled", 1},
		{"event.senior_tournaments", sum, "event.tournament", "", "audience", "senior", 1},
		{"event.cycling_opens", sum, "event.open", "", "sport", "cycling", 1},
		{"event.constitution_outreach", sum, "event.outreach", "", "topic", "constitution", 1},
		{"event.entrants", sum, "event.tournament", "entrants", "", "", 1},
		{"event.entrants", sum, "event.open", "entrants", "", "", 1},

		{"forest.afforested", sum, "forest.afforestation", "area", "", "", mu},
		{"forest.understorey_chickens", level, "register.flock", "birds", "species", "chicken", 1},
		{"forest.demonstration_plots", level, "register.forest_plot", "", "class", "demonstration", 1},
		{"forest.trees_planted", sum, "forest.planting", "trees", "", "", 1},
		{"forest.party_participations", sum, "forest.planting", "party", "", "", 1},
		{"forest.public_participations", sum, "forest.planting", "public", "", "", 1},
		{"forest.participations", sum, "forest.planting", "party", "", "", 1},
		{"forest.participations", sum, "forest.planting", "public", "", "", 1},
		{"forest.patrols", sum, "forest.patrol", "", "", "", 1},

		{"grid.grids", level, "register.grid", "", "", "", 1},
		{"grid.visits", sum, "grid.visit", "", "", "", 1},
		{"grid.households_visited", sum, "grid.visit", "households", "", "", 1},

		{"manure.reward_paid", sum, "manure.reward", "amount", "", "", yuan},
		{"manure.households_rewarded", distinct, "manure.reward", "household", "", "", 1},
		{"manure.households_guided", distinct, "manure.guidance", "household", "", "", 1},
		{"manure.guidance_visits", sum, "manure.guidance", "", "", "", 1},
		{"manure.deer", level, "register.herd", "heads", "species", "deer", 1},
		{"manure.cattle", level, "register.herd", "heads", "species", "cattle", 1},
		{"manure.pigs", level, "register.herd", "heads", "species", "pig", 1},
		{"manure.to_fields", sum, "manure.move", "mass", "to", "field", tonne},
		{"manure.to_buyers", sum, "manure.move", "mass", "to", "buyer", tonne},
		{"manure.point_checks", sum, "manure.point_check", "", "", "", 1},

		{"party.study_sessions", sum, "party.study", "", "theme", "ecology", 1},
		{"party.research_reports", sum, "party.report", "", "", "", 1},
		{"party.symposia", sum, "party.symposium", "", "", "", 1},
		{"party.symposium_problems", sum, "party.symposium", "raised", "", "", 1},
		{"party.village_branches", level, "register.branch", "", "class", "village", 1},
		{"party.theme_days_on_river", sum, "party.theme_day", "", "theme", "river", 1},
		{"party.theme_days", sum, "party.theme_day", "", "", "", 1},
		{"party.theme_day_attendance", sum, "party.theme_day", "attendance", "", "", 1},
		{"party.first_topics", sum, "party.first_topic", "", "", "", 1},
		{"party.school_lessons", sum, "party.lesson", "", "", "", 1},

		{"place.village_committees", level, "register.unit", "", "class", "village", 1},
		{"place.posts_held", level, "register.post", "", "", "", 1},
		{"place.residents", level, "register.residents", "people", "", "", 1},
		{"place.households", level, "register.household", "", "", "", 1},

		{"river.main_rivers", level, "register.river", "", "class", "main", 1},
		{"river.tributaries", level, "register.river", "", "class", "tributary", 1},
		{"river.watercourses", level, "register.river", "", "", "", 1},
		{"river.network_length", level, "register.river", "length", "", "", km},
		{"river.patrols", sum, "river.patrol", "", "", "", 1},
		{"river.length_patrolled", sum, "river.patrol", "length", "", "", km},
		{"river.clearing_operations", sum, "river.operation", "", "", "", 1},
		{"river.length_cleared", sum, "river.clearing", "length", "", "", km},
		{"river.problems_found", sum, "river.problem_found", "", "", "", 1},
		{"river.problems_rectified", first, "river.problem_closed", "problem", "", "", 1},
	}
}
