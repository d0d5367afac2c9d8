package protocol

import (
	"encoding/json"
	"math"
	"strconv"
	"unicode/utf8"
)

// parseJSON reads an object with type, id and data in any order. As in the
// demo's Node.js server data may be missing. Members with other names are
// ignored, but for iceServers.
func parseJSON(b []byte) (Message, error) {
	var members map[string]json.RawMessage
	if !utf8.Valid(b) || json.Unmarshal(b, &members) != nil {
		return Message{}, ErrFormat
	}
	kind, ok := number(members["type"])
	if !ok {
		return Message{}, ErrFormat
	}
	var m Message
	if m.ID, ok = number(members["id"]); !ok {
		return Message{}, ErrFormat
	}
	if data, there := members["data"]; there && (data[0] != '"' || json.Unmarshal(data, &m.Data) != nil) {
		return Message{}, ErrFormat
	}
	if m.Kind = Kind(kind); kind > int32(Seal) {
		m.Kind = Unknown
	}
	if ice, there := members["iceServers"]; there && m.Kind == ID && json.Unmarshal(ice, &m.ICEServers) != nil {
		return Message{}, ErrFormat
	}
	return m, nil
}

// number reads a whole number that is not negative. 2.0 is one: the engines
// know floating point only.
func number(b json.RawMessage) (int32, bool) {
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil || v < 0 || v > math.MaxInt32 || v != math.Trunc(v) {
		return 0, false
	}
	return int32(v), true
}

// appendJSON writes the members in the order in which Godot's own JSON writer
// sorts them, without spaces.
func appendJSON(dst []byte, m Message) []byte {
	dst = append(dst, `{"data":`...)
	dst = appendString(dst, m.Data)
	if len(m.ICEServers) > 0 {
		dst = append(dst, `,"iceServers":[`...)
		for i, s := range m.ICEServers {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendICEServer(dst, s)
		}
		dst = append(dst, ']')
	}
	dst = append(dst, `,"id":`...)
	dst = strconv.AppendInt(dst, int64(m.ID), 10)
	dst = append(dst, `,"type":`...)
	dst = strconv.AppendInt(dst, int64(m.Kind), 10)
	return append(dst, '}')
}

func appendICEServer(dst []byte, s ICEServer) []byte {
	dst = append(dst, '{')
	if s.Credential != "" {
		dst = appendString(append(dst, `"credential":`...), s.Credential)
		dst = append(dst, ',')
	}
	dst = append(dst, `"urls":[`...)
	for i, u := range s.URLs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, u)
	}
	dst = append(dst, ']')
	if s.Username != "" {
		dst = appendString(append(dst, `,"username":`...), s.Username)
	}
	return append(dst, '}')
}

// appendString writes a JSON string. Slashes and everything beyond ASCII stay
// as they are, as Godot writes them.
func appendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
