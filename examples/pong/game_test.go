package main

import (
	"math"
	"testing"

	"crosspeer/variant"
)

func TestABallThatNobodyHitsIsAPoint(t *testing.T) {
	for to, other := range []int{right, left} {
		g := newGame(5)
		g.serve(to)
		g.move(to, 0)
		g.ball.Y = height - 50
		for !g.step(1.0 / 60) {
		}
		if g.score[other] != 1 || g.score[to] != 0 {
			t.Errorf("served to %s: score %v", sideNames[to], g.score)
		}
		if (g.velocity.X < 0) != (other == right) {
			t.Errorf("served to %s: the next serve goes to %v", sideNames[to], g.velocity)
		}
	}
}

func TestAPlayerThatFollowsTheBallNeverMisses(t *testing.T) {
	for _, step := range []float64{1.0 / 60, 4.0 / 60} {
		g := newGame(5)
		for range 5000 {
			g.move(left, float64(g.ball.Y))
			g.move(right, float64(g.ball.Y))
			if g.step(step) {
				t.Fatalf("steps of %.3f s: a point after %d serves", step, g.serves)
			}
			if g.ball.Y < -50 || g.ball.Y > height+50 {
				t.Fatalf("the ball is at %v", g.ball)
			}
			if v := math.Hypot(float64(g.velocity.X), float64(g.velocity.Y)); v > ballFastest*1.01 {
				t.Fatalf("the ball flies at %.0f", v)
			}
		}
	}
}

func TestWallsSendTheBallBack(t *testing.T) {
	g := newGame(5)
	g.ball, g.velocity = variant.Vector2{X: width / 2, Y: 1}, variant.Vector2{X: 10, Y: -100}
	g.step(0.001)
	if g.velocity.Y != 100 {
		t.Errorf("at the upper wall: %v", g.velocity)
	}
	g.step(0.001)
	if g.velocity.Y != 100 {
		t.Errorf("it turns twice: %v", g.velocity)
	}
}

func TestPaddlesStayInTheField(t *testing.T) {
	g := newGame(5)
	for _, tt := range []struct{ y, want float64 }{
		{-1e9, paddleHeight / 2}, {math.Inf(1), height - paddleHeight/2}, {100, 100}, {math.NaN(), 100},
	} {
		if g.move(left, tt.y); g.paddles[left] != tt.want {
			t.Errorf("moved to %v: %v, want %v", tt.y, g.paddles[left], tt.want)
		}
	}
}

func TestWhoHasThePointsWins(t *testing.T) {
	g := newGame(2)
	for range 2 {
		if side, ok := g.winner(); ok {
			t.Fatalf("%s wins at %v", sideNames[side], g.score)
		}
		g.point(right)
	}
	if side, ok := g.winner(); !ok || side != right {
		t.Errorf("nobody wins at %v", g.score)
	}
}
