package token

import (
	"encoding/base64"
	"strings"
)

// TextPrefix begins the text form, so that people, programs and scanners for
// leaked secrets know one. The rest is base64url (RFC 4648 §5) without padding:
// the text is good as it is in URLs, headers, cookies and as a WebSocket
// subprotocol.
const TextPrefix = "cp1."

// maxText is the length of the longest text.
var maxText = len(TextPrefix) + base64.RawURLEncoding.EncodedLen(MaxSize)

// Text is the text form of a token.
func Text(b []byte) string { return TextPrefix + base64.RawURLEncoding.EncodeToString(b) }

// ParseText is the inverse of Text. Spaces around the text do not count. Its
// error is ErrMalformed.
func ParseText(s string) ([]byte, error) {
	s = strings.TrimSpace(s)
	code, ok := strings.CutPrefix(s, TextPrefix)
	if !ok {
		return nil, malformed("the text of one begins with %s", TextPrefix)
	}
	if len(s) > maxText {
		return nil, malformed("%d characters, most are %d", len(s), maxText)
	}
	// Strict refuses a second form; line ends, which it would skip, are refused
	// here.
	if strings.ContainsAny(code, "\r\n") {
		return nil, malformed("it has a line end in it; was it cut in pieces when it was copied?")
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(code)
	if err != nil {
		return nil, malformed("its text has a character that is not base64url, or its end is missing")
	}
	return b, nil
}
