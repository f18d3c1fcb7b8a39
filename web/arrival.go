package web

import (
	"net/http"
	"strings"
)

// Arrival is how a request reached the server.
type Arrival struct {
	Host         string // as the request names it
	Peer         string // the address and port that the connection came from
	ForwardedFor string // the header X-Forwarded-For
}

// expectation is one request that is waited for.
type expectation struct {
	path    string
	handler http.Handler
}

// Expect answers requests for a path with 204 and reports how the first one arrived, until stop is called. The path must
// be unguessable. Only one path is expected at a time.
func (s *Server) Expect(path string) (arrivals <-chan Arrival, stop func()) {
	arrived := make(chan Arrival, 1)
	e := &expectation{path: path, handler: tellArrival(arrived)}
	s.expected.Store(e)
	return arrived, func() { s.expected.CompareAndSwap(e, nil) }
}

// tellArrival answers requests and reports how the first one arrived.
func tellArrival(arrived chan<- Arrival) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Several lines of the header are one list.
		a := Arrival{Host: r.Host, Peer: r.RemoteAddr, ForwardedFor: strings.Join(r.Header.Values("X-Forwarded-For"), ",")}
		select {
		case arrived <- a:
		default: // one is enough
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

// expecting answers an expected request and passes all others to next.
func (s *Server) expecting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if e := s.expected.Load(); e != nil && r.URL.Path == e.path {
			e.handler.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
