//go:build linux && (amd64 || arm64)

package udpbatch

import (
	"bytes"
	"net"
	"net/netip"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

func local(c Conn) netip.AddrPort { return c.LocalAddr().(*net.UDPAddr).AddrPort() }

// couples says how many datagrams each header of the last batch holds.
func (c *mmsgConn) couples() (n []int) {
	for i := range c.out.n {
		n = append(n, c.out.count(i))
	}
	return n
}

func TestDatagramsOfOneSizeToOneAddressAreATrain(t *testing.T) {
	from := newMmsg(t, "udp4", "127.0.0.1:0")
	if !from.trains {
		t.Skip("this kernel knows no trains")
	}
	one, two := newMmsg(t, "udp4", "127.0.0.1:0"), newMmsg(t, "udp4", "127.0.0.1:0")
	for _, tt := range []struct {
		name  string
		to    string // an address each
		sizes []int
		want  []int
	}{
		{"equal ones", "1111", []int{100, 100, 100, 100}, []int{4}},
		{"a shorter last one", "1111", []int{100, 100, 100, 40}, []int{4}},
		{"none after a shorter one", "1111", []int{100, 40, 40, 100}, []int{2, 1, 1}},
		{"a longer one", "111", []int{100, 101, 101}, []int{1, 2}},
		{"another address", "1121", []int{100, 100, 100, 100}, []int{2, 1, 1}},
		{"empty ones", "1111", []int{0, 0, 10, 0}, []int{1, 1, 1, 1}},
		{"as much as a packet holds", "11111111111111111", []int{4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000}, []int{16, 1}},
	} {
		var ms []Message
		var sent [2][][]byte
		for i, size := range tt.sizes {
			to := int(tt.to[i] - '1')
			b := bytes.Repeat([]byte{byte(i + 1)}, size)
			sent[to] = append(sent[to], b)
			ms = append(ms, Message{local([]Conn{one, two}[to]), b})
		}
		if lost, err := from.WriteBatch(ms); lost > 0 {
			t.Fatalf("%s: %d lost: %v", tt.name, lost, err)
		}
		if got := from.couples(); !equal(got, tt.want) {
			t.Errorf("%s: trains of %v, want %v", tt.name, got, tt.want)
		}
		for to, c := range []Conn{one, two} {
			for i, m := range collect(t, c, len(sent[to])) {
				if !bytes.Equal(m.Data, sent[to][i]) || m.Addr != local(from) {
					t.Errorf("%s: datagram %d: %d bytes from %v", tt.name, i, len(m.Data), m.Addr)
				}
			}
		}
	}
}

func equal(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// A socket without checksums stands for a device that cannot cut trains up:
// the kernel refuses them there.
func TestTrainsThatAreRefusedGoOneByOne(t *testing.T) {
	from, to := newMmsg(t, "udp4", "127.0.0.1:0"), newMmsg(t, "udp4", "127.0.0.1:0")
	if !from.trains {
		t.Skip("this kernel knows no trains")
	}
	from.raw.Control(func(fd uintptr) { unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_NO_CHECK, 1) })
	var ms []Message
	for i := range 70 {
		ms = append(ms, Message{local(to), bytes.Repeat([]byte{byte(i)}, 200)})
	}
	if lost, err := from.WriteBatch(ms); lost > 0 {
		t.Fatalf("%d lost: %v", lost, err)
	}
	for i, m := range collect(t, to, len(ms)) {
		if len(m.Data) != 200 || m.Data[0] != byte(i) {
			t.Fatalf("datagram %d: %d bytes, %v", i, len(m.Data), m.Data[:1])
		}
	}
	if from.trains {
		t.Error("it goes on making trains")
	}
}

// BenchmarkTrain sends 1,400-byte datagrams to one address, as trains and one
// by one, with a receiver that reads them.
func BenchmarkTrain(b *testing.B) {
	for _, trains := range []bool{false, true} {
		b.Run("trains="+strconv.FormatBool(trains), func(b *testing.B) {
			uc := listen(b, "udp4", "127.0.0.1:0")
			from := New(uc).(*mmsgConn)
			from.trains = from.trains && trains
			to := New(listen(b, "udp4", "127.0.0.1:0"))
			ms := make([]Message, batch)
			for i := range ms {
				ms[i] = Message{local(to), make([]byte, 1400)}
			}
			b.ReportAllocs()
			for b.Loop() {
				if lost, err := from.WriteBatch(ms); lost > 0 {
					b.Fatal(err)
				}
				for n := 0; n < len(ms); {
					got, err := to.ReadBatch()
					if err != nil {
						b.Fatal(err)
					}
					n += len(got)
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N*len(ms)), "ns/datagram")
		})
	}
}
