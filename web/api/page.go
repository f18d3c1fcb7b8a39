package api

import (
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"urna/internal/messages"
	"urna/internal/problem"
)

const (
	defaultLimit = 100
	maxLimit     = 1000
)

// list is the shape of every list.
type list[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"` // the cursor of the next page, or empty
}

// window is what a client asks of a list: at most limit items after the cursor, 0 for the beginning.
type window struct {
	limit  int
	cursor int64
}

func readWindow(c *gin.Context) (window, error) {
	var checks problem.Checks
	w := window{limit: defaultLimit}
	checkDecodes(c, &checks)
	if s, given := parameter(c, "limit", &checks); given {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > maxLimit {
			checks.Add("limit", messages.FieldIntegerUpTo(int64(maxLimit)))
		}
		w.limit = n
	}
	// An empty cursor is the one that the last page gives: a loop may begin with it.
	if s, _ := parameter(c, "cursor", &checks); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < 1 {
			checks.Add("cursor", messages.FieldCursorMalformed())
		}
		w.cursor = n
	}
	return w, checks.Err()
}

// pageOf returns the part of all that the window asks for, each item drawn by view. The cursor is the
// id of the last item shown.
func pageOf[T, V any](w window, all []T, id func(T) int64, view func(T) V) (list[V], error) {
	if w.cursor != 0 {
		at := slices.IndexFunc(all, func(t T) bool { return id(t) == w.cursor })
		if at < 0 {
			var checks problem.Checks
			checks.Add("cursor", messages.FieldCursorUnknown())
			return list[V]{}, checks.Err()
		}
		all = all[at+1:]
	}
	return cut(w, all, id, view), nil
}

// cut draws the first items of rest, which starts after the window's cursor and holds one item more
// than the window's limit where there are further pages.
func cut[T, V any](w window, rest []T, id func(T) int64, view func(T) V) list[V] {
	page := list[V]{Items: []V{}}
	if len(rest) > w.limit {
		rest = rest[:w.limit]
		page.Next = strconv.FormatInt(id(rest[len(rest)-1]), 10)
	}
	for _, t := range rest {
		page.Items = append(page.Items, view(t))
	}
	return page
}
