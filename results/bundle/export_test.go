package bundle

// VerifyBytes is Verify of what is in memory.
var VerifyBytes = verify
