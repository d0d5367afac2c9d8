package signaling

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"time"

	"crosspeer/link/rtclink/signaling/internal/lobby"
)

// Config describes a Server. The zero value is the recommended default. It is
// copied before use.
type Config struct {
	// MaxPeers is the most connections. Default 4096, as the demo's Node.js
	// server.
	MaxPeers int

	// MaxLobbies is the most lobbies, sealed ones included. Default 1024, as
	// the demo's Node.js server.
	MaxLobbies int

	// MaxMembers is the most members of a lobby, the host included; the
	// session's lobby has no such limit. Default 256.
	MaxMembers int

	// MaxMessageBytes is the largest message of a client. Default 65,536.
	MaxMessageBytes int

	// MaxQueuedBytes is how much may wait for one connection to read it. One
	// that is slower is closed. Default 1,048,576.
	MaxQueuedBytes int

	// MaxMessageRate is how many messages a client may send per second in the
	// long run; four times as many may come at once. One that sends more is
	// closed. Default 256.
	MaxMessageRate int

	// JoinTimeout is how long a connection may be in no lobby. Default 1 s, as
	// the demo.
	JoinTimeout time.Duration

	// SealTimeout is after how long the members of a sealed lobby are closed.
	// Default 10 s, as the demo.
	SealTimeout time.Duration

	// PingInterval is how often clients are pinged. Default 10 s, as the
	// demo's Node.js server. One that does not answer for three times as long
	// is closed; a negative value means no pings.
	PingInterval time.Duration

	// Origins are the web pages that may connect, as patterns of path.Match
	// for the host or "scheme://host" of a browser's Origin header; the
	// server's own host may always. Programs that are no browsers send none
	// and may too. Default nil: every page may. Signalling uses no cookies, so
	// a page gains nothing that a program would not.
	Origins []string

	// ICEServers gives the STUN and TURN servers that a client is told with
	// its id, if it speaks JSON; the text dialect has no place for them. It is
	// called for each connection, with the request that it came with, from any
	// goroutine. The demo's clients do not look at them; Client does. Default
	// nil: none.
	ICEServers func(*http.Request) []ICEServer

	// Session makes the program the host of the lobby SessionLobby, for both
	// dialects. Default nil: there is no such lobby.
	Session Session

	// SessionLobby is the name of the session's lobby. Default "session".
	SessionLobby string

	// SessionOnly sends clients that name no lobby to the session. There are
	// no other lobbies then.
	SessionOnly bool

	// Logger gets connections and their ends at level Debug. Default nil:
	// nothing is logged.
	Logger *slog.Logger

	newID   func() int32 // tests replace them
	newName func() string
}

// burst is how many times the rate a client may send at once: a host greets
// all members of a full lobby.
const burst = 4

// DefaultSessionLobby is the name of the session's lobby if Config gives none.
const DefaultSessionLobby = "session"

// Validate says what is wrong with the configuration, all of it at once.
func (c *Config) Validate() error {
	var errs []error
	for _, n := range []struct {
		name string
		v    int
	}{
		{"MaxPeers", c.MaxPeers}, {"MaxLobbies", c.MaxLobbies}, {"MaxMembers", c.MaxMembers},
		{"MaxMessageBytes", c.MaxMessageBytes}, {"MaxQueuedBytes", c.MaxQueuedBytes}, {"MaxMessageRate", c.MaxMessageRate},
	} {
		if n.v < 0 {
			errs = append(errs, fmt.Errorf("signaling: Config.%s is %d, want 0 for the default or 1 and more", n.name, n.v))
		}
	}
	for _, d := range []struct {
		name string
		v    time.Duration
	}{
		{"JoinTimeout", c.JoinTimeout}, {"SealTimeout", c.SealTimeout},
	} {
		if d.v < 0 {
			errs = append(errs, fmt.Errorf("signaling: Config.%s is %v, want 0 for the default or more", d.name, d.v))
		}
	}
	for _, p := range c.Origins {
		if _, err := path.Match(p, ""); err != nil {
			errs = append(errs, fmt.Errorf("signaling: Config.Origins has %q, which is no pattern: %w", p, err))
		}
	}
	if c.Session == nil && (c.SessionOnly || c.SessionLobby != "") {
		errs = append(errs, errors.New("signaling: Config.SessionLobby or SessionOnly is set, and Config.Session is nil"))
	}
	if name := c.SessionLobby; strings.TrimSpace(name) != name || strings.Contains(name, "\n") {
		errs = append(errs, fmt.Errorf("signaling: Config.SessionLobby is %q, want a name without space around it and line ends", name))
	}
	return errors.Join(errs...)
}

func (c Config) populated() Config {
	def(&c.MaxPeers, 4096)
	def(&c.MaxLobbies, 1024)
	def(&c.MaxMembers, 256)
	def(&c.MaxMessageBytes, 64<<10)
	def(&c.MaxQueuedBytes, 1<<20)
	def(&c.MaxMessageRate, 256)
	def(&c.JoinTimeout, time.Second)
	def(&c.SealTimeout, 10*time.Second)
	def(&c.PingInterval, 10*time.Second)
	if c.Session != nil {
		def(&c.SessionLobby, DefaultSessionLobby)
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.newID == nil {
		c.newID, c.newName = randomID, randomName
	}
	return c
}

func def[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// hall translates the configuration for the core.
func (c *Config) hall() lobby.Config {
	return lobby.Config{
		MaxPeers:   c.MaxPeers,
		MaxLobbies: c.MaxLobbies,
		MaxMembers: c.MaxMembers,
		JoinTime:   c.JoinTimeout,
		SealTime:   c.SealTimeout,
		Rate:       c.MaxMessageRate,
		Burst:      c.MaxMessageRate * burst,
		Session:    c.SessionLobby,
		Alone:      c.SessionOnly,
		NewID:      c.newID,
		NewName:    c.newName,
	}
}

// allows says whether a request may become a connection.
func (c *Config) allows(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || c.Origins == nil {
		return true
	}
	_, host, ok := strings.Cut(strings.ToLower(origin), "://")
	if !ok {
		return false // "null", of a page without a place
	}
	if strings.EqualFold(host, r.Host) {
		return true
	}
	for _, p := range c.Origins {
		against := host
		if strings.Contains(p, "://") {
			against = strings.ToLower(origin)
		}
		if fits, err := path.Match(strings.ToLower(p), against); err == nil && fits {
			return true
		}
	}
	return false
}
