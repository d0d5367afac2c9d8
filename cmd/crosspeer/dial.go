package main

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"crosspeer"
	"crosspeer/admit"
	"crosspeer/enet/dtls"
	"crosspeer/enet/zstd"
	"crosspeer/link/enetlink"
	"crosspeer/link/rtclink"
	"crosspeer/link/wslink"
)

// defaultPort is serve's for ENet.
const defaultPort = "4242"

// dialer reads the URL.
func (c *joinCmd) dialer() (crosspeer.Dialer, error) {
	raw := c.URL
	if !strings.Contains(raw, "://") {
		raw = "enet://" + raw
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, &usageError{fmt.Sprintf("URL %q: want enet://host:port, ws://host:port/path or rtc+ws://host:port/path", c.URL)}
	}
	if port := u.Port(); port != "" {
		if err := checkPort(fmt.Sprintf("URL %q", c.URL), port, 1); err != nil {
			return nil, err
		}
	}
	switch u.Scheme {
	case "enet", "enets":
		return c.enet(u)
	case "ws", "wss":
		return c.webSocket(u)
	case "rtc+ws", "rtc+wss":
		return c.webRTC(u)
	}
	return nil, &usageError{fmt.Sprintf("URL %q: scheme %q is not known, want enet, enets, ws, wss, rtc+ws or rtc+wss", c.URL, u.Scheme)}
}

func (c *joinCmd) enet(u *url.URL) (crosspeer.Dialer, error) {
	if u.Hostname() == "" || strings.Trim(u.Path, "/") != "" {
		return nil, &usageError{fmt.Sprintf("URL %q: want %s://host:port", c.URL, u.Scheme)}
	}
	port := cmp.Or(u.Port(), defaultPort)
	compression, err := enetlink.ParseCompression(c.Compression)
	if err != nil {
		return nil, err
	}
	c.firstPacket = c.Token != ""
	cfg := enetlink.Config{Compression: compression, Zstd: zstd.Compression}
	if u.Scheme == "enets" {
		trust, err := c.trust()
		if err != nil {
			return nil, err
		}
		own := dtls.ClientConfig{Insecure: c.Insecure}
		if trust != nil {
			own.RootCAs = trust.RootCAs
		}
		cfg.Security = dtls.Client(own)
	}
	return enetlink.Dial(net.JoinHostPort(u.Hostname(), port), cfg), nil
}

func (c *joinCmd) webSocket(u *url.URL) (crosspeer.Dialer, error) {
	if u.Hostname() == "" {
		return nil, &usageError{fmt.Sprintf("URL %q: want %s://host:port/path", c.URL, u.Scheme)}
	}
	trust, err := c.trust()
	return wslink.Dial(c.withToken(u), wslink.Config{TLS: trust}), err
}

func (c *joinCmd) webRTC(u *url.URL) (crosspeer.Dialer, error) {
	if u.Hostname() == "" {
		return nil, &usageError{fmt.Sprintf("URL %q: want %s://host:port/path", c.URL, u.Scheme)}
	}
	trust, err := c.trust()
	return rtclink.Dial(c.withToken(u), rtclink.Config{TLS: trust}), err
}

// withToken is the URL with the token in its query.
func (c *joinCmd) withToken(u *url.URL) string {
	if c.Token == "" {
		return u.String()
	}
	own := *u
	own.RawQuery = strings.TrimPrefix(own.RawQuery+"&"+admit.Query+"="+url.QueryEscape(c.Token), "&")
	return own.String()
}

// trust is how TLS servers are checked, nil for the system's way.
func (c *joinCmd) trust() (*tls.Config, error) {
	switch {
	case c.CA != "" && c.Insecure:
		return nil, &usageError{"--ca and --insecure exclude each other"}
	case c.Insecure:
		return &tls.Config{InsecureSkipVerify: true}, nil
	case c.CA == "":
		return nil, nil
	}
	pem, err := os.ReadFile(c.CA)
	if err != nil {
		return nil, fmt.Errorf("--ca: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("--ca: %s has no certificate", c.CA)
	}
	return &tls.Config{RootCAs: pool}, nil
}
