package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
)

// Reach asks for an address once, claiming to come from another client by X-Forwarded-For, and returns the status of
// the answer and the address and port that the request was sent from. It follows no redirect.
func Reach(ctx context.Context, address, forwardedFor string) (status int, sentFrom string, err error) {
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) { sentFrom = info.Conn.LocalAddr().String() },
	})
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, "", fmt.Errorf("ask for %s: %w", address, err)
	}
	request.Header.Set("X-Forwarded-For", forwardedFor)
	request.Close = true // a connection of its own
	asking := &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	answer, err := asking.Do(request)
	if err != nil {
		return 0, sentFrom, errors.Unwrap(err) // the caller knows the address
	}
	return answer.StatusCode, sentFrom, answer.Body.Close()
}
