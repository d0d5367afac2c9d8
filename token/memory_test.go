package token

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func single(id byte, ends time.Duration) Claims {
	c := valid()
	c.SingleUse, c.ID, c.Expires = true, ID{id}, noon.Add(ends)
	return c
}

func TestAReplayIsRefused(t *testing.T) {
	key := testKey(t, 1)
	v := verifier(t, NewKeyRing(key.Public()))
	b := sign(t, key, single(1, time.Minute))
	if _, err := v.Verify(b, noon, remote); err != nil {
		t.Fatal(err)
	}
	for _, after := range []time.Duration{0, time.Minute, 90*time.Second - 1} {
		if _, err := v.Verify(b, noon.Add(after), remote); !errors.Is(err, ErrUsed) {
			t.Errorf("after %v: %v", after, err)
		}
	}
	// What the token says otherwise does not make it another one.
	again := single(1, time.Minute)
	again.Subject = "bob"
	if _, err := v.Verify(sign(t, key, again), noon, remote); !errors.Is(err, ErrUsed) {
		t.Errorf("the same id with another subject: %v", err)
	}
	if _, err := v.Verify(b, noon.Add(90*time.Second), remote); !errors.Is(err, ErrExpired) {
		t.Errorf("when it is forgotten: %v", err)
	}
	if _, err := v.Verify(sign(t, key, single(2, time.Minute)), noon, remote); err != nil {
		t.Errorf("another id: %v", err)
	}
}

func TestAClockThatIsSetBackMakesNoReplay(t *testing.T) {
	key := testKey(t, 1)
	v := verifier(t, NewKeyRing(key.Public()))
	for _, step := range []struct {
		name     string
		id       byte
		ends, at time.Duration
		want     error
	}{
		{"used", 1, time.Minute, 0, nil},
		{"another one, when that is forgotten", 2, time.Hour, 2 * time.Minute, nil},
		{"the first when the clock is set back", 1, time.Minute, 0, ErrExpired},
		{"one that could have been forgotten", 3, time.Minute, 0, ErrExpired},
		{"the second", 2, time.Hour, 0, ErrUsed},
		{"one that could not", 4, time.Minute + time.Second, 0, nil},
	} {
		if _, err := v.Verify(sign(t, key, single(step.id, step.ends)), noon.Add(step.at), remote); !errors.Is(err, step.want) {
			t.Errorf("%s: %v, want %v", step.name, err, step.want)
		}
	}
}

func TestTheIDsOfTwoKeysAreApart(t *testing.T) {
	a, b := testKey(t, 1), testKey(t, 2)
	v := verifier(t, NewKeyRing(a.Public(), b.Public()))
	for _, k := range []SecretKey{a, b} {
		if _, err := v.Verify(sign(t, k, single(1, time.Minute)), noon, remote); err != nil {
			t.Errorf("%v: %v", k, err)
		}
	}
}

func TestATokenThatIsRefusedIsNotUsed(t *testing.T) {
	key := testKey(t, 1)
	v := verifier(t, NewKeyRing(key.Public()))
	other := single(1, time.Minute)
	other.Audience = "arena-4"
	if _, err := v.Verify(sign(t, key, other), noon, remote); !errors.Is(err, ErrAudience) {
		t.Fatal(err)
	}
	if _, err := v.Verify(sign(t, key, single(1, time.Minute)), noon, remote); err != nil {
		t.Error(err)
	}
}

func TestAFullMemoryRefuses(t *testing.T) {
	key := testKey(t, 1)
	m := NewMemory(2)
	v, err := NewVerifier(Config{Audience: "arena-3", Keys: NewKeyRing(key.Public()), Used: m})
	if err != nil {
		t.Fatal(err)
	}
	verify := func(id byte, ends, at time.Duration) error {
		_, err := v.Verify(sign(t, key, single(id, ends)), noon.Add(at), remote)
		return err
	}
	for _, step := range []struct {
		name     string
		id       byte
		ends, at time.Duration
		want     error
		len      int
	}{
		{"the first", 1, 2 * time.Minute, 0, nil, 1},
		{"the second", 2, time.Minute, 0, nil, 2},
		{"one too many", 3, 5 * time.Minute, 0, ErrMemoryFull, 2},
		{"a replay while it is full", 1, 2 * time.Minute, 0, ErrUsed, 2},
		{"before the second has ended", 3, 5 * time.Minute, 90*time.Second - 1, ErrMemoryFull, 2},
		{"when it has", 3, 5 * time.Minute, 90 * time.Second, nil, 2},
		{"a replay of the first", 1, 2 * time.Minute, 91 * time.Second, ErrUsed, 2},
		{"when all have ended", 4, 20 * time.Minute, 10 * time.Minute, nil, 1},
	} {
		if err := verify(step.id, step.ends, step.at); !errors.Is(err, step.want) || m.Len() != step.len {
			t.Errorf("%s: %v with %d remembered, want %v with %d", step.name, err, m.Len(), step.want, step.len)
		}
	}
}

func TestOneOfManyUsesWins(t *testing.T) {
	key := testKey(t, 1)
	v := verifier(t, NewKeyRing(key.Public()))
	b := sign(t, key, single(1, time.Minute))
	var accepted atomic.Int32
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if _, err := v.Verify(b, noon, remote); err == nil {
				accepted.Add(1)
			}
		})
	}
	all.Wait()
	if n := accepted.Load(); n != 1 {
		t.Errorf("%d of them came in", n)
	}
}

// TestMemoryIsAListThatForgets compares the heap with a list that is looked
// through.
func TestMemoryIsAListThatForgets(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 0))
		const most = 5
		m := NewMemory(most)
		list := map[ID]time.Time{}
		now := noon
		for step := range 300 {
			now = now.Add(time.Duration(r.IntN(3)) * time.Second)
			id, until := ID{byte(r.IntN(12))}, now.Add(time.Duration(1+r.IntN(20))*time.Second)
			for id, end := range list {
				if !now.Before(end) {
					delete(list, id)
				}
			}
			var want error
			if _, ok := list[id]; ok {
				want = ErrUsed
			} else if len(list) == most {
				want = ErrMemoryFull
			} else {
				list[id] = until
			}
			if err := m.Use(KeyID{}, id, now, until); err != want || m.Len() != len(list) {
				t.Fatalf("seed %d, step %d: %v with %d, want %v with %d", seed, step, err, m.Len(), want, len(list))
			}
		}
	}
}

// lost is a UseMemory that cannot be reached.
type lost struct{}

var errLost = fmt.Errorf("database is away")

func (lost) Use(KeyID, ID, time.Time, time.Time) error { return errLost }

func TestAMemoryThatFailsRefuses(t *testing.T) {
	key := testKey(t, 1)
	v, err := NewVerifier(Config{Audience: "arena-3", Keys: NewKeyRing(key.Public()), Used: lost{}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(sign(t, key, single(1, time.Minute)), noon, remote); !errors.Is(err, errLost) {
		t.Errorf("%v", err)
	}
	if _, err := v.Verify(sign(t, key, valid()), noon, remote); err != nil {
		t.Errorf("a token for several joins does not need it: %v", err)
	}
}
