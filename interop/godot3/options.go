package godot3

import "fmt"

// ServerOptions are the settings of a stock ENet server. The zero value is
// the engine's default, except that the server listens on loopback only.
type ServerOptions struct {
	BindIP          string // empty: 127.0.0.1; "*": all addresses
	MaxClients      int    // 0: 32
	InBandwidth     int    // bytes per second; 0: unlimited
	OutBandwidth    int    // bytes per second; 0: unlimited
	Compression     Compression
	ChannelCount    int // 0: 3
	TransferChannel int // 0: the channel follows the mode
	AlwaysOrdered   bool
	NoRelay         bool // server_relay off
}

// ClientOptions are the settings of a stock ENet client. The zero value is
// the engine's default.
type ClientOptions struct {
	ClientPort      int // 0: any
	InBandwidth     int // bytes per second; 0: unlimited
	OutBandwidth    int // bytes per second; 0: unlimited
	Compression     Compression
	ChannelCount    int // 0: 3
	TransferChannel int // 0: the channel follows the mode
	AlwaysOrdered   bool
}

func (o ServerOptions) create(port int) string {
	bind := o.BindIP
	if bind == "" {
		bind = "127.0.0.1"
	}
	return prepare(o.Compression, o.ChannelCount, o.TransferChannel, o.AlwaysOrdered) + fmt.Sprintf(
		"peer.server_relay = %t\npeer.set_bind_ip(%q)\nvar error = peer.create_server(%d, %d, %d, %d)\n"+outcome,
		!o.NoRelay, bind, port, orDefault(o.MaxClients, 32), o.InBandwidth, o.OutBandwidth)
}

func (o ClientOptions) create(host string, port int) string {
	return prepare(o.Compression, o.ChannelCount, o.TransferChannel, o.AlwaysOrdered) + fmt.Sprintf(
		"var error = peer.create_client(%q, %d, %d, %d, %d)\n"+outcome, host, port, o.InBandwidth, o.OutBandwidth, o.ClientPort)
}

// outcome tells the id together with the error, so that transcripts say who is
// who. A peer that was not created has none.
const outcome = "return [error, peer.get_unique_id() if error == OK else 0]"

// prepare makes an ENet peer unless there is one, and sets every property,
// since one that was used before keeps its old ones. The transfer channel is
// reset first: it must always be below the channel count.
func prepare(c Compression, channels, transferChannel int, alwaysOrdered bool) string {
	return fmt.Sprintf(`if not (peer is NetworkedMultiplayerENet):
	agent.adopt(NetworkedMultiplayerENet.new())
	peer = agent.peer
peer.compression_mode = %d
peer.transfer_channel = -1
peer.channel_count = %d
peer.transfer_channel = %d
peer.always_ordered = %t
`, int(c), orDefault(channels, 3), orDefault(transferChannel, -1), alwaysOrdered)
}

func orDefault(n, standard int) int {
	if n == 0 {
		return standard
	}
	return n
}
