package metrics

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
)

// Interval is how long published measurements stay as they are, unless New is given another interval.
const Interval = 10 * time.Second

// Metrics are the measurements of one server. The methods may be called concurrently, but for those that add
// measurements, which belong to the wiring, and Publish.
type Metrics struct {
	every time.Duration

	plain *prometheus.Registry // moved by no vote
	votes *prometheus.Registry // published in steps

	requests, voterRequests *prometheus.CounterVec
	durations, voterTimes   *prometheus.HistogramVec
	commits, voteCommits    prometheus.Observer
	waits                   prometheus.Histogram
	failures                prometheus.Counter

	steps     steps
	mutex     sync.Mutex
	levels    map[string]float64 // as they were last published; needs the mutex
	at        prometheus.Gauge   // when that was
	published atomic.Pointer[[]*dto.MetricFamily]
}

// New returns measurements of this version of the program that are published at an interval; 0 is Interval.
func New(version string, every time.Duration) *Metrics {
	if every == 0 {
		every = Interval
	}
	m := &Metrics{every: every, plain: prometheus.NewRegistry(), votes: prometheus.NewRegistry(), steps: steps{}, levels: map[string]float64{}}
	m.published.Store(&[]*dto.MetricFamily{})
	requests := prometheus.CounterOpts{Name: "urna_http_requests_total", Help: "Requests that were answered, by method, route and status."}
	durations := prometheus.HistogramOpts{
		Name: "urna_http_request_duration_seconds", Help: "Time from the arrival of a request's header to its answer, by route; no live feeds.",
		Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
	}
	m.requests, m.voterRequests = counters(m.plain, requests), counters(m.votes, requests)
	m.durations, m.voterTimes = histograms(m.plain, durations, "route"), histograms(m.votes, durations, "route")
	commits := prometheus.HistogramOpts{
		Name: "urna_commit_duration_seconds", Help: "Time of a writing transaction, from the lock to the commit on disk: groups of votes, and all others.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}
	m.commits = histograms(m.plain, commits, "of").WithLabelValues("others")
	m.voteCommits = histograms(m.votes, commits, "of").WithLabelValues("votes")
	m.waits = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "urna_write_wait_seconds", Help: "How long writing transactions other than those of votes waited for the write lock.",
		Buckets: commits.Buckets,
	})
	m.failures = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "urna_commit_failures_total", Help: "Writing transactions that failed on the database or the disk.",
	})
	info := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "urna_build_info", Help: "1, with the version of the program."}, []string{"version"})
	info.WithLabelValues(version).Set(1)
	m.at = prometheus.NewGauge(prometheus.GaugeOpts{Name: "urna_metrics_published_timestamp_seconds", Help: "When these measurements were published."})
	m.plain.MustRegister(m.at, m.waits, m.failures, info,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func counters(registry *prometheus.Registry, o prometheus.CounterOpts) *prometheus.CounterVec {
	vec := prometheus.NewCounterVec(o, []string{"method", "route", "status"})
	registry.MustRegister(vec)
	return vec
}

func histograms(registry *prometheus.Registry, o prometheus.HistogramOpts, label string) *prometheus.HistogramVec {
	vec := prometheus.NewHistogramVec(o, []string{label})
	registry.MustRegister(vec)
	return vec
}

// Request is a request that was answered.
type Request struct {
	Method string // as the client sent it
	Route  string // the pattern, such as /elections/:election; "" for none
	Status int
	Took   time.Duration
	Feed   bool // a live feed, whose time means nothing
	Voter  bool // it is one of a voter who votes
}

// Request counts a request.
func (m *Metrics) Request(r Request) {
	route, method := r.Route, r.Method
	if route == "" {
		route = "none"
	}
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
	default:
		method = "other" // a client can send any word
	}
	requests, durations := m.requests, m.durations
	if r.Voter && r.Status < http.StatusInternalServerError { // a request that fails stores no vote
		requests, durations = m.voterRequests, m.voterTimes
	}
	requests.WithLabelValues(method, route, strconv.Itoa(r.Status)).Inc()
	if !r.Feed {
		durations.WithLabelValues(route).Observe(r.Took.Seconds())
	}
}

// Commit counts a writing transaction: of a group of votes or of anything else, how long it waited for the lock, and how
// long it took with its commit. failed is true if database or disk were the reason that it was rolled back.
func (m *Metrics) Commit(votes bool, waited, took time.Duration, failed bool) {
	switch {
	case failed:
		m.failures.Inc()
	case votes:
		m.voteCommits.Observe(took.Seconds())
	default:
		m.waits.Observe(waited.Seconds())
		m.commits.Observe(took.Seconds())
	}
}

// Gauge adds a level that is read at each publication and rounded down to a multiple of step; 0 rounds nothing.
func (m *Metrics) Gauge(name, help string, step float64, read func() float64) {
	m.plain.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 {
		return floor(read(), step)
	}))
}

// Gauges adds levels by the values of a label, which are read at each publication. The values of the label must be few,
// and none may name a person, a place or a candidate.
func (m *Metrics) Gauges(name, help, label string, read func(context.Context) (map[string]float64, error)) {
	m.plain.MustRegister(&several{prometheus.NewDesc(name, help, []string{label}, nil), prometheus.GaugeValue, read})
}

// Counters adds counters by the values of a label, for which the rules of Gauges hold.
func (m *Metrics) Counters(name, help, label string, read func(context.Context) (map[string]float64, error)) {
	m.plain.MustRegister(&several{prometheus.NewDesc(name, help, []string{label}, nil), prometheus.CounterValue, read})
}

// Votes adds a counter that votes move.
func (m *Metrics) Votes(name, help string, read func() float64) {
	m.votes.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, read))
}

// Level adds a level that one connection moves: it is published again once it has moved by ten.
func (m *Metrics) Level(name, help string, read func() float64) {
	m.Gauge(name, help, 0, func() float64 { return m.held(name, read()) })
}

// Waiting adds a level of votes: it is rounded down to tens.
func (m *Metrics) Waiting(name, help string, read func() float64) { m.Gauge(name, help, step, read) }

// several collects one value for each value of a label.
type several struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	read func(context.Context) (map[string]float64, error)
}

// Describe implements prometheus.Collector.
func (s *several) Describe(to chan<- *prometheus.Desc) { to <- s.desc }

// Collect implements prometheus.Collector. What cannot be read is missing, and logged.
func (s *several) Collect(to chan<- prometheus.Metric) {
	values, err := s.read(context.Background())
	if err != nil {
		slog.Warn("a measurement could not be read", "metric", s.desc.String(), "error", err)
		return
	}
	for label, value := range values {
		to <- prometheus.MustNewConstMetric(s.desc, s.kind, value, label)
	}
}

// Run publishes at the start and at each interval until the context ends.
func (m *Metrics) Run(ctx context.Context) {
	ticker := time.NewTicker(m.every)
	defer ticker.Stop()
	for {
		m.at.SetToCurrentTime()
		m.Publish()
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Gather implements prometheus.Gatherer: it returns what was last published.
func (m *Metrics) Gather() ([]*dto.MetricFamily, error) { return *m.published.Load(), nil }

// Handler answers with what was last published.
func (m *Metrics) Handler() http.Handler { return promhttp.HandlerFor(m, promhttp.HandlerOpts{}) }
