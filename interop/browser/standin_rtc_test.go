package browser

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"

	"github.com/coder/websocket"
	"github.com/pion/webrtc/v4"

	"crosspeer"
	"crosspeer/wire"
)

// standInRTC answers the signalling of docs/webrtc.md, plainly: until rtclink
// is there.
type standInRTC struct{ standIn }

type standInRTCLink struct {
	pc       *webrtc.PeerConnection
	channels [3]*webrtc.DataChannel // by crosspeer.TransferMode
	once     sync.Once
	reason   chan crosspeer.Reason
}

func (l *standInRTCLink) notice(kind wire.WebSocketKind, id crosspeer.PeerID) {
	b := make([]byte, wire.WebSocketNoticeSize)
	wire.PutWebSocketNotice(b, kind, int32(id))
	l.channels[crosspeer.Reliable].Send(b)
}

func (l *standInRTCLink) Welcome(id crosspeer.PeerID) {
	l.notice(wire.WebSocketID, id)
	l.notice(wire.WebSocketAdd, 1)
}

func (l *standInRTCLink) Send(f *crosspeer.Frame) crosspeer.SendResult {
	switch f.Kind {
	case crosspeer.FrameAdd:
		l.notice(wire.WebSocketAdd, f.Peer)
		return crosspeer.SendAccepted
	case crosspeer.FrameRemove:
		l.notice(wire.WebSocketRemove, f.Peer)
		return crosspeer.SendAccepted
	}
	b := make([]byte, wire.WebSocketHeaderSize+len(f.Data))
	wire.WebSocketHeader{Source: int32(f.From), Target: int32(f.To)}.Put(b)
	copy(b[wire.WebSocketHeaderSize:], f.Data)
	if l.channels[f.Mode].Send(b) != nil {
		return crosspeer.SendClosed
	}
	return crosspeer.SendAccepted
}

func (l *standInRTCLink) Close(r crosspeer.Reason, now bool) {
	b := append([]byte{4, 1, 0, 0, 0, 0, 0, 0, 0}, r.Text...)
	l.channels[crosspeer.Reliable].Send(b)
}
func (l *standInRTCLink) Info() crosspeer.LinkInfo   { return crosspeer.LinkInfo{Transport: "webrtc"} }
func (l *standInRTCLink) Stats() crosspeer.LinkStats { return crosspeer.LinkStats{} }
func (l *standInRTCLink) over(r crosspeer.Reason) {
	l.once.Do(func() { l.reason <- r })
}

type signal struct {
	Type int    `json:"type"`
	ID   int    `json:"id"`
	Data string `json:"data"`
}

func (s *standInRTC) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	hub := s.hub
	s.mu.Unlock()
	c, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return
	}
	if err := hub.Admit(0); err != nil {
		c.Close(websocket.StatusTryAgainLater, err.Error())
		return
	}
	ctx := context.Background()
	tell := func(typ, id int, data string) {
		b, _ := json.Marshal(signal{typ, id, data})
		c.Write(ctx, websocket.MessageText, b)
	}
	var e webrtc.SettingEngine
	e.SetIncludeLoopbackCandidate(true)
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(e)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return
	}
	defer pc.Close()
	l := &standInRTCLink{pc: pc, reason: make(chan crosspeer.Reason, 1)}
	var port *crosspeer.Port
	var mu sync.Mutex
	open := 0
	for i, label := range []string{"unreliable", "ordered", "reliable"} {
		id := uint16(3 - i)
		yes, ordered := true, i > 0
		ch, err := pc.CreateDataChannel(label, &webrtc.DataChannelInit{Negotiated: &yes, ID: &id, Ordered: &ordered})
		if err != nil {
			return
		}
		l.channels[i] = ch
		ch.OnOpen(func() {
			mu.Lock()
			defer mu.Unlock()
			if open++; open == 3 {
				port, _ = hub.Attach(l, crosspeer.Hello{})
			}
		})
		ch.OnClose(func() { l.over(crosspeer.Reason{Text: "lost"}) })
		ch.OnMessage(func(m webrtc.DataChannelMessage) {
			mu.Lock()
			defer mu.Unlock()
			h, payload, ok := wire.ParseWebSocket(m.Data)
			switch {
			case !ok || port == nil:
			case h.Kind == 4:
				l.over(crosspeer.Reason{Code: crosspeer.ReasonClosed, By: crosspeer.ByRemote, Text: string(payload)})
			default:
				f := &crosspeer.Frame{Packet: crosspeer.Packet{From: crosspeer.PeerID(h.Source), To: crosspeer.PeerID(h.Target), Mode: crosspeer.TransferMode(i), Data: payload}}
				port.Deliver(f)
				f.Reset()
			}
		})
	}
	pc.OnConnectionStateChange(func(st webrtc.PeerConnectionState) {
		if st >= webrtc.PeerConnectionStateDisconnected {
			l.over(crosspeer.Reason{Text: st.String()})
		}
	})
	for {
		_, b, err := c.Read(ctx)
		if err != nil {
			break
		}
		var m signal
		json.Unmarshal(b, &m)
		switch m.Type {
		case 0:
			tell(1, 77, "")
			tell(2, 1, "")
			tell(0, 0, "session")
		case 4:
			if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: m.Data}); err != nil {
				c.Close(websocket.StatusPolicyViolation, err.Error())
				return
			}
			gathered := webrtc.GatheringCompletePromise(pc)
			answer, _ := pc.CreateAnswer(nil)
			pc.SetLocalDescription(answer)
			<-gathered
			tell(5, 1, pc.LocalDescription().SDP)
		}
	}
	why := <-l.reason
	mu.Lock()
	defer mu.Unlock()
	if port != nil {
		port.Detach(why)
	}
}
