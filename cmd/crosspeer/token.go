package main

import (
	"crypto/rand"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
	"time"

	"crosspeer/token"
)

type tokenCmd struct {
	Key     tokenKeyCmd     `cmd:"" help:"Make a pair of keys: one that makes tokens, one for servers that check them."`
	Make    tokenMakeCmd    `cmd:"" help:"Make a token for a player."`
	Inspect tokenInspectCmd `cmd:"" help:"Show what a token says, and whether it would be accepted."`
}

type tokenKeyCmd struct {
	Name string `arg:"" help:"The files' path without extension: NAME.key is secret, NAME.pem public." placeholder:"NAME"`
}

// Extensions of key files. Directories of --token-keys read the public ones.
const (
	secretExtension = ".key"
	publicExtension = ".pem"
)

func (c *tokenKeyCmd) Run(std streams) error {
	key, err := token.NewKey(rand.Reader)
	if err != nil {
		return err
	}
	secret, public := c.Name+secretExtension, c.Name+publicExtension
	if err := create(secret, key.PEM(), 0o600); err != nil {
		return err
	}
	if err := create(public, key.Public().PEM(), 0o644); err != nil {
		os.Remove(secret) // half a pair would only be in the way
		return err
	}
	fmt.Fprintf(std.out, "key %s\n%s: secret, for who makes tokens\n%s: public, for game servers\n", key.ID(), secret, public)
	return nil
}

// create writes a file that is not there yet.
func create(name string, content []byte, mode os.FileMode) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if os.IsExist(err) {
		return fmt.Errorf("%s exists already; keys are not overwritten, choose another NAME", name)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

type tokenMakeCmd struct {
	Key           string            `help:"File of the secret key." required:"" placeholder:"FILE"`
	Audience      string            `help:"Session that the token is for, serve's --session." required:"" placeholder:"NAME"`
	Expires       time.Duration     `help:"How long it is good." default:"1h" placeholder:"DURATION"`
	NotBefore     time.Duration     `help:"When it begins, from now on." placeholder:"DURATION"`
	SingleUse     bool              `help:"It is good for one join."`
	Source        []string          `help:"Address or network that the player must come from, at most four." placeholder:"CIDR"`
	ID            int32             `name:"id" help:"The player's id in the session. Not for Godot's ENet clients, which choose their own." placeholder:"N"`
	Subject       string            `help:"Who the player is." placeholder:"TEXT"`
	Meta          map[string]string `help:"What else the game wants to know, key=value; can be repeated." mapsep:"none" placeholder:"KEY=VALUE"`
	PacketsPerSec uint32            `help:"Most packets that the player may send." placeholder:"N"`
	BytesPerSec   uint32            `help:"Most bytes that the player may send." placeholder:"N"`
}

func (c *tokenMakeCmd) Run(std streams) error {
	claims := token.Claims{
		Audience: c.Audience, Subject: c.Subject, SingleUse: c.SingleUse, PeerID: c.ID, Meta: c.Meta,
		PacketsPerSec: c.PacketsPerSec, BytesPerSec: c.BytesPerSec,
	}
	switch {
	case c.Expires < time.Second:
		return &usageError{fmt.Sprintf("--expires must be 1s or more but is %v", c.Expires)}
	case c.NotBefore < 0 || c.NotBefore >= c.Expires:
		return &usageError{fmt.Sprintf("--not-before must be less than --expires, %v, but is %v", c.Expires, c.NotBefore)}
	}
	now := time.Now()
	claims.Expires = now.Add(c.Expires)
	if c.NotBefore > 0 {
		claims.NotBefore = now.Add(c.NotBefore)
	}
	for _, text := range c.Source {
		p, err := parseSource(text)
		if err != nil {
			return err
		}
		claims.Sources = append(claims.Sources, p)
	}
	var err error
	if claims.ID, err = token.NewID(rand.Reader); err != nil {
		return err
	}
	if err := claims.Validate(); err != nil {
		return &usageError{inFlags(err)}
	}
	file, err := os.ReadFile(c.Key)
	if err != nil {
		return fmt.Errorf("--key: %w", err)
	}
	key, err := token.ParseSecretKey(file)
	if err != nil {
		return fmt.Errorf("--key %s: %w", c.Key, err)
	}
	b, err := key.Sign(claims)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(std.out, token.Text(b))
	return err
}

// parseSource reads a network, or an address as one.
func parseSource(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, &usageError{fmt.Sprintf("--source %q: want an address or a network, as 192.0.2.0/24", text)}
	}
	return p.Masked(), nil
}

// inFlags puts an error of Claims in the words of the flags.
func inFlags(err error) string {
	return strings.NewReplacer(
		"token: Claims.Audience", "--audience", "token: Claims.Subject", "--subject", "token: Claims.Sources", "--source",
		"token: Claims.PeerID", "--id", "token: Claims.Meta", "--meta", "token: Claims.Expires", "--expires",
		"token: Claims.NotBefore", "--not-before", "\n", "; ",
	).Replace(err.Error())
}

// readToken is a command's argument, or standard input.
func readToken(arg string, in io.Reader) (string, error) {
	if arg != "" {
		return arg, nil
	}
	b, err := io.ReadAll(io.LimitReader(in, 64<<10))
	return strings.TrimSpace(string(b)), err
}
