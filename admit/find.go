package admit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"crosspeer"
	"crosspeer/variant"
)

// Where requests have their token.
const (
	Query             = "token"
	Cookie            = "crosspeer_token"
	SubprotocolPrefix = "crosspeer.token." // a server has to speak another sub-protocol that the client asks for
)

// ErrNoToken: the client has sent none.
var ErrNoToken = errors.New("crosspeer: no token")

// Credential is the token that a client has sent, as it has; nobody has looked
// at it yet. It may wait for the client's first packet. Errors are ErrNoToken.
func Credential(ctx context.Context, h crosspeer.Hello) ([]byte, error) {
	if h.Request != nil {
		if text := ofRequest(h.Request); text != "" {
			return []byte(text), nil
		}
		return nil, fmt.Errorf("%w; put it in the URL as ?%s=…", ErrNoToken, Query)
	}
	b, err := h.FirstPacket(ctx)
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, fmt.Errorf("%w came as the first packet in time", ErrNoToken)
	case err != nil:
		return nil, fmt.Errorf("%w: %s", ErrNoToken, crosspeer.Refusal(err))
	}
	return unwrap(b), nil
}

func ofRequest(r *crosspeer.Request) string {
	for _, line := range r.Header[http.CanonicalHeaderKey("Authorization")] {
		// The scheme's case does not matter, RFC 9110 §11.1.
		if scheme, text, _ := strings.Cut(line, " "); strings.EqualFold(scheme, "Bearer") && strings.TrimSpace(text) != "" {
			return strings.TrimSpace(text)
		}
	}
	if text := r.Query.Get(Query); text != "" {
		return text
	}
	for _, name := range r.Subprotocols {
		if text, ok := strings.CutPrefix(name, SubprotocolPrefix); ok {
			return text
		}
	}
	if ownPage(r) {
		return r.Cookies[Cookie]
	}
	return ""
}

// ownPage says whether a request comes from a page of the same host, or from no
// page at all. Browsers send cookies along for every page: another one's could
// join in a player's name.
func ownPage(r *crosspeer.Request) bool {
	for _, origin := range r.Header["Origin"] {
		u, err := url.Parse(origin)
		if err != nil || !strings.EqualFold(u.Host, r.Host) {
			return false
		}
	}
	return true
}

// rawCommand is the byte in front of what MultiplayerAPI.send_bytes sends.
// Godot 3.2.3, MultiplayerAPI.
const rawCommand = 0x04

// unwrap takes off what Godot puts in front of bytes. Values of put_var begin
// with their type and three zeros: 4 for a text, which is send_bytes' command
// too, 20 for bytes. No token begins with a zero.
func unwrap(b []byte) []byte {
	if len(b) > 4 && bytes.Equal(b[1:4], []byte{0, 0, 0}) {
		v, n, err := variant.Config{}.Decode(b)
		if err == nil && n == len(b) {
			switch v := v.(type) {
			case string:
				return []byte(v)
			case []byte:
				return v
			}
		}
	}
	if len(b) > 0 && b[0] == rawCommand {
		return b[1:]
	}
	return b
}
