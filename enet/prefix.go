package enet

// Prefixer is a Compressor that can decompress the first bytes alone. With it,
// the host looks at the compressed datagrams of strangers before Decompress does
// all the work.
type Prefixer interface {
	// Prefix writes the first len(dst) bytes of src's content to dst; false if
	// there are not as many.
	Prefix(dst, src []byte) bool
}

// namedPrefixer is a namedCompressor that is a Prefixer too.
type namedPrefixer struct {
	*namedCompressor
	Prefixer
}
