package main

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"crosspeer/variant"
)

type varCmd struct {
	Input   []string `arg:"" optional:"" help:"What to convert; standard input if there is none." placeholder:"INPUT"`
	From    string   `help:"What it is (${enum})." enum:"hex,base64,raw,text,json" default:"hex"`
	To      string   `help:"What to print (${enum}); auto is text for bytes, and hex for text and JSON." enum:"auto,text,json,hex,base64,raw" default:"auto"`
	Godot   string   `help:"Version of the binary form (${enum})." enum:"3,4" default:"3"`
	Objects bool     `help:"Allow objects in full. They are shown, never executed."`
	Skip    int      `help:"Leave out bytes at the start, such as the header of a packet." default:"0" placeholder:"N"`
	All     bool     `help:"Convert every value in the bytes, not only the first, one a line."`
}

func (c *varCmd) Run(std streams) error {
	binary := c.From == "hex" || c.From == "base64" || c.From == "raw"
	if c.To == "auto" {
		c.To = map[bool]string{true: "text", false: "hex"}[binary]
	}
	switch {
	case c.Skip < 0:
		return &usageError{"--skip must be 0 or more"}
	case !binary && (c.All || c.Skip > 0):
		return &usageError{"--all and --skip are for bytes"}
	}
	input := []byte(strings.Join(c.Input, " "))
	if len(c.Input) == 0 {
		var err error
		if input, err = io.ReadAll(std.in); err != nil {
			return err
		}
	}
	if !binary {
		v, err := c.parse(input)
		if err != nil {
			return err
		}
		return c.print(std.out, v)
	}
	b, err := c.bytes(input)
	if err != nil {
		return err
	}
	return c.values(b, std)
}

func (c *varCmd) config() variant.Config {
	cfg := variant.Config{AllowObjects: c.Objects}
	if c.Godot == "4" {
		cfg.Dialect = variant.Godot4
	}
	return cfg
}

// parse reads text or JSON.
func (c *varCmd) parse(input []byte) (any, error) {
	if c.From == "json" {
		return variant.ParseJSON(input)
	}
	return variant.Parse(string(input))
}

// bytes reads bytes in the form that was named. Spaces and what captures have
// between digits do not count.
func (c *varCmd) bytes(input []byte) (b []byte, err error) {
	switch c.From {
	case "raw":
		b = input
	case "base64":
		text := strings.TrimRight(strip(input, ""), "=")
		encoding := base64.RawStdEncoding
		if strings.ContainsAny(text, "-_") {
			encoding = base64.RawURLEncoding
		}
		var at base64.CorruptInputError
		if b, err = encoding.DecodeString(text); errors.As(err, &at) {
			return nil, fmt.Errorf("no base64 at character %d", int64(at)+1)
		}
	default:
		text := strings.ReplaceAll(strings.ToLower(strip(input, ":,")), "0x", "")
		if i := strings.IndexFunc(text, func(r rune) bool { return !strings.ContainsRune("0123456789abcdef", r) }); i >= 0 {
			r := []rune(text[i:])[0]
			return nil, fmt.Errorf("no hex at digit %d: %q; see --from for other forms", i+1, r)
		}
		if len(text)%2 != 0 {
			return nil, fmt.Errorf("%d digits in hex: the last byte has only one", len(text))
		}
		b, err = hex.DecodeString(text)
	}
	if err == nil && c.Skip > len(b) {
		err = &usageError{fmt.Sprintf("--skip %d: there are %d bytes", c.Skip, len(b))}
	}
	return b, err
}

// strip removes spaces and some other characters.
func strip(b []byte, others string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune(others, r) {
			return -1
		}
		return r
	}, string(b))
}

// values prints what is in the bytes. Offsets of errors count from the start
// of the input.
func (c *varCmd) values(b []byte, std streams) error {
	for off := c.Skip; ; {
		v, n, err := c.config().Decode(b[off:])
		if err != nil {
			return fmt.Errorf("%w%s", shifted(err, off), objectsHint(err))
		}
		if err := c.print(std.out, v); err != nil {
			return err
		}
		off += n
		if off >= len(b) {
			return nil
		}
		if !c.All {
			fmt.Fprintf(std.err, "crosspeer: %d more bytes from offset %d on; see --all\n", len(b)-off, off)
			return nil
		}
	}
}

// shifted is an error whose offset counts from an earlier byte.
func shifted(err error, by int) error {
	var syntax *variant.SyntaxError
	var limit *variant.LimitError
	switch {
	case errors.As(err, &syntax):
		syntax.Offset += by
	case errors.As(err, &limit):
		limit.Offset += by
	}
	return err
}

// shown says why a value cannot be shown: neither the version that was named nor
// Godot 4, which has more types, could read it.
func shown(d variant.Dialect, v any) error {
	_, err := variant.Config{Dialect: d, AllowObjects: true}.Marshal(v)
	if err != nil {
		if _, err := (variant.Config{Dialect: variant.Godot4, AllowObjects: true}).Marshal(v); err == nil {
			return nil
		}
	}
	return err
}

// objectsHint says what to do about objects.
func objectsHint(err error) string {
	if errors.Is(err, variant.ErrObject) {
		return "; see --objects"
	}
	return ""
}

// print writes a value in the form that was named.
func (c *varCmd) print(out io.Writer, v any) error {
	cfg := c.config()
	switch c.To {
	case "text":
		if err := shown(cfg.Dialect, v); err != nil {
			return err
		}
		_, err := fmt.Fprintln(out, cfg.Dialect.Format(v))
		return err
	case "json":
		b, err := cfg.Dialect.FormatJSON(v)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%s\n", b)
		return err
	}
	b, err := cfg.Marshal(v)
	if err != nil {
		return fmt.Errorf("%w%s", err, objectsHint(err))
	}
	switch c.To {
	case "hex":
		_, err = fmt.Fprintln(out, hex.EncodeToString(b))
	case "base64":
		_, err = fmt.Fprintln(out, base64.StdEncoding.EncodeToString(b))
	case "raw":
		_, err = out.Write(b)
	}
	return err
}
