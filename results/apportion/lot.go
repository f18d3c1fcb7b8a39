package apportion

import "slices"

// settle applies the first lot that was drawn for the open tie, and notes the others as void.
// step, which may be nil, describes each seat that the lot gives.
func (a *Allocation) settle(lots []Lot, step func(list int) Step) {
	for i, lot := range lots {
		if a.Tie == nil || !lot.drawnFor(a.Tie.Lists) {
			a.VoidLots = append(a.VoidLots, i)
			continue
		}
		for _, list := range lot.Lists[:a.Tie.Seats] {
			a.Seats[list]++
			if step != nil {
				one := step(list)
				one.ByLot = true
				a.Steps = append(a.Steps, one)
			}
		}
		a.Settled, a.Tie = a.Tie, nil
	}
}

// drawnFor reports whether the lot orders exactly these lists, given in ascending order.
func (l Lot) drawnFor(lists []int) bool {
	return slices.Equal(slices.Sorted(slices.Values(l.Lists)), lists)
}
