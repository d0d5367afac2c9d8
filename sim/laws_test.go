package sim

import (
	"strings"
	"testing"

	"crosspeer"
)

// book is a session that exists in the laws only: a server and members.
type book struct {
	laws
	t *testing.T
}

func newBook(t *testing.T) *book {
	b := &book{t: t}
	b.seats = 9
	b.opened()
	return b
}

// join lets somebody in, who is told what he must be.
func (b *book) join(k kind, id crosspeer.PeerID) *visit {
	v := b.newVisit(1+len(b.visits)%8, k, id)
	b.joined(v, id)
	b.atClient(v, crosspeer.TargetServer, true)
	b.connected(v)
	return v
}

// told lets everybody hear what has happened.
func (b *book) told() {
	for _, v := range b.visits {
		if v.seat > 0 {
			for len(v.greeting) > 0 {
				b.atClient(v, v.greeting[0].id, true)
			}
		}
		for ; v.told < len(b.house.history) && !v.left; v.told++ {
			if c := b.house.history[v.told]; c.who != v {
				b.note(v, c.who, c.joined)
			}
		}
	}
}

// say lets somebody send number n of a stream, the next one, and gives what
// arrives.
func (b *book) say(v *visit, stream int, to crosspeer.PeerID) crosspeer.Packet {
	m := message{visit: v.number, number: v.sent[stream], to: to, stream: uint8(stream)}
	data := make([]byte, 40)
	m.put(data)
	b.sent(v, stream, to)
	return crosspeer.Packet{From: v.id, To: to, Mode: streams[stream].mode, Channel: streams[stream].channel, Data: data}
}

// TestTheLawsKnowABreach holds that each law can be broken. Nothing else tells
// a simulation that finds nothing from one that looks at nothing.
func TestTheLawsKnowABreach(t *testing.T) {
	for _, c := range []struct {
		name, want string
		do         func(b *book, v, w *visit)
	}{
		{"nothing wrong", "", func(b *book, v, w *visit) {
			for range 3 {
				for k := range streams {
					b.received(w, b.say(v, k, 0))
				}
			}
			b.received(w, b.say(v, 0, w.id))
		}},
		{"one reliable packet is missing", "must come first", func(b *book, v, w *visit) {
			b.say(v, 0, 0)
			b.received(w, b.say(v, 0, 0))
		}},
		{"a reliable packet comes twice", "after 0", func(b *book, v, w *visit) {
			p := b.say(v, 0, 0)
			b.received(w, p)
			b.received(w, p)
		}},
		{"an ordered packet goes back", "ordered number 0", func(b *book, v, w *visit) {
			first := b.say(v, ordered, 0)
			b.received(w, b.say(v, ordered, 0))
			b.received(w, first)
		}},
		{"an unreliable packet comes twice", "twice", func(b *book, v, w *visit) {
			first := b.say(v, loose, 0)
			for range 100 {
				b.received(w, b.say(v, loose, 0))
			}
			b.received(w, first)
			b.received(w, first)
		}},
		{"an unreliable packet may go back", "", func(b *book, v, w *visit) {
			first := b.say(v, loose, 0)
			b.received(w, b.say(v, loose, 0))
			b.received(w, first)
		}},
		{"a bit changes", "nobody sent", func(b *book, v, w *visit) {
			p := b.say(v, ordered, 0)
			p.Data[39] ^= 1
			b.received(w, p)
		}},
		{"a packet of the future", "was not sent", func(b *book, v, w *visit) {
			p := b.say(v, ordered, 0)
			v.sent[ordered] = 0
			b.received(w, p)
		}},
		{"a packet comes to its sender", "sent to 0", func(b *book, v, w *visit) { b.received(v, b.say(v, ordered, 0)) }},
		{"who is excepted gets it", "sent to -30", func(b *book, v, w *visit) { b.received(w, b.say(v, ordered, -30)) }},
		{"another gets it", "sent to 1", func(b *book, v, w *visit) { b.received(w, b.say(v, ordered, 1)) }},
		{"the source is another", "as from 30", func(b *book, v, w *visit) {
			p := b.say(v, ordered, 0)
			p.From = 30
			b.received(w, p)
		}},
		{"the mode changes", "want ordered", func(b *book, v, w *visit) {
			p := b.say(v, ordered, 0)
			p.Mode = crosspeer.Unreliable
			b.received(w, p)
		}},
		{"a stranger is heard", "not told", func(b *book, v, w *visit) {
			u := b.join(inProcess, 40)
			b.received(w, b.say(u, ordered, 0))
		}},
		{"an id is given twice", "got the id", func(b *book, v, w *visit) { b.joined(b.newVisit(5, inProcess, 20), 20) }},
		{"the server's id is given", "got the id 1", func(b *book, v, w *visit) { b.joined(b.newVisit(5, inProcess, 1), 1) }},
		{"one comes while nobody may", "nobody should", func(b *book, v, w *visit) {
			b.shut = true
			b.join(inProcess, 50)
		}},
		{"one too many", "besides 8", func(b *book, v, w *visit) {
			for id := range crosspeer.PeerID(7) {
				b.join(inProcess, 60+id)
			}
		}},
		{"one is told of a stranger", "nothing has happened", func(b *book, v, w *visit) { b.atClient(w, 77, true) }},
		{"one is told of himself", "nothing has happened", func(b *book, v, w *visit) { b.atClient(w, w.id, true) }},
		{"one is told in another order", "next to be told", func(b *book, v, w *visit) {
			u := b.join(inProcess, 40)
			b.join(inProcess, 35)
			b.gone(u)
			b.atClient(w, 35, true)
		}},
		{"a newcomer hears of the last first", "must first hear", func(b *book, v, w *visit) {
			b.atClient(b.join(inProcess, 40), 30, true)
		}},
		{"a newcomer is not told of the server first", "first told", func(b *book, v, w *visit) {
			u := b.newVisit(5, inProcess, 40)
			b.joined(u, 40)
			b.atClient(u, 20, true)
		}},
		{"the server's program misses a leave", "next to be told", func(b *book, v, w *visit) {
			b.gone(w)
			b.join(inProcess, 40)
			b.next(b.house.server, 40, true)
		}},
		{"the last words of the server are lost", "let go in order", func(b *book, v, w *visit) {
			b.say(b.house.server, 0, w.id)
			w.parting = true
			b.parted(w, crosspeer.Reason{By: crosspeer.ByRemote})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBook(t)
			v, w := b.join(inProcess, 20), b.join(inProcess, 30)
			b.told()
			if b.broken != nil {
				t.Fatalf("before: %v", b.broken)
			}
			c.do(b, v, w)
			switch {
			case c.want == "" && b.broken != nil:
				t.Errorf("broken: %v", b.broken)
			case c.want != "" && (b.broken == nil || !strings.Contains(b.broken.Error(), c.want)):
				t.Errorf("the law says %v, want something with %q", b.broken, c.want)
			}
		})
	}
}
