package variant

import (
	"fmt"
	"image/color"
	"math"
	"strconv"
	"strings"
)

// Color is a colour, each part 0 to 1 and not limited to that. Alpha 1 is
// opaque, and the zero value transparent black. It is an image/color.Color.
type Color struct{ R, G, B, A float32 }

// RGB is an opaque colour.
func RGB(r, g, b float32) Color { return Color{r, g, b, 1} }

// ColorOf converts a colour of Go's.
func ColorOf(c color.Color) Color {
	n := color.NRGBA64Model.Convert(c).(color.NRGBA64)
	const most = 0xffff
	return Color{float32(n.R) / most, float32(n.G) / most, float32(n.B) / most, float32(n.A) / most}
}

// ParseColor reads "#rrggbb", an opaque colour; the # may be missing. Where
// alpha stands in the form with eight digits, Godot 3 and 4 do not agree.
func ParseColor(s string) (Color, error) {
	digits := strings.TrimPrefix(s, "#")
	n, err := strconv.ParseUint(digits, 16, 24)
	if err != nil || len(digits) != 6 {
		return Color{}, fmt.Errorf("variant: colour %q: want #rrggbb", s)
	}
	part := func(shift int) float32 { return float32(uint8(n>>shift)) / 255 }
	return RGB(part(16), part(8), part(0)), nil
}

// HTML is "#rrggbb", each part limited to 0 to 1, without alpha.
func (c Color) HTML() string {
	part := func(f float32) uint8 { return uint8(math.Round(unit(f) * 255)) }
	return fmt.Sprintf("#%02x%02x%02x", part(c.R), part(c.G), part(c.B))
}

// RGBA implements image/color.Color.
func (c Color) RGBA() (r, g, b, a uint32) {
	alpha := unit(c.A)
	part := func(f float32) uint32 { return uint32(math.Round(unit(f) * alpha * 0xffff)) }
	return part(c.R), part(c.G), part(c.B), uint32(math.Round(alpha * 0xffff))
}

// unit limits a part to 0 to 1; what is no number becomes 0.
func unit(f float32) float64 {
	if f > 0 {
		return math.Min(float64(f), 1)
	}
	return 0
}

// String is "Color(1, 0, 0, 1)".
func (c Color) String() string { return Godot3.Format(c) }
