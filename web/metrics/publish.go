package metrics

import (
	"cmp"
	"log/slog"
	"math"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// step is by how much a series that votes move has to move before it is published again.
const step = 10

// steps are the series that votes move, by name and labels, as they were last published.
type steps map[string]*dto.Metric

// ofProcess are the measurements of Go and of the process that are published, with what they are rounded down to; a level
// is held instead. The others, such as the bytes that the process sent and allocated, would tell the size of a single
// request.
func ofProcess() map[string]float64 {
	const mebibyte = 1 << 20
	return map[string]float64{
		"go_goroutines": level, "go_info": 0, "go_memstats_heap_alloc_bytes": mebibyte,
		"process_cpu_seconds_total": 1, "process_max_fds": 0, "process_open_fds": level,
		"process_resident_memory_bytes": mebibyte, "process_start_time_seconds": 0,
	}
}

// level marks a measurement that one connection moves by one or two. It is published again once it has moved by a step:
// rounding would show a single connection that crosses a multiple of ten.
const level = -1

// held returns the value of a level as it may be seen.
func (m *Metrics) held(name string, value float64) float64 {
	m.mutex.Lock() // a registry reads its gauges at the same time
	defer m.mutex.Unlock()
	if last, ok := m.levels[name]; ok && math.Abs(value-last) < step {
		return last
	}
	m.levels[name] = value
	return value
}

// Publish makes the present measurements visible. Run calls it, from one goroutine.
func (m *Metrics) Publish() {
	plain, votes := gather(m.plain), gather(m.votes)
	rounded := ofProcess()
	families := map[string]*dto.MetricFamily{}
	for _, family := range plain {
		if name := family.GetName(); !strings.HasPrefix(name, "urna_") {
			to, published := rounded[name]
			if !published {
				continue
			}
			m.roundFamily(family, to)
		}
		families[family.GetName()] = family
	}
	for _, family := range votes {
		family.Metric = m.steps.reached(family)
		known, ok := families[family.GetName()]
		switch {
		case len(family.Metric) == 0:
		case ok:
			known.Metric = merged(known.Metric, family.Metric)
		default:
			families[family.GetName()] = family
		}
	}
	all := make([]*dto.MetricFamily, 0, len(families))
	for _, family := range families {
		all = append(all, family)
	}
	slices.SortFunc(all, func(a, b *dto.MetricFamily) int { return cmp.Compare(a.GetName(), b.GetName()) })
	m.published.Store(&all)
}

func gather(registry *prometheus.Registry) []*dto.MetricFamily {
	families, err := registry.Gather()
	if err != nil {
		slog.Warn("measurements could not be read", "error", err)
	}
	return families
}

// reached returns the series of a family as they may be seen: each as it was last published, or as it is if it has moved
// by a step since then.
func (s steps) reached(family *dto.MetricFamily) []*dto.Metric {
	var seen []*dto.Metric
	for _, metric := range family.GetMetric() {
		key := family.GetName() + " " + labels(metric)
		last, ok := s[key]
		before := uint64(0)
		if ok {
			before = moved(last)
		}
		if moved(metric)-before >= step {
			s[key], last, ok = metric, metric, true
		}
		if ok {
			seen = append(seen, last)
		}
	}
	return seen
}

// moved returns how many events a series has counted.
func moved(m *dto.Metric) uint64 {
	if h := m.GetHistogram(); h != nil {
		return h.GetSampleCount()
	}
	return uint64(m.GetCounter().GetValue())
}

// merged returns the series of both lists in the order of their labels. A series of a route that has both failed and other
// requests is one histogram, which has the requests of both.
func merged(a, b []*dto.Metric) []*dto.Metric {
	byLabels := map[string]*dto.Metric{}
	for _, metric := range slices.Concat(a, b) {
		key := labels(metric)
		if other, ok := byLabels[key]; ok {
			metric = sum(other, metric)
		}
		byLabels[key] = metric
	}
	all := make([]*dto.Metric, 0, len(byLabels))
	for _, metric := range byLabels {
		all = append(all, metric)
	}
	slices.SortFunc(all, func(x, y *dto.Metric) int { return cmp.Compare(labels(x), labels(y)) })
	return all
}

// sum adds two histograms with the same buckets.
func sum(a, b *dto.Metric) *dto.Metric {
	x, y := a.GetHistogram(), b.GetHistogram()
	count, total := x.GetSampleCount()+y.GetSampleCount(), x.GetSampleSum()+y.GetSampleSum()
	both := &dto.Histogram{SampleCount: &count, SampleSum: &total}
	for i, bucket := range x.GetBucket() {
		upTo, bound := bucket.GetCumulativeCount()+y.GetBucket()[i].GetCumulativeCount(), bucket.GetUpperBound()
		both.Bucket = append(both.Bucket, &dto.Bucket{CumulativeCount: &upTo, UpperBound: &bound})
	}
	return &dto.Metric{Label: a.GetLabel(), Histogram: both}
}

func labels(m *dto.Metric) string {
	var b strings.Builder
	for _, pair := range m.GetLabel() {
		b.WriteString(pair.GetName() + "=" + pair.GetValue() + "\n")
	}
	return b.String()
}

// roundFamily rounds the value of a family of one series down to a multiple of to, or holds it if to is level; 0 leaves it.
func (m *Metrics) roundFamily(family *dto.MetricFamily, to float64) {
	round := func(value *float64) *float64 {
		rounded := floor(*value, to)
		if to == level {
			rounded = m.held(family.GetName(), *value)
		}
		return &rounded
	}
	for _, metric := range family.GetMetric() {
		if g := metric.GetGauge(); g != nil {
			g.Value = round(g.Value)
		}
		if c := metric.GetCounter(); c != nil {
			c.Value = round(c.Value)
		}
	}
}

// floor rounds down to a multiple of to; 0 and level leave the value.
func floor(value, to float64) float64 {
	if to <= 0 {
		return value
	}
	return math.Floor(value/to) * to
}
