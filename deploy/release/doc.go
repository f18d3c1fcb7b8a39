// Command release builds everything that a release of Urna consists of into one folder: a static binary for each
// processor, its list of components (CycloneDX), a Debian package, a container image, and the checksums of all.
//
// The same commit, Go and C compiler give the same bytes, on every day and in every folder: times are the commit's, and
// neither paths nor build numbers are kept.
package main
