package variant

import (
	"encoding/hex"
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

func jsonBool(v any) (bool, error) {
	b, ok := v.(bool)
	if !ok {
		return false, wrong("true or false", v)
	}
	return b, nil
}

// digits is a number or a text with one.
func digits(v any) string {
	switch v := v.(type) {
	case json.Number:
		return v.String()
	case string:
		return v
	}
	return ""
}

func jsonInt(v any) (int64, error) {
	n, err := strconv.ParseInt(digits(v), 10, 64)
	if err != nil {
		return 0, wrong("an integer of 64 bits", v)
	}
	return n, nil
}

func jsonInt32(v any) (int32, error) {
	n, err := strconv.ParseInt(digits(v), 10, 32)
	if err != nil {
		return 0, wrong("an integer of 32 bits", v)
	}
	return int32(n), nil
}

func jsonUint(v any) (uint64, error) {
	n, err := strconv.ParseUint(digits(v), 10, 64)
	if err != nil {
		return 0, wrong("an id", v)
	}
	return n, nil
}

func jsonBits(v any) (uint64, error) {
	n, err := strconv.ParseUint(digits(v), 16, 64)
	if err != nil {
		return 0, wrong("16 digits in hex", v)
	}
	return n, nil
}

func jsonReal(v any) (float64, error) {
	if bits, ok := strings.CutPrefix(digits(v), "nan:"); ok {
		if n, err := strconv.ParseUint(bits, 16, 64); err == nil && math.IsNaN(math.Float64frombits(n)) {
			return math.Float64frombits(n), nil
		}
	}
	f, err := parseFloat(digits(v), 64)
	if err != nil {
		return 0, wrong(`a number, "inf", "-inf" or "nan"`, v)
	}
	if math.IsNaN(f) {
		f = math.Float64frombits(nan64)
	}
	return f, nil
}

func jsonReal32(v any) (float32, error) {
	if bits, ok := strings.CutPrefix(digits(v), "nan:"); ok {
		if n, err := strconv.ParseUint(bits, 16, 32); err == nil && n&^(1<<31) > 0x7f800000 {
			return math.Float32frombits(uint32(n)), nil
		}
	}
	f, err := parseFloat(digits(v), 32)
	if err != nil {
		return 0, wrong(`a number of single precision, "inf", "-inf" or "nan"`, v)
	}
	if math.IsNaN(f) {
		return math.Float32frombits(nan32), nil
	}
	return float32(f), nil
}

func jsonString(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case map[string]any:
		if text, ok := v["bytes"].(string); ok && len(v) == 1 {
			if b, err := hex.DecodeString(text); err == nil {
				return string(b), nil
			}
		}
	}
	return "", wrong("a text", v)
}
