package token

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of what a token says.
const (
	MaxAudience  = 64   // bytes
	MaxSubject   = 128  // bytes
	MaxSources   = 4    // networks
	MaxMeta      = 16   // pairs
	MaxMetaBytes = 512  // keys and values together
	MaxSize      = 1024 // bytes of a whole token, so that it fits one ENet datagram
)

// Claims are what a token says. Audience and Expires are always there.
type Claims struct {
	// Audience is the session that the token is for, 1 to 64 bytes of text.
	Audience string

	// Subject is who the player is, up to 128 bytes of text. Default none.
	Subject string

	// Expires is when the token ends, NotBefore when it begins. Whole seconds;
	// the rest is cut off. The zero NotBefore is none.
	Expires   time.Time
	NotBefore time.Time

	// ID tells tokens apart. Default none; SingleUse needs one.
	ID ID

	// SingleUse makes the token good for one join.
	SingleUse bool

	// Sources are the networks that the player may come from, at most four; a
	// single address is a network of its full length. Default any.
	Sources []netip.Prefix

	// PeerID is the player's id in the session, 2 to 2,147,483,647. Default 0,
	// none in particular.
	PeerID int32

	// Meta is what else the game wants to know, at most 16 pairs of text with
	// 512 bytes in all. Keys are not empty.
	Meta map[string]string

	// PacketsPerSec and BytesPerSec bound what the player may send. Default 0,
	// the server's own limit.
	PacketsPerSec, BytesPerSec uint32
}

// Who is the subject, or the token's ID if it has none, for logs.
func (c Claims) Who() string {
	if c.Subject == "" && c.ID != (ID{}) {
		return "token " + c.ID.String()
	}
	return c.Subject
}

// ID is a token's number, drawn at random. The zero ID is none.
type ID [16]byte

// NewID draws an ID from rand, which is crypto/rand.Reader outside of tests.
func NewID(rand io.Reader) (id ID, err error) {
	_, err = io.ReadFull(rand, id[:])
	return id, err
}

// String is the ID in hex.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// maxTime is the last second of the year 9999, what RFC 3339 can write.
const maxTime = 253402300799

// Validate says what is wrong with the claims, all of it at once.
func (c *Claims) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("token: Claims."+format, args...)) }
	text := func(field, s string, least, most int) {
		switch {
		case len(s) < least || len(s) > most:
			bad("%s has %d bytes, want %d to %d", field, len(s), least, most)
		case !utf8.ValidString(s) || strings.ContainsFunc(s, isControl):
			bad("%s is %q, want UTF-8 text without control characters", field, s)
		}
	}
	text("Audience", c.Audience, 1, MaxAudience)
	text("Subject", c.Subject, 0, MaxSubject)
	if s := c.Expires.Unix(); s <= 0 || s > maxTime {
		bad("Expires is %v, want a time from 1970 to 9999", c.Expires)
	}
	if s := c.NotBefore.Unix(); !c.NotBefore.IsZero() && (s <= 0 || s >= c.Expires.Unix()) {
		bad("NotBefore is %v, want a time before Expires, %v", c.NotBefore, c.Expires)
	}
	if c.SingleUse && c.ID == (ID{}) {
		bad("SingleUse needs an ID")
	}
	if len(c.Sources) > MaxSources {
		bad("Sources has %d networks, want at most %d", len(c.Sources), MaxSources)
	}
	for _, p := range c.Sources {
		if !p.IsValid() || p != p.Masked() || p.Addr().Is4In6() {
			bad("Sources has %v, want a network as 192.0.2.0/24, without bits after its length", p)
		}
	}
	if c.PeerID < 0 || c.PeerID == 1 {
		bad("PeerID is %d, want 2 to 2147483647, or 0 for none", c.PeerID)
	}
	if len(c.Meta) > MaxMeta {
		bad("Meta has %d pairs, want at most %d", len(c.Meta), MaxMeta)
	}
	size := 0
	for k, v := range c.Meta {
		size += len(k) + len(v)
		if k == "" || !utf8.ValidString(k) || !utf8.ValidString(v) || strings.ContainsFunc(k+v, isControl) {
			bad("Meta has %q with value %q, want UTF-8 text without control characters, and a key", k, v)
		}
	}
	if size > MaxMetaBytes {
		bad("Meta has %d bytes, want at most %d", size, MaxMetaBytes)
	}
	return errors.Join(errs...)
}

// isControl keeps out what could forge lines of a log or a terminal.
func isControl(r rune) bool { return r < ' ' || r >= 0x7F && r < 0xA0 }
