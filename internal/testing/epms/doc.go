// Package epms is a client of the EPMS contract that wants every one of its rows and messages. It
// starts the real program and speaks to it over HTTP alone, as the clients of the old system do.
package epms
