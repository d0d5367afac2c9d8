package turnserver

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/pion/turn/v5"
)

// Credentials let somebody use the server until they expire.
type Credentials struct {
	URLs     []string // "turn:host:port?transport=udp", "turn:host:port?transport=tcp"
	Username string
	Password string
	Expires  time.Time // to the second
}

// Credentials makes credentials in the way of draft-uberti-behave-turn-rest:
// the username is the time of expiry and a name, the password a code of it.
// Limits are per name. A relay ends when its credentials have expired, so ttl
// should be longer than a game. The name should be no longer than 400 bytes.
func (s *Server) Credentials(now time.Time, name string, ttl time.Duration) Credentials {
	expires := time.Unix(now.Add(ttl).Unix(), 0)
	username := strconv.FormatInt(expires.Unix(), 10) + ":" + name
	return Credentials{
		URLs:     s.URLs(),
		Username: username,
		Password: password(s.cfg.Secret, username),
		Expires:  expires,
	}
}

func password(secret, username string) string {
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write([]byte(username))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func randomSecret() string { return rand.Text() }

// authenticate gives the key of a user whose time is not over. Whether the
// request was made with that key is pion's to check.
func (s *Server) authenticate(r *turn.RequestAttributes) (name string, key []byte, ok bool) {
	expiry, name, _ := strings.Cut(r.Username, ":")
	at, err := strconv.ParseInt(expiry, 10, 64)
	if err != nil || time.Now().Unix() >= at {
		s.rejected.Add(1)
		return "", nil, false
	}
	return name, turn.GenerateAuthKey(r.Username, r.Realm, password(s.cfg.Secret, r.Username)), true
}
