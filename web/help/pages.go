package help

import "strings"

// places say where each page is explained, by the pattern of its route. A route that is not in it, such as one that a form is
// sent to, is explained where the nearest page above it is.
//
//nolint:gochecknoglobals // a table, never written
var places = map[string]string{
	// For everybody.
	"/":                                   HowThisWorks + "#counting",
	"/elections/:election":                HowThisWorks + "#provisional",
	"/elections/:election/constituencies": HowThisWorks + "#provisional",
	"/elections/:election/constituencies/:constituency": HowThisWorks + "#provisional",
	"/elections/:election/wall":                         HowThisWorks + "#provisional",
	"/elections/:election/seats":                        HowThisWorks + "#seats",
	"/elections/:election/turnout":                      HowThisWorks + "#turnout",
	"/elections/:election/stations":                     HowThisWorks + "#stations",
	"/elections/:election/stations/:station":            HowThisWorks + "#stations",
	"/elections/:election/amendments":                   HowThisWorks + "#changes",
	"/elections/:election/corrections":                  HowThisWorks + "#changes",
	"/elections/:election/bundle.zip":                   HowThisWorks + "#check",
	"/log":                                              HowThisWorks + "#log",
	"/vote/:election":                                   Voters + "#vote",

	// For accounts.
	"/login":                 Officials + "#sign-in",
	"/login/code":            Officials + "#second-factor",
	"/account":               Officials + "#account",
	"/account/password":      Officials + "#account",
	"/account/second-factor": Officials + "#second-factor",

	// For officials.
	"/official":                                    Officials + "#work",
	"/official/elections/:election":                Officials + "#upload",
	"/official/elections/:election/turnout":        Officials + "#turnout",
	"/official/elections/:election/turnout/:place": Officials + "#turnout",
	"/official/uploads/:upload/comparison":         Officials + "#compare",
	"/official/uploads":                            Officials + "#confirm",
	"/official/uploads/watch":                      Officials + "#confirm",
	"/official/watch":                              Officials + "#work",
	"/batches/:batch/watch":                        Officials + "#batch",
	"/batches/:batch":                              Officials + "#batch",
	"/protocols/:election":                         Officials + "#protocols",
	"/protocols/:election/list":                    Officials + "#protocols-list",
	"/stations/:station/protocol":                  Officials + "#protocol",

	"/observer": Administrators + "#observers",

	// For administrators.
	"/setup/:secret":                                Administrators + "#begin",
	"/admin":                                        Administrators + "#begin",
	"/admin/users":                                  Administrators + "#users",
	"/admin/users/new":                              Administrators + "#users",
	"/admin/users/:user":                            Administrators + "#users",
	"/admin/users/:user/places":                     Administrators + "#places",
	"/admin/participants":                           Administrators + "#participants",
	"/admin/participants/new":                       Administrators + "#participants",
	"/admin/participants/list":                      Administrators + "#participants",
	"/admin/participants/:participant":              Administrators + "#participants",
	"/admin/elections":                              Administrators + "#election",
	"/admin/elections/new":                          Administrators + "#election",
	"/admin/elections/:election":                    Administrators + "#election",
	"/admin/elections/:election/edit":               Administrators + "#election",
	"/admin/elections/:election/edit/:step":         Administrators + "#election",
	"/admin/elections/:election/rules":              Administrators + "#election",
	"/admin/elections/:election/constituencies":     Administrators + "#constituencies",
	"/admin/elections/:election/map":                Administrators + "#map",
	"/admin/elections/:election/candidacies":        Administrators + "#participants",
	"/admin/elections/:election/incoming":           Administrators + "#batches",
	"/admin/elections/:election/ties":               Administrators + "#certification",
	"/admin/elections/:election/documents":          Administrators + "#certification",
	"/admin/elections/:election/history":            Administrators + "#audit",
	"/admin/elections/:election/list":               Administrators + "#constituencies",
	"/admin/elections/:election/publication":        Administrators + "#publish",
	"/admin/elections/:election/withdrawal":         Administrators + "#withdraw",
	"/admin/elections/:election/declared":           Administrators + "#declared",
	"/admin/elections/:election/officials":          Administrators + "#places",
	"/admin/elections/:election/stations":           Administrators + "#stations",
	"/admin/elections/:election/stations/new":       Administrators + "#stations",
	"/admin/elections/:election/stations/list":      Administrators + "#stations",
	"/admin/elections/:election/stations/:station":  Administrators + "#stations",
	"/admin/elections/:election/registered":         Administrators + "#registered",
	"/admin/elections/:election/keys":               Administrators + "#keys",
	"/admin/elections/:election/information":        Administrators + "#letters",
	"/admin/elections/:election/keys/issues/:issue": Administrators + "#keys",
	"/admin/elections/:election/certification":      Administrators + "#certification",
	"/admin/elections/:election/corrections":        Administrators + "#corrections",
	"/admin/batches":                                Administrators + "#batches",
	"/admin/approvals":                              Administrators + "#approvals",
	"/admin/approvals/:approval":                    Administrators + "#approvals",
	"/admin/audit":                                  Administrators + "#audit",
	"/admin/witnesses":                              Administrators + "#witnesses",
	"/admin/backups":                                Administrators + "#backups",
	"/admin/clock":                                  Administrators + "#clock",
}

// Has reports whether the pages of a route have a place of their own.
func Has(route string) bool {
	_, ok := places[route]
	return ok
}

// For returns the address of the place that explains the pages of a route; "" for the handbook itself, and for routes without
// pages. A request without a route, whose answer says that nothing is there, is explained with other trouble.
func For(route string) string {
	if route == "" {
		return Base + "/" + Trouble + "#page"
	}
	for path := route; path != ""; path = path[:strings.LastIndex(path, "/")] {
		if place, ok := places[path]; ok {
			return Base + "/" + place
		}
	}
	return ""
}
