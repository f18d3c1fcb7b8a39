// Package web serves HTTP: the router, which reads as the table of who may do what, and the middleware
// around it. What a page or a call does is in packages pages and api; how an answer leaves is in
// package respond.
package web
