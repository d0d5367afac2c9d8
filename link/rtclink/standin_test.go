package rtclink_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"crosspeer"
	"crosspeer/link/memlink"
	"crosspeer/link/rtclink"
	"crosspeer/link/rtclink/signaling"
)

var dialects = []signaling.Dialect{signaling.Text, signaling.JSON}

// Two stock clients, a member in memory and the server; every mode and form of
// target from each.
func TestStockClientsAreMembersLikeOthers(t *testing.T) {
	for _, d := range dialects {
		t.Run(d.String(), func(t *testing.T) {
			network := memlink.New()
			srv := watch(t, session(t, rtclink.Config{}, network))
			mem := dialMem(t, network)
			a := come(t, srv.Peer, d, mem.UniqueID())
			b := come(t, srv.Peer, d, mem.UniqueID(), a.id)
			a.awaitPeers(b.id)
			a.await("welcome mesh=true")
			for _, m := range []*member{srv, mem} {
				m.await(fmt.Sprintf("connected %d", a.id), fmt.Sprintf("connected %d", b.id))
			}

			type party struct {
				id    crosspeer.PeerID
				say   func(crosspeer.PeerID, crosspeer.TransferMode, string)
				lines func() ([]string, chan struct{})
				stock bool
				want  []string
			}
			all := []*party{
				{id: 1, say: srv.say, lines: srv.lines}, {id: mem.UniqueID(), say: mem.say, lines: mem.lines},
				{id: a.id, say: a.say, lines: a.lines, stock: true}, {id: b.id, say: b.say, lines: b.lines, stock: true},
			}
			say := func(p *party, to crosspeer.PeerID, mode crosspeer.TransferMode, text string) {
				p.say(to, mode, text)
				for _, q := range all {
					if q == p || to > 0 && q.id != to || to < 0 && q.id == -to {
						continue
					}
					switch {
					case q.stock:
						q.want = append(q.want, fmt.Sprintf("%d %v %s", p.id, mode, text))
					case p.stock: // a stock client sends to one member at a time
						q.want = append(q.want, fmt.Sprintf("%d>%d %v %s", p.id, q.id, mode, text))
					default:
						q.want = append(q.want, fmt.Sprintf("%d>%d %v %s", p.id, to, mode, text))
					}
				}
			}
			for _, p := range all {
				for _, mode := range modes {
					say(p, 0, mode, fmt.Sprintf("all %v", mode))
					for _, q := range all {
						if q != p {
							say(p, q.id, mode, fmt.Sprintf("to %d %v", q.id, mode))
							say(p, -q.id, mode, fmt.Sprintf("but %d %v", q.id, mode))
						}
					}
				}
			}
			for _, p := range all {
				await(t, p.id.String(), p.lines, p.want...)
			}
			for _, p := range all { // nothing too much comes behind it
				say(p, 0, crosspeer.Reliable, "done")
			}
			for _, p := range all {
				got := await(t, p.id.String(), p.lines, p.want...)
				got = slices.DeleteFunc(got, func(l string) bool { return l[0] < '0' || l[0] > '9' })
				slices.Sort(got)
				slices.Sort(p.want)
				if !slices.Equal(got, p.want) {
					t.Errorf("%d got\n%s\nwant\n%s", p.id, strings.Join(got, "\n"), strings.Join(p.want, "\n"))
				}
			}
			info, err := srv.PeerInfo(a.id)
			if err != nil || info.Transport != "webrtc" || !info.RemoteAddr.IsValid() || info.BytesSent == 0 || info.BytesReceived == 0 {
				t.Errorf("PeerInfo gives %+v, %v", info, err)
			}
			b.close()
			gone := fmt.Sprintf("disconnected %d: ", b.id)
			srv.await(gone)
			mem.await(gone)
			a.await(fmt.Sprintf("left %d", b.id))
			if st := srv.Stats(); st.UnknownTarget+st.Spoofed+st.Malformed+st.NoChannel > 0 {
				t.Errorf("%+v", st)
			}
		})
	}
}

// What a member says before the client has the connection to it comes first,
// and all of it comes.
func TestPacketsWaitForTheirConnectionInOrder(t *testing.T) {
	for _, d := range dialects {
		t.Run(d.String(), func(t *testing.T) {
			const n = 300
			network := memlink.New()
			srv := watch(t, session(t, rtclink.Config{}, network))
			a := come(t, srv.Peer, d)
			srv.await(fmt.Sprintf("connected %d", a.id))
			mem := dialMem(t, network)
			mem.await(fmt.Sprintf("connected %d", a.id))
			for i := range n {
				mem.say(a.id, crosspeer.Reliable, fmt.Sprint(i))
			}
			left := mem.UniqueID().String()
			if err := mem.Shutdown(testContext(t)); err != nil { // what it has said arrives all the same
				t.Fatal(err)
			}
			log := a.await("left " + left)
			got := from(log, left+" reliable ")
			if len(got) != n {
				t.Fatalf("%d of %d packets came", len(got), n)
			}
			for i, text := range got {
				if text != fmt.Sprint(i) {
					t.Fatalf("packet %d is %q", i, text)
				}
			}
			if hears := slices.Index(log, "hears of "+left); hears < 0 || hears > slices.Index(log, left+" reliable 0") {
				t.Error("packets came before the client has heard of the member")
			}
		})
	}
}

func TestMembersComeAndGoWhileAStockClientTalks(t *testing.T) {
	network := memlink.New()
	srv := watch(t, session(t, rtclink.Config{}, network))
	stays := dialMem(t, network)
	a := come(t, srv.Peer, signaling.Text, stays.UniqueID())
	stop, stopped := make(chan struct{}), make(chan int)
	go func() {
		sent := 0
		for ; ; sent++ {
			select {
			case <-stop:
				stopped <- sent
				return
			case <-time.After(time.Millisecond):
				a.say(0, crosspeer.Reliable, fmt.Sprint(sent))
			}
		}
	}()
	for range 5 {
		guest := dialMem(t, network)
		id := guest.UniqueID()
		a.awaitPeers(id)
		guest.say(0, crosspeer.Reliable, "hello")
		a.await(fmt.Sprintf("%d reliable hello", id))
		guest.await(fmt.Sprintf("%d>%d reliable ", a.id, id))
		guest.Close()
		a.await(fmt.Sprintf("left %d", id))
	}
	close(stop)
	sent := <-stopped
	for to, m := range map[crosspeer.PeerID]*member{1: srv, stays.UniqueID(): stays} {
		prefix := fmt.Sprintf("%d>%d reliable ", a.id, to)
		got := from(m.await(prefix+fmt.Sprint(sent-1)), prefix)
		for i, text := range got {
			if text != fmt.Sprint(i) {
				t.Fatalf("%d got %q as number %d", to, text, i)
			}
		}
	}
}

// The connection of a member that comes back with its id begins when the last
// one has ended, and nothing gets into the wrong one.
func TestAMemberThatComesBackWithItsID(t *testing.T) {
	const id, rounds = 7777, 4
	network := memlink.New()
	srv := watch(t, session(t, rtclink.Config{}, network))
	a := come(t, srv.Peer, signaling.Text)
	srv.await(fmt.Sprintf("connected %d", a.id))
	var want []string
	for i := range rounds {
		p, err := crosspeer.Dial(testContext(t), nil, network.DialAs(id))
		if err != nil {
			t.Fatal(err)
		}
		m := watch(t, p)
		m.await(fmt.Sprintf("connected %d", a.id))
		m.say(a.id, crosspeer.Reliable, fmt.Sprintf("round %d", i))
		if err := m.Shutdown(testContext(t)); err != nil {
			t.Fatal(err)
		}
		want = append(want, "hears of 7777", fmt.Sprintf("7777 reliable round %d", i), "left 7777")
	}
	log := a.await(fmt.Sprintf("7777 reliable round %d", rounds-1))
	for len(from(log, "left 7777")) < rounds {
		_, changed := a.lines()
		if log, _ = a.lines(); len(from(log, "left 7777")) == rounds {
			break
		}
		select {
		case <-changed:
		case <-time.After(patience):
			t.Fatalf("the log is\n%s", strings.Join(log, "\n"))
		}
	}
	got := slices.DeleteFunc(log, func(l string) bool { return !strings.HasPrefix(l, "7777 ") && l != "hears of 7777" && l != "left 7777" })
	if !slices.Equal(got, want) {
		t.Errorf("the client saw\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestAStockClientThatDoesNotConnectToAMemberLeaves(t *testing.T) {
	for _, d := range dialects {
		t.Run(d.String(), func(t *testing.T) {
			network := memlink.New()
			srv := watch(t, session(t, rtclink.Config{SetupTimeout: time.Second}, network))
			a := enter(t, srv.Peer, d, func(id int32) bool { return id != 1 })
			a.awaitPeers(1)
			srv.await(fmt.Sprintf("connected %d", a.id))
			mem := dialMem(t, network)
			want := fmt.Sprintf("the connection to peer %d: no connection within 1s", mem.UniqueID())
			a.await("closed 1000 " + want)
			srv.await(fmt.Sprintf("disconnected %d: %s", a.id, want))
			mem.await(fmt.Sprintf("disconnected %d: ", a.id))
		})
	}
}

func TestAStockClientIsCutThatLetsTooMuchWait(t *testing.T) {
	network := memlink.New()
	srv := watch(t, session(t, rtclink.Config{MaxQueuedBytes: 10_000}, network))
	a := enter(t, srv.Peer, signaling.Text, func(id int32) bool { return id != 1 })
	a.awaitPeers(1)
	srv.await(fmt.Sprintf("connected %d", a.id))
	mem := dialMem(t, network)
	mem.await(fmt.Sprintf("connected %d", a.id))
	for range 20 {
		mem.say(a.id, crosspeer.Unreliable, strings.Repeat("x", 1000))
	}
	mem.say(1, crosspeer.Reliable, "so far")
	srv.await(fmt.Sprintf("%d>1 reliable so far", mem.UniqueID()))
	if n := srv.Stats().LinkDropped; n != 11 { // 9 packets of 1,064 bytes fit
		t.Errorf("%d unreliable packets were dropped", n)
	}
	mem.say(a.id, crosspeer.Reliable, strings.Repeat("x", 1000))
	a.await("closed 1000 too slow: ")
	srv.await(fmt.Sprintf("disconnected %d: too slow", a.id))
}

// The end that makes the offer is not the one that makes the checks there.
func TestAStockClientOfALiteServer(t *testing.T) {
	for _, d := range dialects {
		t.Run(d.String(), func(t *testing.T) {
			network := memlink.New()
			srv := watch(t, session(t, rtclink.Config{ICELite: true}, network))
			mem := dialMem(t, network)
			a := come(t, srv.Peer, d, mem.UniqueID())
			mem.await(fmt.Sprintf("connected %d", a.id))
			mem.say(a.id, crosspeer.Reliable, "hello")
			a.await(fmt.Sprintf("%d reliable hello", mem.UniqueID()))
		})
	}
}

// Without relaying a client has nobody but the server.
func TestAStockClientHearsOfNobodyWithoutRelay(t *testing.T) {
	network := memlink.New()
	srv, err := crosspeer.Listen(testContext(t), &crosspeer.Config{Relay: crosspeer.RelayOff},
		rtclink.Listen("127.0.0.1:0", rtclink.Config{UDPAddr: "127.0.0.1:0", MaxStandIns: 1}), network.Listen())
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	for range 3 {
		dialMem(t, network)
	}
	a := come(t, srv, signaling.Text)
	if err := srv.Send(crosspeer.Packet{To: a.id, Mode: crosspeer.Reliable, Data: []byte("hello")}); err != nil {
		// It is connected a moment before it is in the session.
		for ev := range srv.Events(testContext(t)) {
			if c, ok := ev.(crosspeer.PeerConnected); ok && c.ID == a.id {
				break
			}
		}
		if err := srv.Send(crosspeer.Packet{To: a.id, Mode: crosspeer.Reliable, Data: []byte("hello")}); err != nil {
			t.Fatal(err)
		}
	}
	got := from(a.await("1 reliable hello"), "hears of ")
	if len(got) != 1 || got[0] != "1" {
		t.Errorf("it has heard of %v", got)
	}
}

func TestStandInsAreLimited(t *testing.T) {
	network := memlink.New()
	srv := watch(t, session(t, rtclink.Config{MaxStandIns: 2}, network))
	one := dialMem(t, network)
	a := come(t, srv.Peer, signaling.Text, one.UniqueID())
	srv.await(fmt.Sprintf("connected %d", a.id))

	t.Run("a client for which there is no room is refused", func(t *testing.T) {
		b, err := signaling.Dial(testContext(t), strings.TrimPrefix(srv.Addrs()[0], "rtc+"), signaling.Options{Dialect: signaling.Text, Lobby: "session"})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		ev, err := b.Next(testContext(t))
		if c, ok := ev.(signaling.Closed); err != nil || !ok || !strings.Contains(c.Reason, "no room for another stock Godot client") {
			t.Errorf("%+v, %v", ev, err)
		}
		if n := srv.Stats().Refused; n != 1 {
			t.Errorf("%d refusals are counted", n)
		}
	})
	two := dialMem(t, network)
	a.awaitPeers(two.UniqueID())
	dialMem(t, network)
	a.await("closed 1000 peer ")
	srv.await(fmt.Sprintf("disconnected %d: peer ", a.id))
	one.await(fmt.Sprintf("disconnected %d: ", a.id))
}

func TestAStockClientWithoutSignallingStaysUntilSomebodyComes(t *testing.T) {
	network := memlink.New()
	srv := watch(t, session(t, rtclink.Config{}, network))
	mem := dialMem(t, network)
	a := come(t, srv.Peer, signaling.JSON, mem.UniqueID())
	srv.await(fmt.Sprintf("connected %d", a.id))
	a.sig.Close()
	a.say(0, crosspeer.Reliable, "still here")
	mem.await(fmt.Sprintf("%d>%d reliable still here", a.id, mem.UniqueID()))
	mem.say(a.id, crosspeer.Reliable, "so am I")
	a.await(fmt.Sprintf("%d reliable so am I", mem.UniqueID()))
	next := dialMem(t, network)
	srv.await(fmt.Sprintf("disconnected %d: peer %d joined, and the client has left the signalling", a.id, next.UniqueID()))
}

func TestWhatAStockClientHasNoBusinessToSendChangesNothing(t *testing.T) {
	for _, d := range dialects {
		t.Run(d.String(), func(t *testing.T) {
			network := memlink.New()
			srv := watch(t, session(t, rtclink.Config{MaxMessageBytes: 1000}, network))
			mem := dialMem(t, network)
			a := come(t, srv.Peer, d, mem.UniqueID())
			srv.await(fmt.Sprintf("connected %d", a.id))
			ctx := testContext(t)
			for _, id := range []int32{1, int32(mem.UniqueID()), int32(a.id), 99, 0} {
				for _, err := range []error{
					a.sig.SendOffer(ctx, id, "rubbish"), a.sig.SendAnswer(ctx, id, "rubbish"),
					a.sig.SendCandidate(ctx, id, "rubbish"), a.sig.SendCandidate(ctx, id, "\ndata\n0\nrubbish"),
				} {
					if err != nil {
						t.Fatal(err)
					}
				}
			}
			a.say(0, crosspeer.Reliable, strings.Repeat("x", 1001))
			a.say(0, crosspeer.Reliable, "after all")
			srv.await(fmt.Sprintf("%d>1 reliable after all", a.id))
			mem.await(fmt.Sprintf("%d>%d reliable after all", a.id, mem.UniqueID()))
			if n := srv.Stats().Malformed; n != 2 {
				t.Errorf("%d packets are counted as malformed, want the 2 that were too large", n)
			}
		})
	}
}

func TestAStockClientIsToldWhyItIsDisconnected(t *testing.T) {
	network := memlink.New()
	srv := watch(t, session(t, rtclink.Config{}, network))
	a := come(t, srv.Peer, signaling.Text)
	srv.await(fmt.Sprintf("connected %d", a.id))
	srv.say(a.id, crosspeer.Reliable, "last words")
	if err := srv.Disconnect(a.id, "out of bounds"); err != nil {
		t.Fatal(err)
	}
	a.await("1 reliable last words", "closed 1000 out of bounds")
	srv.await(fmt.Sprintf("disconnected %d: out of bounds", a.id))
}

func TestNothingIsLeftOfStockClients(t *testing.T) {
	rounds := 20
	if testing.Short() || raceEnabled {
		rounds = 4
	}
	network := memlink.New()
	srv := watch(t, session(t, rtclink.Config{}, network))
	mem := dialMem(t, network)
	cycle := func(d signaling.Dialect) {
		a := come(t, srv.Peer, d, mem.UniqueID())
		b := come(t, srv.Peer, d, mem.UniqueID(), a.id)
		a.awaitPeers(b.id)
		a.close()
		b.close()
		gone := []string{fmt.Sprintf("disconnected %d", a.id), fmt.Sprintf("disconnected %d", b.id)}
		srv.await(gone...)
		mem.await(gone...)
	}
	cycle(signaling.Text)
	before := settled(0)
	for i := range rounds {
		cycle(dialects[i%2])
	}
	if after := settled(before); after > before {
		stacks := make([]byte, 1<<20)
		t.Errorf("%d goroutines became %d\n%s", before, after, stacks[:runtime.Stack(stacks, true)])
	}
}

// settled is the number of goroutines when it is at most a bound, or has not
// become so for some seconds.
func settled(most int) (n int) {
	for end := time.Now().Add(3 * time.Second); ; runtime.Gosched() {
		if n = runtime.NumGoroutine(); n <= most || time.Now().After(end) {
			return n
		}
	}
}
