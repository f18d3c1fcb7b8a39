// Package deployment runs the real program as it is run on servers: under systemd's protocols, with certificates that
// are renewed, behind nginx and Caddy with the files of deploy/, and on a machine without a network.
//
// The tests need systemd-socket-activate, nginx and Caddy, which the task "deployment" installs on Debian.
package deployment
