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

// doorway is between the browser and the program, as proxies do: it lets everything through, keeps what was
// asked for, and does to votes what a test wants done.
type doorway struct {
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

func openDoorway(t *testing.T, to string) *doorway {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	d := &doorway{}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
	}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mutex.Lock()
		d.asked = append(d.asked, asked{r.Method, r.URL.String(), r.Header.Clone()})
		act := d.act
		d.mutex.Unlock()
		if act != nil && r.Method == http.MethodPost {
			act(w, r)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	d.URL = server.URL
	return d
}

// do sets what happens to forms from now on.
func (d *doorway) do(act http.HandlerFunc) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.act = act
}

// requests returns what was asked for with a method, in order.
func (d *doorway) requests(method string) (all []asked) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	for _, a := range d.asked {
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
