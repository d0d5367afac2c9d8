package protocol

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// letters are the text dialect's names of the kinds.
const letters = "JINDOACS"

// parseText reads LETTER ": " ARGUMENT "\n" PAYLOAD.
func parseText(b []byte) (Message, error) {
	line := bytes.IndexByte(b, '\n')
	if line < 3 || b[1] != ':' || b[2] != ' ' || !utf8.Valid(b) {
		return Message{}, ErrFormat
	}
	argument := strings.TrimSpace(string(b[3:line]))
	kind := Unknown
	if i := strings.IndexByte(letters, b[0]); i >= 0 {
		kind = Kind(i)
	}
	switch kind {
	case Join:
		return Message{Kind: Join, Data: argument}, nil
	case Seal:
		return Message{Kind: Seal}, nil
	}
	id, err := strconv.ParseUint(argument, 10, 31)
	if err != nil {
		return Message{}, ErrFormat
	}
	m := Message{Kind: kind, ID: int32(id)}
	if kind.Relayed() {
		m.Data = string(b[line+1:])
	}
	return m, nil
}

func appendText(dst []byte, m Message) []byte {
	dst = append(dst, letters[m.Kind], ':', ' ')
	switch m.Kind {
	case Join:
		dst = append(dst, m.Data...)
	case Seal:
	default:
		dst = strconv.AppendInt(dst, int64(m.ID), 10)
	}
	dst = append(dst, '\n')
	if m.Kind.Relayed() {
		dst = append(dst, m.Data...)
	}
	return dst
}

// ICE is an ICE candidate in parts: the media stream's name, its number, and
// the candidate's own line.
type ICE struct {
	Mid       string
	Index     int
	Candidate string
}

// FormatCandidate is the Data of a Candidate message, as both demos write it.
func FormatCandidate(c ICE) string {
	return "\n" + c.Mid + "\n" + strconv.Itoa(c.Index) + "\n" + c.Candidate
}

// ParseCandidate is the inverse of FormatCandidate. As in the demo's clients
// empty lines do not count, and the only error is ErrFormat.
func ParseCandidate(data string) (ICE, error) {
	var parts []string
	for line := range strings.SplitSeq(data, "\n") {
		if line == "" {
			continue
		}
		if len(parts) == 3 {
			return ICE{}, ErrFormat
		}
		parts = append(parts, line)
	}
	if len(parts) != 3 {
		return ICE{}, ErrFormat
	}
	index, err := strconv.Atoi(parts[1])
	if err != nil || index < 0 || index > math.MaxUint16 {
		return ICE{}, ErrFormat
	}
	return ICE{parts[0], index, parts[2]}, nil
}
