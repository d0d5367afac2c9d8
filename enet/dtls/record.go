package dtls

import "encoding/binary"

// A record, RFC 6347 §4.1:
//
//	0      1        3      5                 11       13
//	type   version  epoch  sequence number   length   fragment
//
// and at the start of a handshake's fragment, §4.2.2:
//
//	13     14       17           19            22             25
//	 type   length   message_seq  frag. offset  frag. length   body
const (
	recordHeader    = 13
	handshakeHeader = 12
)

type contentType byte

const (
	changeCipherSpec contentType = 20
	alert            contentType = 21
	handshake        contentType = 22
	applicationData  contentType = 23
)

// Handshake messages that tell phases apart.
const (
	clientHello = 1
	serverHello = 2
)

// isRecord tells DTLS from ENet by the first three bytes. A datagram of ENet
// that begins so would have a command that does not exist, unless it has a
// checksum there.
func isRecord(b []byte) bool {
	return len(b) >= recordHeader && b[0] >= 20 && b[0] <= 25 && b[1] == 0xfe && (b[2] == 0xfd || b[2] == 0xff)
}

func epoch(b []byte) uint16 { return binary.BigEndian.Uint16(b[3:]) }

// message is the type and number of the handshake message in the first record,
// if it can be read and is the message's start.
func message(b []byte) (typ byte, seq uint16, ok bool) {
	if len(b) < recordHeader+handshakeHeader || contentType(b[0]) != handshake || epoch(b) != 0 {
		return 0, 0, false
	}
	h := b[recordHeader:]
	if h[6] != 0 || h[7] != 0 || h[8] != 0 {
		return 0, 0, false
	}
	return h[0], binary.BigEndian.Uint16(h[4:]), true
}

// isHello says whether a datagram begins with a ClientHello; first, whether it
// is that of a client who has not been given a cookie.
func isHello(b []byte) (hello, first bool) {
	typ, seq, ok := message(b)
	hello = ok && typ == clientHello
	return hello, hello && seq == 0
}

// random is the part of a ClientHello that no two have in common. RFC 5246
// §7.4.1.2.
func random(hello []byte) (r [32]byte) {
	const version = 2 // bytes in front of it
	copy(r[:], hello[recordHeader+handshakeHeader+min(version, len(hello)-recordHeader-handshakeHeader):])
	return r
}

// phase is how far an association has come.
type phase uint8

const (
	fresh       phase = iota // server: the remote has not returned its cookie
	handshaking              // the remote is at its address
	established              // the handshake is complete
)

// admissible says whether a record may be shown to the library in a phase. It
// would end an association for records that anybody could forge: data or an
// unreadable ChangeCipherSpec without encryption.
func admissible(p phase, record []byte) bool {
	typ, epoch := contentType(record[0]), epoch(record)
	switch p {
	case fresh:
		typ, _, ok := message(record)
		return ok && typ == clientHello
	case handshaking:
		return epoch == 0 && (typ == handshake || typ == changeCipherSpec || typ == alert) ||
			epoch == 1 && (typ == handshake || typ == alert || typ == applicationData)
	}
	return epoch == 1 && (typ == applicationData || typ == alert)
}

// filter gives the records of a datagram that may be shown to the library:
// the datagram itself if all of them may, nil if none. late says whether those
// of the handshake may come although it is complete: the remote's last flight,
// which it repeats if the answer was lost.
func filter(p phase, late bool, datagram []byte) []byte {
	var kept []byte
	all := true
	for b := datagram; len(b) > 0; {
		end := recordHeader
		if isRecord(b) {
			end += int(binary.BigEndian.Uint16(b[11:]))
		}
		if !isRecord(b) || end > len(b) {
			all = false
			break
		}
		record := b[:end]
		b = b[end:]
		if admissible(p, record) || late && contentType(record[0]) == handshake && epoch(record) <= 1 {
			kept = append(kept, record...)
		} else {
			all = false
		}
	}
	if all {
		return datagram
	}
	return kept
}
