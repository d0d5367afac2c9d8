package server

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificateCheck is the least time between two looks at the files.
const certificateCheck = time.Second

// certificate is a TLS certificate that is read again when its files change.
// Files that cannot be read leave the last good certificate in place.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger
	now               func() time.Time

	mu      sync.Mutex
	loaded  *tls.Certificate
	seen    [2]fileState // what the files were at the last attempt to read them
	checked time.Time
}

// fileState tells whether a file has changed.
type fileState struct {
	modified time.Time
	size     int64
}

func newCertificate(certFile, keyFile string, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log, now: time.Now}
	seen, err := c.look()
	if err != nil {
		return nil, err
	}
	loaded, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("server: certificate %s with key %s: %w", certFile, keyFile, err)
	}
	c.loaded, c.seen, c.checked = &loaded, seen, c.now()
	return c, nil
}

// look gives the state of the two files.
func (c *certificate) look() (s [2]fileState, err error) {
	for i, name := range []string{c.certFile, c.keyFile} {
		info, err := os.Stat(name)
		if err != nil {
			return s, fmt.Errorf("server: certificate: %w", err)
		}
		s[i] = fileState{info.ModTime(), info.Size()}
	}
	return s, nil
}

// get is the GetCertificate of a tls.Config.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current() }

// current is the certificate for the next handshake. It looks at the files at
// most once a second.
func (c *certificate) current() (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if now.Sub(c.checked) < certificateCheck {
		return c.loaded, nil
	}
	c.checked = now
	seen, err := c.look()
	if err != nil || seen == c.seen {
		return c.loaded, nil // files that are being replaced are looked at again
	}
	c.seen = seen
	loaded, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		c.log.Warn("the changed certificate cannot be used, the last one stays", "cert", c.certFile, "err", err)
		return c.loaded, nil
	}
	c.loaded = &loaded
	c.log.Info("certificate read again", "cert", c.certFile, "until", loaded.Leaf.NotAfter)
	return c.loaded, nil
}
