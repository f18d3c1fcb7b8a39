// Package server answers HTTP requests over an open data folder (package app). It connects the pages, the JSON API and
// the EPMS contract with the folder's services, and stops them and the folder in an order in which no vote and no chunk
// is lost.
package server
