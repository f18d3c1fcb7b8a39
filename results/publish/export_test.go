package publish

// VerifyBytes is Verify of what is in memory.
//
//nolint:gochecknoglobals // for tests
var VerifyBytes = verify
