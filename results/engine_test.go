package results

import (
	"reflect"
	"testing"
)

// TestSecondEngine_SharesNothingWithTheFirst looks at the functions themselves: their answers are the same.
func TestSecondEngine_SharesNothingWithTheFirst(t *testing.T) {
	first, second := reflect.ValueOf(firstEngine()), reflect.ValueOf(secondEngine())
	for i := range first.NumField() {
		if first.Field(i).Pointer() == second.Field(i).Pointer() {
			t.Errorf("%s: want another function than the first engine's", first.Type().Field(i).Name)
		}
	}
	if used := New(nil, nil, nil, nil, nil, nil).second; reflect.ValueOf(used.allocate).Pointer() != second.Field(0).Pointer() {
		t.Error("want certification to use the second engine")
	}
}
