package signaling

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
	"sync"
	"unicode/utf8"

	"crosspeer/link/rtclink/signaling/internal/protocol"

	"github.com/coder/websocket"
)

// ErrClosed is the error of everything that is asked of a Client after its
// end.
var ErrClosed = errors.New("signaling: connection is closed")

// Options say what a Client wants. The zero value creates a mesh in the JSON
// dialect.
type Options struct {
	// Dialect is what the server speaks. This package's Server understands
	// both, each in lobbies of its own.
	Dialect Dialect

	// Lobby is the name of the lobby to join, empty to create one.
	Lobby string

	// ClientServer creates a lobby without mesh. In the text dialect there is
	// none. Without effect on a client that joins.
	ClientServer bool

	// MaxMessageBytes is the largest message that is read. Default 1,048,576.
	MaxMessageBytes int

	// HTTPClient makes the connection. Default http.DefaultClient.
	HTTPClient *http.Client

	// Header goes along with the request. Default none.
	Header http.Header
}

// Client is a member of a lobby at a signalling server, this package's or one
// of the demo's. Its methods may be called from any goroutine.
//
// A program has to take the events: when 64 wait, nothing more is read, not
// even the server's pings.
type Client struct {
	ws      *websocket.Conn
	dialect Dialect
	cancel  context.CancelFunc
	events  chan Event
	last    Closed // when events is closed
	ended   sync.Once
	done    chan struct{} // reading is over
}

// maxEvents is how many events wait for the program.
const maxEvents = 64

// Dial connects to a server, "ws://host:9080" or "wss://...", and asks for the
// lobby at once. That there is no such lobby comes as Closed. ctx bounds the
// connecting only. Errors say what is wrong with the Options, or with the
// connecting: for a server that refuses, its HTTP status and words.
func Dial(ctx context.Context, url string, o Options) (*Client, error) {
	switch {
	case o.Dialect == Text && o.ClientServer:
		return nil, errors.New("signaling: Options.ClientServer is set, and the text dialect has meshes only")
	case o.Dialect == Text && strings.Contains(o.Lobby, "\n"):
		return nil, fmt.Errorf("signaling: Options.Lobby is %q, and a name has no line end in the text dialect", o.Lobby)
	case o.Dialect != JSON && o.Dialect != Text:
		return nil, fmt.Errorf("signaling: Options.Dialect is %d, want JSON or Text", o.Dialect)
	case !utf8.ValidString(o.Lobby):
		return nil, fmt.Errorf("signaling: Options.Lobby is %q, want UTF-8", o.Lobby)
	}
	def(&o.MaxMessageBytes, 1<<20)
	ws, resp, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPClient: o.HTTPClient, HTTPHeader: o.Header})
	if err != nil {
		if resp != nil && resp.StatusCode != http.StatusSwitchingProtocols {
			err = answerOf(resp)
		}
		return nil, fmt.Errorf("signaling: connecting to %s: %w", url, err)
	}
	ws.SetReadLimit(int64(o.MaxMessageBytes))
	c := &Client{ws: ws, dialect: o.Dialect, events: make(chan Event, maxEvents), done: make(chan struct{})}
	join := protocol.Message{Kind: protocol.Join, Data: o.Lobby}
	if o.ClientServer {
		join.ID = protocol.WantClientServer
	}
	if err := c.send(ctx, join); err != nil {
		ws.CloseNow()
		return nil, err
	}
	reading, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	go c.read(reading)
	return c, nil
}

// answerOf is what a server that refused has answered, in words if it has
// some.
func answerOf(resp *http.Response) error {
	text := "refused by the server: HTTP status " + resp.Status
	if kind := resp.Header.Get("Content-Type"); kind != "" && !strings.HasPrefix(kind, "text/plain") {
		return errors.New(text) // a page is for people
	}
	if b, err := io.ReadAll(io.LimitReader(resp.Body, 200)); err == nil && len(b) > 0 {
		line, _, _ := strings.Cut(string(b), "\n")
		text += ": " + strings.ToValidUTF8(line, "?")
	}
	return errors.New(text)
}

// read makes events of messages. Those that are none are skipped, as the
// demo's clients do.
func (c *Client) read(ctx context.Context) {
	defer close(c.events) // last: who has heard the end can ask why
	defer close(c.done)
	defer c.ws.CloseNow()
	for {
		_, b, err := c.ws.Read(ctx)
		if err != nil {
			c.last = closedBy(err)
			return
		}
		m, err := c.dialect.Parse(b)
		if err != nil {
			continue
		}
		ev := eventOf(c.dialect, m)
		if ev == nil {
			continue
		}
		select {
		case c.events <- ev:
		case <-ctx.Done():
			c.last = closedBy(ctx.Err())
			return
		}
	}
}

func closedBy(err error) Closed {
	var closing websocket.CloseError
	if errors.As(err, &closing) {
		return Closed{Code: int(closing.Code), Reason: closing.Reason}
	}
	return Closed{Code: 1006, Err: err}
}

// Next waits for the next event. After Closed it gives ErrClosed.
func (c *Client) Next(ctx context.Context) (Event, error) {
	select {
	case ev, ok := <-c.events:
		if ok {
			return ev, nil
		}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	var ev Event
	c.ended.Do(func() { ev = c.last })
	if ev == nil {
		return nil, ErrClosed
	}
	return ev, nil
}

// Events gives the events until Closed, which is the last, or until ctx is
// done.
func (c *Client) Events(ctx context.Context) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for {
			ev, err := c.Next(ctx)
			if err != nil || !yield(ev) {
				return
			}
		}
	}
}

// SendOffer sends a session description to another member, HostID for the
// host. As with all Send methods and Seal, an error means that the connection
// is over; so does ctx being done while the message is written. Whether the
// other one gets it is not reported.
func (c *Client) SendOffer(ctx context.Context, to int32, sdp string) error {
	return c.send(ctx, protocol.Message{Kind: protocol.Offer, ID: to, Data: sdp})
}

// SendAnswer sends the answer to an offer.
func (c *Client) SendAnswer(ctx context.Context, to int32, sdp string) error {
	return c.send(ctx, protocol.Message{Kind: protocol.Answer, ID: to, Data: sdp})
}

// SendCandidate sends an ICE candidate; data is what FormatCandidate wrote.
func (c *Client) SendCandidate(ctx context.Context, to int32, data string) error {
	return c.send(ctx, protocol.Message{Kind: protocol.Candidate, ID: to, Data: data})
}

// Seal lets nobody join the lobby any more. Only its host can.
func (c *Client) Seal(ctx context.Context) error {
	return c.send(ctx, protocol.Message{Kind: protocol.Seal})
}

func (c *Client) send(ctx context.Context, m protocol.Message) error {
	err := c.ws.Write(ctx, websocket.MessageText, c.dialect.Append(nil, m))
	if err == nil {
		return nil
	}
	select {
	case <-c.done:
		if c.last.Err == nil {
			return fmt.Errorf("%w: sending %v: the server has closed with %d %q", ErrClosed, m.Kind, c.last.Code, c.last.Reason)
		}
	default:
	}
	return fmt.Errorf("%w: sending %v: %w", ErrClosed, m.Kind, err)
}

// Close leaves the lobby and returns when nothing of the Client runs any more.
// Events that wait can still be taken.
func (c *Client) Close() {
	c.ws.Close(websocket.StatusNormalClosure, "") // an error means that it is over already
	c.cancel()
	<-c.done
}
