package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"urna/assets"
	"urna/auth"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/api"
	"urna/web/epms"
	"urna/web/respond"
)

// votePath is where programs vote.
const votePath = "/vote"

// errNotFound is the refusal for a path that does not exist.
var errNotFound = problem.New(problem.NotFound, "not-found", messages.RefusalNotFound())

// errNoMethod is the refusal for a method that the path does not have.
var errNoMethod = problem.New(problem.NotAllowed, "method-not-allowed", messages.RefusalMethodNotAllowed())

// router returns every route on a line of its own, with who may use it.
func (s *server) router() *gin.Engine {
	r := s.engine()
	root := routes{&r.RouterGroup}
	root.GET(assets.Prefix+":file", s.asset)
	root.GET("/healthz", s.healthy)
	root.GET("/readyz", s.ready)

	// The live feed runs outside sessions: it knows no person.
	root.GET("/elections/:election/live", feed, s.pages.ElectionLive)
	root.GET("/elections/:election/constituencies/:constituency/live", feed, s.pages.ConstituencyLive)

	// Votes run outside sessions too: the key in the request is all there is.
	root.POST(votePath, s.votes.Cast)
	root.GET("/vote/:election", respond.Pages(s.pages.VoteRefusal), s.pages.VoteForm)
	root.POST("/vote/:election", respond.Pages(s.pages.VoteRefusal), s.pages.Vote)

	// Witnesses are programs: they need no session, and a countersignature is worth what its key is worth.
	root.GET("/log/key", s.pages.LogKey)
	root.GET("/log/checkpoint", s.pages.LogCheckpoint)
	root.GET("/log/consistency", s.pages.LogConsistency)
	root.POST("/log/countersignatures", s.pages.LogCountersign)

	s.publicRoutes(routes{r.Group("/", respond.Pages(s.pages.ErrorPage), s.visitor, s.session, s.requireSetup, s.pages.Forms, shared)})
	if s.options.Dev {
		r.GET("/styleguide", respond.Pages(s.pages.ErrorPage), s.session, s.pages.Forms, s.pages.Styleguide)
	}
	s.pageRoutes(routes{r.Group("/", respond.Pages(s.pages.ErrorPage), s.session, s.requireSetup, s.pages.Forms)})
	s.scriptRoutes(routes{r.Group("/", s.session, s.requireSetup, s.pages.Forms)})
	s.pollingRoutes(routes{r.Group("/", respond.Pages(s.pages.ErrorPage), s.polling, s.session, s.requireSetup)})
	s.apiRoutes(apiRoutes{routes: routes{r.Group(api.Base, s.bearer)}})
	s.epmsRoutes(routes{r.Group(epmsBase, epms.Form)})

	for _, route := range r.Routes() {
		s.readable[route.Path] = s.readable[route.Path] || route.Method == http.MethodGet
	}
	r.NoRoute(s.notFound)
	r.NoMethod(s.noMethod)
	return r
}

// publicRoutes are the pages and files that everybody may see.
func (s *server) publicRoutes(r routes) {
	r.GET("/", s.pages.Home)
	r.GET("/elections/:election", s.pages.Election)
	r.GET("/elections/:election/bundle.zip", s.pages.Bundle)
	r.GET("/elections/:election/protocol.pdf", s.pages.ElectionRecord)
	r.GET("/elections/:election/picture.png", s.pages.ElectionPicture)
	r.GET("/elections/:election/constituencies/:constituency/picture.png", s.pages.ConstituencyPicture)
	r.Open("/elections/:election/results.cdf.json", s.pages.ElectionCDF)
	r.Open("/elections/:election/datapackage.json", s.pages.ElectionDataPackage)
	r.Open("/elections/:election/results.csv", s.pages.ElectionResultsCSV)
	r.Open("/elections/:election/constituencies.csv", s.pages.ElectionConstituenciesCSV)
	r.Open("/elections/:election/stations.csv", s.pages.ElectionStationsCSV)
	r.Open("/elections/:election/turnout.csv", s.pages.ElectionTurnoutCSV)
	r.Open("/elections/:election/feed.atom", s.pages.ElectionFeed)
	r.GET("/elections/:election/seats", s.pages.ElectionSeats)
	r.GET("/elections/:election/constituencies", s.pages.ElectionConstituencies)
	r.GET("/elections/:election/constituencies/:constituency", s.pages.ElectionConstituency)
	r.GET("/elections/:election/wall", s.pages.ElectionWall)
	r.GET("/elections/:election/turnout", s.pages.ElectionTurnout)
	r.GET("/elections/:election/stations", s.pages.ElectionStations)
	r.GET("/elections/:election/stations/:station", s.pages.ElectionStation)
	r.GET("/elections/:election/amendments", s.pages.ElectionAmendments)
	r.GET("/elections/:election/corrections", s.pages.ElectionCorrections)
	r.GET("/log", s.pages.Log)
	r.GET("/help", s.pages.Help)
	r.GET("/help/:chapter", s.pages.HelpChapter)
}

func (s *server) pageRoutes(r routes) {
	p := s.pages
	administrator, official, observer := s.only(auth.Administrator), s.only(auth.Official), s.only(auth.Observer)
	everyone, reader := s.only(auth.Administrator, auth.Official, auth.Observer), s.only(auth.Administrator, auth.Observer)

	r.GET("/login", p.SignInForm)
	r.POST("/login", p.SignIn)
	r.GET("/login/code", p.SignInCodeForm)
	r.POST("/login/code", p.SignInCode)
	r.POST("/logout", everyone, p.SignOut)
	r.GET("/setup/:secret", p.SetupForm)
	r.POST("/setup/:secret", p.Setup)

	s.accountRoutes(r, everyone, administrator)
	r.GET("/admin", administrator, p.AdminHome)
	r.GET("/admin/participants", administrator, p.AdminParticipants)
	r.POST("/admin/participants", administrator, p.AdminParticipantCreate)
	r.GET("/admin/participants/new", administrator, p.AdminParticipantNew)
	r.GET("/admin/participants/list", administrator, p.AdminParticipantListForm)
	r.POST("/admin/participants/list", administrator, p.AdminParticipantList)
	r.GET("/admin/participants/:participant", administrator, p.AdminParticipantEdit)
	r.POST("/admin/participants/:participant", administrator, p.AdminParticipantChange)
	r.POST("/admin/participants/:participant/deletion", administrator, p.AdminParticipantDelete)
	s.electionRoutes(r, administrator)
	s.stationRoutes(r)
	s.keyRoutes(r)
	r.GET("/admin/approvals", administrator, p.AdminApprovals)
	r.GET("/admin/approvals/:approval", administrator, p.AdminApproval)
	r.POST("/admin/approvals/:approval", administrator, p.AdminApprovalDecide)
	r.GET("/admin/clock", administrator, p.AdminClock)
	r.POST("/admin/clock", administrator, p.AdminClockConfirm)
	r.GET("/admin/backups", administrator, p.AdminBackups)
	r.POST("/admin/backups", administrator, p.AdminBackupNow)
	r.GET("/admin/witnesses", administrator, p.AdminWitnesses)
	r.POST("/admin/witnesses", administrator, p.AdminWitnessRegister)
	r.POST("/admin/witnesses/:witness/removal", administrator, p.AdminWitnessRemove)
	r.GET("/admin/batches", reader, p.AdminBatches)
	r.GET("/admin/audit", reader, p.AdminAudit)
	r.GET("/admin/audit.csv", reader, p.AdminAuditCSV)
	r.GET("/admin/audit.jsonl", reader, p.AdminAuditJSONL)

	r.GET("/observer", observer, p.ObserverHome)

	r.GET("/official", official, p.OfficialHome)
	r.GET("/official/elections/:election", official, p.OfficialUploadForm)
	r.GET("/official/elections/:election/template.csv", official, p.OfficialTemplate)
	r.POST("/official/elections/:election/batches", official, s.limitUploads, p.OfficialUpload)
	r.GET("/official/elections/:election/turnout", official, p.OfficialTurnout)
	r.GET("/official/elections/:election/turnout/:place", official, p.OfficialTurnoutPlace)
	r.POST("/official/elections/:election/turnout/:place", official, p.OfficialTurnoutEnter)
	r.GET("/official/uploads", official, p.OfficialUploads)
	r.POST("/official/uploads/confirm", official, p.OfficialUploadsConfirm)
	r.POST("/official/uploads/:upload/discard", official, p.OfficialUploadDiscard)
	r.GET("/official/uploads/:upload/not-counted.csv", official, p.OfficialUploadInvalidCSV)
	r.GET("/official/uploads/:upload/comparison", official, p.OfficialComparison)
	r.POST("/official/uploads/:upload/comparison", official, p.OfficialComparisonShow)

	s.protocolRoutes(r, everyone, administrator)
	r.GET("/batches/:batch", everyone, p.BatchPage)
	r.GET("/batches/:batch/invalid.csv", everyone, p.BatchInvalidCSV)
	r.POST("/admin/batches/:batch/retraction", administrator, p.AdminBatchRetract)
	r.POST("/admin/batches/:batch/restoration", administrator, p.AdminBatchRestore)
}

// accountRoutes are those of a person's own account and of the administration of accounts.
func (s *server) accountRoutes(r routes, everyone, administrator gin.HandlerFunc) {
	p := s.pages
	r.GET("/account", everyone, p.Account)
	r.POST("/account/sessions/:session/end", everyone, p.AccountSessionEnd)
	r.POST("/account/sessions/end-others", everyone, p.AccountSessionsEndOthers)
	r.GET("/account/password", everyone, p.AccountPasswordForm)
	r.POST("/account/password", everyone, p.AccountPassword)
	r.GET("/account/second-factor", everyone, p.AccountSecondFactor)
	r.POST("/account/second-factor", everyone, p.AccountSecondFactorBegin)
	r.POST("/account/second-factor/confirm", everyone, p.AccountSecondFactorConfirm)
	r.POST("/account/second-factor/codes", everyone, p.AccountRecoveryCodes)
	r.POST("/account/second-factor/remove", everyone, p.AccountSecondFactorRemove)
	r.POST("/account/second-factor/passkeys", everyone, p.AccountPasskeyAdd)
	r.POST("/account/second-factor/passkeys/remove", everyone, p.AccountPasskeyRemove)

	r.GET("/admin/users", administrator, p.AdminUsers)
	r.POST("/admin/users", administrator, p.AdminUserCreate)
	r.GET("/admin/users/new", administrator, p.AdminUserNew)
	r.GET("/admin/users/:user", administrator, p.AdminUser)
	r.POST("/admin/users/:user", administrator, p.AdminUserChange)
	r.POST("/admin/users/waiting", administrator, p.AdminUsersWaiting)
	r.GET("/admin/users/:user/places", administrator, p.AdminUserPlaces)
	r.POST("/admin/users/:user/places", administrator, p.AdminUserPlacesChange)
	r.POST("/admin/users/:user/places/everywhere", administrator, p.AdminUserPlacesEverywhere)
	r.POST("/admin/users/:user/password", administrator, p.AdminUserPassword)
	r.POST("/admin/users/:user/second-factor/remove", administrator, p.AdminUserSecondFactorRemove)
	r.POST("/admin/users/:user/delete", administrator, p.AdminUserDelete)
	r.POST("/admin/users/:user/disable", administrator, p.AdminUserDisable)
	r.POST("/admin/users/:user/enable", administrator, p.AdminUserEnable)
}

// protocolRoutes are the pages of the protocols of polling stations. An official sees the stations of their places, and
// those that they coordinate, an observer those of the elections that the account reads.
func (s *server) protocolRoutes(r routes, everyone, administrator gin.HandlerFunc) {
	p, signedIn := s.pages, s.only(auth.Administrator, auth.Official)
	r.GET("/protocols/:election", everyone, p.ElectionProtocols)
	r.GET("/protocols/:election/list", signedIn, p.ProtocolsListForm)
	r.POST("/protocols/:election/list", signedIn, p.ProtocolsList)
	r.GET("/stations/:station/protocol", everyone, p.StationProtocol)
	r.POST("/stations/:station/protocol", signedIn, p.StationProtocolEnter)
	r.POST("/stations/:station/protocol/settlement", signedIn, p.StationProtocolSettle)
	r.POST("/stations/:station/protocol/explanations", signedIn, p.StationProtocolExplain)
	r.POST("/stations/:station/protocol/scans", signedIn, p.StationScanAttach)
	r.GET("/stations/:station/protocol/scans/:scan", everyone, p.StationScan)
	r.POST("/stations/:station/protocol/retraction", administrator, p.StationProtocolRetract)
	r.POST("/stations/:station/protocol/restoration", administrator, p.StationProtocolRestore)
	r.POST("/stations/:station/protocol/reopening", administrator, p.StationProtocolReopen)
	r.POST("/admin/elections/:election/coordinators", administrator, p.AdminCoordinatorName)
	r.POST("/admin/elections/:election/coordinators/:coordinator/removal", administrator, p.AdminCoordinatorRemove)
}

// scriptRoutes answer the scripts of passkeys and protocols with JSON, refusals included.
func (s *server) scriptRoutes(r routes) {
	p, signedIn := s.pages, s.only(auth.Administrator, auth.Official)
	everyone := s.only(auth.Administrator, auth.Official, auth.Observer)

	r.POST("/login/passkey", p.SignInPasskeyAsk)
	r.POST("/account/passkey", everyone, p.AccountPasskeyAsk)
	r.POST("/stations/:station/protocol/draft", signedIn, p.StationProtocolDraft)
	r.POST("/account/second-factor/passkeys/challenge", everyone, p.AccountPasskeyBegin)
}

// pollingRoutes are what a page that was left open asks for by itself, again and again. They do not keep the
// browser's session alive: only a person does.
func (s *server) pollingRoutes(r routes) {
	p := s.pages
	official, everyone := s.only(auth.Official), s.only(auth.Administrator, auth.Official, auth.Observer)

	r.GET("/official/batches", official, p.OfficialBatches)
	r.GET("/official/watch", official, p.OfficialHome)
	r.GET("/official/uploads/progress", official, p.OfficialUploadsProgress)
	r.GET("/official/uploads/watch", official, p.OfficialUploads)
	r.GET("/batches/:batch/progress", everyone, p.BatchProgress)
	r.GET("/batches/:batch/watch", everyone, p.BatchPage)
}

// electionRoutes are the administrators' pages about elections.
func (s *server) electionRoutes(r routes, administrator gin.HandlerFunc) {
	p := s.pages
	r.GET("/admin/elections", administrator, p.AdminElections)
	r.GET("/admin/elections/new", administrator, p.AdminElectionNew)
	r.POST("/admin/elections/new", administrator, p.AdminElectionCreate)
	r.GET("/admin/elections/:election", administrator, p.AdminElection)
	r.GET("/admin/elections/:election/rules", administrator, p.AdminElectionRules)
	r.GET("/admin/elections/:election/constituencies", administrator, p.AdminElectionConstituencies)
	r.GET("/admin/elections/:election/map", administrator, p.AdminMap)
	r.POST("/admin/elections/:election/map", administrator, p.AdminMapChange)
	r.POST("/admin/elections/:election/map/removal", administrator, p.AdminMapRemove)
	r.GET("/admin/elections/:election/candidacies", administrator, p.AdminElectionCandidacies)
	r.GET("/admin/elections/:election/incoming", administrator, p.AdminElectionIncoming)
	r.GET("/admin/elections/:election/ties", administrator, p.AdminTies)
	r.GET("/admin/elections/:election/documents", administrator, p.AdminElectionDocuments)
	r.GET("/admin/elections/:election/history", administrator, p.AdminElectionHistory)
	r.GET("/admin/elections/:election/edit", administrator, p.AdminElectionEdit)
	r.GET("/admin/elections/:election/edit/:step", administrator, p.AdminElectionEdit)
	r.POST("/admin/elections/:election/edit/:step", administrator, p.AdminElectionChange)
	r.GET("/admin/elections/:election/list", administrator, p.AdminElectionImportForm)
	r.POST("/admin/elections/:election/list", administrator, p.AdminElectionImport)
	r.GET("/admin/elections/:election/publication", administrator, p.AdminElectionPublication)
	r.POST("/admin/elections/:election/publication", administrator, p.AdminElectionPublish)
	r.GET("/admin/elections/:election/withdrawal", administrator, p.AdminElectionWithdrawal)
	r.POST("/admin/elections/:election/withdrawal", administrator, p.AdminElectionWithdraw)
	r.POST("/admin/elections/:election/deletion", administrator, p.AdminElectionDelete)
	r.GET("/admin/elections/:election/declared", administrator, p.AdminElectionDeclared)
	r.POST("/admin/elections/:election/declared", administrator, p.AdminElectionDeclare)
	r.GET("/admin/elections/:election/officials", administrator, p.AdminElectionOfficials)
	r.POST("/admin/elections/:election/end", administrator, p.AdminElectionExtend)
	r.GET("/admin/elections/:election/certification", s.only(auth.Administrator, auth.Observer), p.AdminCertification)
	r.POST("/admin/elections/:election/certification", administrator, p.AdminCertify)
	r.POST("/admin/elections/:election/certification/reasons", administrator, p.AdminPointsLift)
	r.POST("/admin/elections/:election/certification/lots", administrator, p.AdminLotRecord)
	r.POST("/admin/elections/:election/certification/seed", administrator, p.AdminSeedCommit)
	r.POST("/admin/elections/:election/certification/seed/revelation", administrator, p.AdminSeedReveal)
	r.POST("/admin/elections/:election/certification/second-round", administrator, p.AdminSecondRound)
	r.GET("/admin/elections/:election/bundle.zip", administrator, p.AdminBundle)
	r.GET("/admin/elections/:election/corrections", administrator, p.AdminCorrections)
	r.POST("/admin/elections/:election/corrections", administrator, p.AdminCorrectionOpen)
	r.POST("/admin/elections/:election/corrections/:number/end", administrator, p.AdminCorrectionEnd)
}

// stationRoutes are the administrators' pages of polling stations and registered voters.
func (s *server) stationRoutes(r routes) {
	p, administrator := s.pages, s.only(auth.Administrator)

	r.GET("/admin/elections/:election/stations", administrator, p.AdminStations)
	r.POST("/admin/elections/:election/stations", administrator, p.AdminStationCreate)
	r.GET("/admin/elections/:election/stations/new", administrator, p.AdminStationNew)
	r.GET("/admin/elections/:election/stations/list", administrator, p.AdminStationListForm)
	r.POST("/admin/elections/:election/stations/list", administrator, p.AdminStationList)
	r.GET("/admin/elections/:election/stations/:station", administrator, p.AdminStation)
	r.POST("/admin/elections/:election/stations/:station", administrator, p.AdminStationChange)
	r.POST("/admin/elections/:election/stations/:station/removal", administrator, p.AdminStationRemove)
	r.POST("/admin/elections/:election/stations/:station/closure", administrator, p.AdminStationClose)
	r.POST("/admin/elections/:election/stations/:station/annulment", administrator, p.AdminStationAnnul)
	r.POST("/admin/elections/:election/stations/:station/reopening", administrator, p.AdminStationReopen)
	r.GET("/admin/elections/:election/registered", administrator, p.AdminRegistered)
	r.POST("/admin/elections/:election/registered", administrator, p.AdminRegisteredCorrect)
}

// keyRoutes are the pages of voter keys.
func (s *server) keyRoutes(r routes) {
	p, administrator := s.pages, s.only(auth.Administrator)

	r.GET("/admin/elections/:election/keys", administrator, p.AdminKeys)
	r.POST("/admin/elections/:election/keys", administrator, p.AdminKeysIssue)
	r.GET("/admin/elections/:election/information", administrator, p.AdminVoterInformation)
	r.POST("/admin/elections/:election/information", administrator, p.AdminVoterInformationChange)
	r.GET("/admin/elections/:election/information/letter", administrator, p.AdminSampleLetter)
	r.GET("/admin/elections/:election/information/letters.json", administrator, p.AdminLetterTexts)
	r.POST("/admin/elections/:election/keys/revocations", administrator, p.AdminKeyRevoke)
	r.POST("/admin/elections/:election/keys/sealing", administrator, p.AdminKeySealing)
	r.POST("/admin/elections/:election/keys/rolls/:roll/withdrawal", administrator, p.AdminKeyRollWithdraw)
	r.GET("/admin/elections/:election/keys/issues/:issue", administrator, p.AdminKeyIssue)
	r.GET("/admin/elections/:election/keys/issues/:issue/progress", administrator, p.AdminKeyIssueProgress)
	r.GET("/admin/elections/:election/keys/issues/:issue/keys.csv", administrator, p.AdminKeyIssueCSV)
	r.GET("/admin/elections/:election/keys/issues/:issue/letters.zip", administrator, p.AdminKeyIssueArchive)
	r.GET("/admin/elections/:election/keys/issues/:issue/keys.csv.age", administrator, p.AdminKeyIssueSealed)
	r.GET("/admin/elections/:election/keys/issues/:issue/letters", administrator, p.AdminKeyIssueLetters)
	r.POST("/admin/elections/:election/keys/issues/:issue/drop", administrator, p.AdminKeyIssueDrop)
}

// epmsBase is the path under which the EPMS contract is offered.
const epmsBase = "/epms"

// epmsRoutes offers the EPMS contract; its refusals are the contract's own.
func (s *server) epmsRoutes(r routes) {
	e := s.services.EPMS
	administrator, official := e.Administrator(), e.Official()

	r.POST("/register", e.RegisterAllowed(), e.Register)
	r.POST("/login", e.Login)
	r.POST("/refresh", e.RefreshToken(), e.Refresh)
	r.POST("/delete", administrator, e.Delete)
	r.POST("/createParticipant", administrator, e.CreateParticipant)
	r.GET("/getParticipants", administrator, e.GetParticipants)
	r.POST("/createElection", administrator, e.CreateElection)
	r.GET("/getElections", administrator, e.GetElections)
	r.GET("/getResults", administrator, e.GetResults)
	r.POST("/vote", official, s.limitUploads, e.Vote)
}
