package protocol

// PutReliable writes the fixed part of SEND_RELIABLE; n is the payload's
// length.
//
//	4  2  payload length
func PutReliable(b []byte, channel uint8, seq uint16, n int) {
	put(b, OpSendReliable, FlagAcknowledge, channel, seq)
	be.PutUint16(b[4:], uint16(n))
}

// PutUnreliable writes the fixed part of SEND_UNRELIABLE. seq is the
// channel's current reliable number, number the packet's own.
//
//	4  2  unreliable sequence number
//	6  2  payload length
func PutUnreliable(b []byte, channel uint8, seq, number uint16, n int) {
	put(b, OpSendUnreliable, 0, channel, seq)
	be.PutUint16(b[4:], number)
	be.PutUint16(b[6:], uint16(n))
}

// PutUnsequenced writes the fixed part of SEND_UNSEQUENCED.
//
//	4  2  unsequenced group, counted per peer
//	6  2  payload length
func PutUnsequenced(b []byte, channel uint8, group uint16, n int) {
	put(b, OpSendUnsequenced, FlagUnsequenced, channel, 0)
	be.PutUint16(b[4:], group)
	be.PutUint16(b[6:], uint16(n))
}

// Number reads the unreliable sequence number of SEND_UNRELIABLE or the group
// of SEND_UNSEQUENCED.
func (c *Command) Number() uint16 { return be.Uint16(c.Body) }

// Fragment is the fixed part of SEND_FRAGMENT and SEND_UNRELIABLE_FRAGMENT.
//
//	4   2  start sequence number: that of fragment 0, shared by all
//	6   2  payload length
//	8   4  fragment count
//	12  4  fragment number, from 0
//	16  4  total length of the packet
//	20  4  offset of this fragment
type Fragment struct {
	Start  uint16
	Count  uint32
	Number uint32
	Total  uint32
	Offset uint32
}

// FragmentFields reads a fragment's place in its packet.
func (c *Command) FragmentFields() Fragment {
	b := c.Body
	return Fragment{
		Start:  be.Uint16(b),
		Count:  be.Uint32(b[4:]),
		Number: be.Uint32(b[8:]),
		Total:  be.Uint32(b[12:]),
		Offset: be.Uint32(b[16:]),
	}
}

// Put writes the fixed part of op, which is OpSendFragment or
// OpSendUnreliableFragment.
func (f *Fragment) Put(b []byte, op Op, channel uint8, seq uint16, n int) {
	flags := uint8(0)
	if op == OpSendFragment {
		flags = FlagAcknowledge
	}
	put(b, op, flags, channel, seq)
	be.PutUint16(b[4:], f.Start)
	be.PutUint16(b[6:], uint16(n))
	be.PutUint32(b[8:], f.Count)
	be.PutUint32(b[12:], f.Number)
	be.PutUint32(b[16:], f.Total)
	be.PutUint32(b[20:], f.Offset)
}

// Distance is how many sequence windows seq lies ahead of current, 0 to 16.
// A number of the current window that has passed gives 16.
func Distance(seq, current uint16) int {
	d := int(seq>>12) - int(current>>12)
	if seq < current {
		d += Windows
	}
	return d
}
