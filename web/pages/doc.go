// Package pages answers every request that comes from a browser: one file per page or action, named
// for who it serves (admin_, official_, public_).
//
// A handler reads the request, asks one service, and puts the answer into a view model of package
// view; what may be done is decided by the services, and who may ask is on the route's line in
// package web. Refusals leave through respond.Error, except where a form can show them beside what was
// typed. Nothing here needs JavaScript.
package pages
