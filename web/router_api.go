package web

import (
	"github.com/gin-gonic/gin"

	"urna/auth"
)

func (s *server) apiRoutes(r apiRoutes) {
	a := s.api
	administrator, official := s.only(auth.Administrator), s.only(auth.Official)
	everyone, reader := s.only(auth.Administrator, auth.Official, auth.Observer), s.only(auth.Administrator, auth.Observer)

	r.Public("/openapi.json", a.OpenAPI)
	r.GET("/docs", shared, a.Docs)
	r.POST("/tokens", a.TokensCreate)
	r.POST("/tokens/refresh", a.TokensRefresh)
	r.DELETE("/tokens", everyone, a.TokensRevoke)
	r.GET("/me", everyone, a.Me)

	r.GET("/users", administrator, a.Users)
	r.POST("/users", administrator, a.UserCreate)
	r.GET("/users/:id", administrator, a.User)
	r.PATCH("/users/:id", administrator, a.UserChange)
	r.Taking("reason").DELETE("/users/:id", administrator, a.UserDelete)
	r.GET("/approvals", administrator, a.Approvals)
	r.GET("/approvals/:id", administrator, a.Approval)
	r.POST("/approvals/:id", administrator, a.ApprovalDecide)
	r.GET("/audit-events", reader, a.AuditEvents)
	r.GET("/backups", administrator, a.Backups)
	r.POST("/backups", administrator, a.BackupNow)
	r.Public("/log", a.Log)
	r.POST("/witnesses", administrator, a.WitnessRegister)
	r.DELETE("/witnesses/:id", administrator, a.WitnessRemove)
	r.GET("/participants", administrator, a.Participants)
	r.POST("/participants", administrator, a.ParticipantCreate)
	r.GET("/participants/:id", administrator, a.Participant)
	r.PATCH("/participants/:id", administrator, a.ParticipantChange)
	r.DELETE("/participants/:id", administrator, a.ParticipantDelete)

	r.Public("/elections", a.Elections)
	r.POST("/elections", administrator, a.ElectionCreate)
	r.Public("/elections/:id", a.Election)
	r.PATCH("/elections/:id", administrator, a.ElectionChange)
	r.DELETE("/elections/:id", administrator, a.ElectionDelete)
	r.POST("/elections/:id/publication", administrator, a.ElectionPublish)
	r.POST("/elections/:id/withdrawal", administrator, a.ElectionWithdraw)
	r.Public("/elections/:id/amendments", a.Amendments)
	s.stationCalls(r, administrator)
	r.Public("/elections/:id/results", a.Results)
	r.Public("/elections/:id/results.csv", a.ResultsCSV)
	r.Public("/elections/:id/constituencies.csv", a.ConstituenciesCSV)
	r.Public("/elections/:id/turnout", a.Turnout)
	r.Public("/elections/:id/turnout.csv", a.TurnoutCSV)
	r.POST("/elections/:id/stations/:station/turnout", official, a.StationTurnoutCreate)
	r.POST("/elections/:id/constituencies/:constituency/turnout", official, a.ConstituencyTurnoutCreate)
	r.Public("/elections/:id/stations", a.Stations)
	r.Public("/elections/:id/stations.csv", a.StationsCSV)
	r.Public("/elections/:id/bundle.zip", a.Bundle)
	r.GET("/elections/:id/bundle-full.zip", administrator, a.BundleFull)
	r.Public("/elections/:id/lots", a.Lots)
	r.POST("/elections/:id/lots", administrator, a.LotCreate)
	r.Public("/elections/:id/lot-seed", a.LotValues)
	r.POST("/elections/:id/lot-seed", administrator, a.LotSeedCommit)
	r.POST("/elections/:id/lot-seed/revelation", administrator, a.LotSeedReveal)
	r.GET("/elections/:id/certification", reader, a.Certification)
	r.POST("/elections/:id/certification", administrator, a.Certify)
	r.POST("/elections/:id/second-round", administrator, a.SecondRoundCreate)
	r.GET("/elections/:id/batches", everyone, a.ElectionBatches)
	r.Taking("constituency_id", "station_id", "dry_run", "again", "file_name", "reason").POST("/elections/:id/batches", official, s.limitUploads, a.BatchCreate)
	s.protocolCalls(r, everyone, administrator)
	r.Public("/elections/:id/map", a.Map)
	r.Taking("property", "source", "dry_run").PUT("/elections/:id/map", administrator, a.MapChange)
	r.DELETE("/elections/:id/map", administrator, a.MapRemove)
	s.voterCalls(r, administrator)
	s.batchCalls(r, everyone, administrator)
}

// stationCalls are the calls of administrators about polling stations, and those about corrections of certified ones.
func (s *server) stationCalls(r apiRoutes, administrator gin.HandlerFunc) {
	a := s.api

	r.GET("/elections/:id/stations/:station", administrator, a.Station)
	r.POST("/elections/:id/stations/:station/closure", administrator, a.StationClose)
	r.POST("/elections/:id/stations/:station/annulment", administrator, a.StationAnnul)
	r.POST("/elections/:id/stations/:station/reopening", administrator, a.StationReopen)
	r.Public("/elections/:id/corrections", a.Corrections)
	r.POST("/elections/:id/corrections", administrator, a.CorrectionOpen)
	r.POST("/elections/:id/corrections/:number/end", administrator, a.CorrectionEnd)
}

// voterCalls are the calls about what voters are told, and their keys.
func (s *server) voterCalls(r apiRoutes, administrator gin.HandlerFunc) {
	a := s.api

	r.GET("/elections/:id/voter-information", administrator, a.VoterInformation)
	r.PUT("/elections/:id/voter-information", administrator, a.VoterInformationChange)
	r.GET("/elections/:id/voter-keys", administrator, a.VoterKeys)
	r.Taking("approval", "reason", "seal_to").POST("/elections/:id/voter-keys", administrator, a.VoterKeysCreate)
	r.POST("/elections/:id/voter-keys/revocations", administrator, a.VoterKeyRevoke)
	r.POST("/elections/:id/voter-keys/withdrawals", administrator, a.VoterKeysWithdraw)
}

func (s *server) batchCalls(r apiRoutes, everyone, administrator gin.HandlerFunc) {
	a := s.api
	r.GET("/batches/:id", everyone, a.Batch)
	r.GET("/batches/:id/invalid", everyone, a.BatchInvalid)
	r.POST("/batches/:id/retraction", administrator, a.BatchRetract)
	r.POST("/batches/:id/restoration", administrator, a.BatchRestore)
}

// protocolCalls are those of the protocols of polling stations.
func (s *server) protocolCalls(r apiRoutes, everyone, administrator gin.HandlerFunc) {
	a, signedIn := s.api, s.only(auth.Administrator, auth.Official)
	const station = "/elections/:id/stations/:station"
	r.POST(station+"/protocol-entries", signedIn, a.ProtocolEntryCreate)
	r.GET(station+"/protocol", everyone, a.Protocol)
	r.POST(station+"/protocol/settlement", signedIn, a.ProtocolSettle)
	r.POST(station+"/protocol/explanations", signedIn, a.ProtocolExplain)
	r.POST(station+"/protocol/scans", signedIn, a.ProtocolScanCreate)
	r.POST(station+"/protocol/retraction", administrator, a.ProtocolRetract)
	r.POST(station+"/protocol/restoration", administrator, a.ProtocolRestore)
	r.POST(station+"/protocol/reopening", administrator, a.ProtocolReopen)
	r.Taking("dry_run").POST("/elections/:id/protocols", signedIn, a.ProtocolsCreate)
}
