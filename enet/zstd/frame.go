package zstd

import "encoding/binary"

// magic begins a frame. RFC 8878 §3.1.1.
const magic = 0xFD2FB528

// maxBlocks bounds the blocks of a frame. Encoders make one for a datagram.
const maxBlocks = 8

// Parts of the byte behind the magic number. RFC 8878 §3.1.1.1.1.
const (
	contentSize   = 6 // and 7: how the content's size is written
	singleSegment = 1 << 5
	reserved      = 1 << 3
	checkSum      = 1 << 2
	dictionary    = 3
)

// window is the descriptor of one of maxContent. RFC 8878 §3.1.1.1.2.
const window = 3 << 3

// unknown is the size of a content that a frame does not tell.
const unknown = -1

// readFrame looks at the headers of what should be a single frame as datagrams have
// it: no dictionary, a content that fits limit, at most maxBlocks blocks, and
// nothing behind it. It costs little where b is something else.
func readFrame(b []byte, limit int) (f frame, ok bool) {
	if len(b) < 5 || binary.LittleEndian.Uint32(b) != magic {
		return f, false
	}
	flags := b[4]
	if flags&(reserved|dictionary) != 0 {
		return f, false
	}
	b = b[5:]
	if flags&singleSegment == 0 {
		b = b[min(1, len(b)):] // the window, which cannot matter
	}
	size, width := uint64(0), []int{0, 2, 4, 8}[flags>>contentSize]
	if width == 0 && flags&singleSegment != 0 {
		width = 1
	}
	if len(b) < width {
		return f, false
	}
	for i := width - 1; i >= 0; i-- {
		size = size<<8 | uint64(b[i])
	}
	if width == 2 {
		size += 256
	}
	if size > uint64(limit) {
		return f, false
	}
	b = b[width:]
	f = frame{b, flags & checkSum, unknown}
	if width > 0 {
		f.size = int(size)
	}
	least := 0 // bytes of the content that cannot be doubted
	for range maxBlocks {
		if len(b) < 3 {
			return f, false
		}
		head := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16
		n := int(head >> 3)
		switch head >> 1 & 3 {
		case 0: // n bytes
			least += n
		case 1: // one byte, n times
			least += n
			n = 1
		case 3: // reserved
			return f, false
		}
		if n > len(b)-3 || least > limit {
			return f, false
		}
		b = b[3+n:]
		if head&1 != 0 { // the last one
			if flags&checkSum != 0 {
				return f, len(b) == 4
			}
			return f, len(b) == 0
		}
	}
	return f, false
}

// frame is what readFrame found.
type frame struct {
	body  []byte // blocks and check sum
	flags byte   // checkSum or nothing
	size  int    // of the content, or unknown
}

// rewrite puts another header in front of a frame's blocks: a window of 8 KiB and
// no size. A block cannot have more content than the window has, so that a decoder
// has no reason to make room for more, whatever the sender's header said.
func (f *frame) rewrite(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, magic)
	b = append(b, f.flags, window)
	return append(b, f.body...)
}
