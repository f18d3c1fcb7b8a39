package web

import (
	"testing"
)

func TestUploadLimit_IsBoundedInAll(t *testing.T) {
	var p uploadLimit
	for i := range maxUploads {
		if err := p.acquire(int64(i / maxUploadsOfAccount)); err != nil {
			t.Fatal(err)
		}
	}
	if p.acquire(1000) == nil {
		t.Error("want no more than that in all")
	}
	p.release(0)
	if err := p.acquire(1000); err != nil {
		t.Errorf("want the place that was left, got %v", err)
	}
}
