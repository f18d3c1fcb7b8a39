//go:build !linux

package cli

import (
	"context"

	"github.com/alecthomas/kong"
)

// asOwner does nothing on systems without capabilities.
func asOwner(context.Context, *kong.Context, *Streams) (code int, done bool) { return 0, false }
