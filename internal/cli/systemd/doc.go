// Package systemd speaks the two protocols of systemd that a service needs: it takes over a listening socket that
// systemd opened (sd_listen_fds(3)), and it reports that the service is ready or stops (sd_notify(3)).
//
// Both are environment variables and file descriptors, so every supervisor can use them. Without the variables the
// functions do nothing.
package systemd
