// Package api is the JSON API under /api/v1. It translates between HTTP and the services: it reads
// bodies strictly (an unknown, misspelt or doubled field is refused, every problem is named by its path
// in the JSON), writes the resources in the shapes that clients may rely on, and describes itself in
// the embedded OpenAPI document.
//
// It decides nothing: what may change when is the domain's business, and who may call it is on
// the route's own line in package web. Only one rule about people is kept here, because it depends on
// the thing asked for: an official sees no batch but their own.
//
// Uploads are streamed from the network to the service; no file is ever held in memory.
package api
