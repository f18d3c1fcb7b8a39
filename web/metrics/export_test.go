package metrics

import "strings"

// All returns the labels of every measurement that can be published, by its name.
func (m *Metrics) All() map[string]map[string]bool {
	found := map[string]map[string]bool{}
	for _, family := range append(gather(m.plain), gather(m.votes)...) {
		name := family.GetName()
		if _, ok := ofProcess()[name]; !ok && !strings.HasPrefix(name, "urna_") {
			continue
		}
		labels, histogram := map[string]bool{}, false
		for _, metric := range family.GetMetric() {
			histogram = metric.GetHistogram() != nil
			for _, label := range metric.GetLabel() {
				labels[label.GetName()] = true
			}
		}
		if !histogram {
			found[name] = labels
			continue
		}
		labels["le"] = true
		for _, part := range []string{"_bucket", "_sum", "_count"} {
			found[name+part] = labels
		}
	}
	return found
}
