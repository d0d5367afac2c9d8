package main

import (
	"fmt"
	"io"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"crosspeer/token"
)

type tokenInspectCmd struct {
	Token    string    `arg:"" optional:"" help:"The token; standard input if there is none." placeholder:"TOKEN"`
	Key      string    `help:"File or directory of keys, as serve's --token-keys, to check it by." placeholder:"FILE"`
	Audience string    `help:"Session to check it for. Default: the one that it is for." placeholder:"NAME"`
	From     string    `help:"Address to check it for. Default: one that it may come from." placeholder:"IP"`
	At       time.Time `help:"Time to check it at, as 2026-11-27T12:00:00Z. Default: now." format:"2006-01-02T15:04:05Z07:00" placeholder:"TIME"`
}

func (c *tokenInspectCmd) Run(std streams) error {
	now := c.At
	if now.IsZero() {
		now = time.Now()
	}
	var from netip.Addr
	if c.From != "" {
		var err error
		if from, err = netip.ParseAddr(c.From); err != nil {
			return &usageError{fmt.Sprintf("--from %q: want an IP address", c.From)}
		}
	}
	if c.Key == "" && (c.Audience != "" || c.From != "") {
		return &usageError{"--audience and --from are for checking a token, which needs --key"}
	}
	text, err := readToken(c.Token, std.in)
	if err != nil {
		return err
	}
	b, err := token.ParseText(text)
	if err != nil {
		return err
	}
	claims, id, err := token.Unverified(b)
	if err != nil {
		return err
	}
	show(std.out, claims, id, now)
	if c.Key == "" {
		fmt.Fprintln(std.out, "verdict      not checked, see --key")
		return nil
	}
	keys, err := token.OpenKeyFiles(c.Key, now, nil)
	if err != nil {
		return fmt.Errorf("--key: %w", err)
	}
	if c.Audience == "" {
		c.Audience = claims.Audience
	}
	if !from.IsValid() && len(claims.Sources) > 0 {
		from = claims.Sources[0].Addr()
	}
	v, err := token.NewVerifier(token.Config{Audience: c.Audience, Keys: keys})
	if err != nil {
		return &usageError{inFlags(err)}
	}
	if _, err := v.Verify(b, now, from); err != nil {
		fmt.Fprintln(std.out, "verdict      refused")
		return err
	}
	fmt.Fprintln(std.out, "verdict      accepted")
	return nil
}

// show prints what a token says in a table.
func show(out io.Writer, c token.Claims, id token.KeyID, now time.Time) {
	row := func(name, format string, args ...any) {
		fmt.Fprintf(out, "%-12s "+format+"\n", append([]any{name}, args...)...)
	}
	row("key", "%v", id)
	row("audience", "%s", c.Audience)
	if c.Subject != "" {
		row("subject", "%s", c.Subject)
	}
	if !c.NotBefore.IsZero() {
		row("not before", "%s (%s)", c.NotBefore.Format(time.RFC3339), relative(c.NotBefore, now))
	}
	row("expires", "%s (%s)", c.Expires.Format(time.RFC3339), relative(c.Expires, now))
	if c.ID != (token.ID{}) {
		row("id", "%v", c.ID)
	}
	if c.SingleUse {
		row("single use", "yes")
	}
	if len(c.Sources) > 0 {
		row("sources", "%s", strings.Trim(fmt.Sprint(c.Sources), "[]"))
	}
	if c.PeerID != 0 {
		row("peer id", "%d", c.PeerID)
	}
	if c.PacketsPerSec != 0 {
		row("packets/s", "%d", c.PacketsPerSec)
	}
	if c.BytesPerSec != 0 {
		row("bytes/s", "%d", c.BytesPerSec)
	}
	for _, k := range slices.Sorted(maps.Keys(c.Meta)) {
		row("meta", "%s=%s", k, c.Meta[k])
	}
}

// relative is a time as seen from now.
func relative(t, now time.Time) string {
	d := t.Sub(now).Round(time.Second)
	if d < 0 {
		return (-d).String() + " ago"
	}
	return "in " + d.String()
}
