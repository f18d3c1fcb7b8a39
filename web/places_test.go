package web

import (
	"testing"
)

func TestPlaces_AreBoundedInAll(t *testing.T) {
	var p places
	for i := range allUploadsAtOnce {
		if err := p.take(int64(i / uploadsAtOnce)); err != nil {
			t.Fatal(err)
		}
	}
	if p.take(1000) == nil {
		t.Error("want no more than that in all")
	}
	p.leave(0)
	if err := p.take(1000); err != nil {
		t.Errorf("want the place that was left, got %v", err)
	}
}
