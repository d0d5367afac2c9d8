package main

import (
	"math"

	"crosspeer/variant"
)

// The field, in Godot's pixels: the origin is the upper left corner.
const (
	width, height = 640, 360
	paddleX       = 20 // of the left one's middle; the right one is as far from its edge
	paddleHeight  = 80
	ballRadius    = 6
	ballSpeed     = 260 // a second, at the serve
	ballFastest   = 900
	faster        = 1.05
	steepest      = math.Pi / 4
)

// Sides of the field.
const (
	left = iota
	right
)

var sideNames = [2]string{"left", "right"}

// game is the field and the score. It knows nothing of networks.
type game struct {
	ball     variant.Vector2
	velocity variant.Vector2
	paddles  [2]float64 // the middle of each, from the top
	score    [2]int
	points   int // that win
	serves   int
}

func newGame(points int) *game {
	g := &game{points: points, paddles: [2]float64{height / 2, height / 2}}
	g.serve(left)
	return g
}

// serve puts the ball into the middle and sends it towards a side.
func (g *game) serve(to int) {
	angle := steepest * (float64(g.serves%5) - 2) / 4
	g.serves++
	g.ball = variant.Vector2{X: width / 2, Y: height / 2}
	g.velocity = variant.Vector2{X: float32(ballSpeed * math.Cos(angle)), Y: float32(ballSpeed * math.Sin(angle))}
	if to == left {
		g.velocity.X = -g.velocity.X
	}
}

// move puts a paddle somewhere, within the field.
func (g *game) move(side int, y float64) {
	if math.IsNaN(y) {
		return
	}
	g.paddles[side] = min(max(y, paddleHeight/2), height-paddleHeight/2)
}

// step moves the ball for some seconds, bit by bit so that it jumps over
// nothing. It says whether somebody scored.
func (g *game) step(seconds float64) (scored bool) {
	const bit = 1.0 / 240
	for ; seconds > 0 && !scored; seconds -= bit {
		scored = g.fly(min(seconds, bit))
	}
	return scored
}

// fly moves the ball in a straight line and looks where it is then.
func (g *game) fly(seconds float64) (scored bool) {
	before := g.ball.X
	g.ball.X += g.velocity.X * float32(seconds)
	g.ball.Y += g.velocity.Y * float32(seconds)
	if g.ball.Y < ballRadius && g.velocity.Y < 0 || g.ball.Y > height-ballRadius && g.velocity.Y > 0 {
		g.velocity.Y = -g.velocity.Y
	}
	for side, line := range [2]float32{paddleX + ballRadius, width - paddleX - ballRadius} {
		towards := side == left && g.velocity.X < 0 || side == right && g.velocity.X > 0
		crossed := (before-line)*(g.ball.X-line) <= 0
		if off := (float64(g.ball.Y) - g.paddles[side]) / (paddleHeight/2 + ballRadius); towards && crossed && math.Abs(off) <= 1 {
			g.hit(off)
		}
	}
	switch {
	case g.ball.X < 0:
		return g.point(right)
	case g.ball.X > width:
		return g.point(left)
	}
	return false
}

// hit sends the ball back, the steeper the farther from the paddle's middle it
// was hit, off -1 to 1.
func (g *game) hit(off float64) {
	speed := min(math.Hypot(float64(g.velocity.X), float64(g.velocity.Y))*faster, ballFastest)
	back := -math.Copysign(1, float64(g.velocity.X))
	g.velocity.X = float32(back * speed * math.Cos(off*steepest))
	g.velocity.Y = float32(speed * math.Sin(off*steepest))
}

func (g *game) point(side int) bool {
	g.score[side]++
	g.serve(1 - side)
	return true
}

// winner is who has won, ok if somebody has.
func (g *game) winner() (side int, ok bool) {
	for side, n := range g.score {
		if n >= g.points {
			return side, true
		}
	}
	return 0, false
}
