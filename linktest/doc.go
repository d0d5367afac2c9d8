// Package linktest is the conformance suite of Crosspeer's transports: what a
// [crosspeer.Link] with its [crosspeer.Listener] and [crosspeer.Dialer] must
// do so that a session behaves the same over all of them. It tests through
// [crosspeer.Peer] alone, as a game's program would.
//
// A transport's test is
//
//	func TestConformance(t *testing.T) {
//		linktest.Run(t, linktest.Transport{
//			New: func(t testing.TB) (crosspeer.Listener, linktest.DialTo) {
//				dial := func(srv *crosspeer.Peer, _ crosspeer.PeerID) crosspeer.Dialer {
//					return mylink.Dial(srv.Addrs()[0])
//				}
//				return mylink.Listen("127.0.0.1:0"), dial
//			},
//			Nowhere: func(t testing.TB) crosspeer.Dialer {
//				return mylink.Dial("127.0.0.1:9")
//			},
//			Lossy:          true,
//			MaxPacketBytes: 1 << 20,
//		})
//	}
//
// Each case is a subtest whose name is the sentence that must be true; a
// failure says what happened, and behind "transport:" what to look at. Run it
// with -race too: some cases are there for the race detector.
//
// Cycles is a second test for the same Transport, of what is left behind by many
// who come and go.
//
// The suite does not test what the hub does by itself, such as the rules for
// forged sources, and no wire format.
package linktest
