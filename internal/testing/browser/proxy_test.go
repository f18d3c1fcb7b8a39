package browser

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
)

// proxy is a reverse proxy between the browser and the program: it passes everything on, records what was
// requested, and does to votes what a test asks for.
type proxy struct {
	URL string

	mutex sync.Mutex
	act   http.HandlerFunc // what happens to a form that is sent; nil lets it through
	asked []asked
}

// asked is a request as it arrived.
type asked struct {
	method, address string
	header          http.Header
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{}
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
	}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mutex.Lock()
		p.asked = append(p.asked, asked{r.Method, r.URL.String(), r.Header.Clone()})
		act := p.act
		p.mutex.Unlock()
		if act != nil && r.Method == http.MethodPost {
			act(w, r)
			return
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	p.URL = server.URL
	return p
}

// do sets what happens to forms from now on.
func (p *proxy) do(act http.HandlerFunc) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.act = act
}

// requests returns what was asked for with a method, in order.
func (p *proxy) requests(method string) (all []asked) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for _, a := range p.asked {
		if a.method == method {
			all = append(all, a)
		}
	}
	return all
}

// breakOff ends the connection without an answer.
func breakOff(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// badGateway answers as a proxy does whose server is away.
func badGateway(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(http.StatusBadGateway)
	_, _ = io.WriteString(w, "<!doctype html><main><h1>Bad gateway</h1></main>") // a browser that has gone does not matter
}
