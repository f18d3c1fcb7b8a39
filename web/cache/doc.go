// Package cache keeps the public answers in memory: pages, JSON and files that are the same for everybody who is not
// signed in. Each is drawn once for each change and language, hashed and compressed once, and served to all requests.
//
// It promises that no answer is older than one second after a change is committed; that an act in the audit log shows at
// once; that no answer outlives the time at which the clock changes it, such as the end of an embargo; that a hundred
// requests at once draw once; that an answer under steady change is drawn once a second; that the memory is bounded,
// whatever is asked for; and that drawing sees nothing of the request, so that nothing of a signed-in person can enter.
package cache
