package web_test

import "maps"

// protocolAccess are the lines of the protocols of polling stations.
var protocolAccess = map[string]string{
	"GET /protocols/:election":                                           "administrator official observer",
	"GET /protocols/:election/list":                                      "administrator official",
	"POST /protocols/:election/list":                                     "administrator official",
	"GET /stations/:station/protocol":                                    "administrator official observer",
	"POST /stations/:station/protocol":                                   "administrator official",
	"POST /stations/:station/protocol/draft":                             "administrator official",
	"POST /stations/:station/protocol/settlement":                        "administrator official",
	"POST /stations/:station/protocol/explanations":                      "administrator official",
	"POST /stations/:station/protocol/scans":                             "administrator official",
	"GET /stations/:station/protocol/scans/:scan":                        "administrator official observer",
	"POST /stations/:station/protocol/retraction":                        "administrator",
	"POST /stations/:station/protocol/restoration":                       "administrator",
	"POST /stations/:station/protocol/reopening":                         "administrator",
	"POST /admin/elections/:election/coordinators":                       "administrator",
	"POST /admin/elections/:election/coordinators/:coordinator/removal":  "administrator",
	"POST /api/v1/elections/:id/stations/:station/protocol-entries":      "administrator official",
	"GET /api/v1/elections/:id/stations/:station/protocol":               "administrator official observer",
	"POST /api/v1/elections/:id/stations/:station/protocol/settlement":   "administrator official",
	"POST /api/v1/elections/:id/stations/:station/protocol/explanations": "administrator official",
	"POST /api/v1/elections/:id/stations/:station/protocol/scans":        "administrator official",
	"POST /api/v1/elections/:id/stations/:station/protocol/retraction":   "administrator",
	"POST /api/v1/elections/:id/stations/:station/protocol/restoration":  "administrator",
	"POST /api/v1/elections/:id/stations/:station/protocol/reopening":    "administrator",
	"POST /api/v1/elections/:id/protocols":                               "administrator official",
}

// both returns the lines of two tables.
func both(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}
