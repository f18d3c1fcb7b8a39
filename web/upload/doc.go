// Package upload reads the files that clients send, as they arrive.
//
// Body is a request's body under a size limit and a deadline that moves while data flows. Form reads multipart/form-data
// from front to back and passes on each file as a stream, so that no file is buffered whole. It knows the rules that
// all upload forms share: which part is a file, how many files a form may have, which fields come twice, and whether
// the form arrived whole. A file's stream ends without an error only if the rules hold, so a service that stores a file
// at the end of its stream never stores one of a wrong or incomplete form.
//
// The sentences of refusals belong to the callers: each contract has its own.
package upload
