// Package fastlz is the FastLZ format in the form in which Godot 3.2 uses it
// for datagrams: one block, with zeros at the end of an input of less than 16
// bytes. It writes blocks of level 1 and reads blocks of levels 1 and 2.
//
// A block is a row of literal runs and matches. The top three bits of its first
// byte say the level, 0 for level 1 and 1 for level 2, and its other five begin
// a literal run:
//
//	000nnnnn                     the next n+1 bytes
//	lllddddd dddddddd            l+2 bytes from d+1 bytes back, l = 1 to 6
//	111ddddd eeeeeeee dddddddd   e+9 bytes from d+1 bytes back
//
// Level 2 differs in two things. After 111 there are as many bytes e as are 255,
// and one more, and all count; where d is 8191, two more bytes follow and count
// too. There is no length field, no end marker and no check sum.
//
// A match may overlap what it makes, so three bytes can say 264 zeros in level 1,
// and 4,096 zeros can come from 50 bytes. The length of dst bounds what a call
// writes, and with it the time that it takes.
//
// Sources: recordings of Godot 3.2.3, and blocks made by its
// PoolByteArray.compress.
package fastlz

// The format.
const (
	literals     = 32 // most bytes of a literal run
	shortest     = 3  // bytes of the shortest match
	longest      = 264
	window       = 8192 // how far back a match of level 1 can begin
	extended     = 7    // the length that says that more follows
	level1       = 0
	level2       = 1
	farDistance  = window - 1 // the distance of level 2 that says that more follows
	moreToFollow = 255
)

// smallest is the size to which Godot fills an input up.
const smallest = 16

// MaxInput is the longest input of Compress. From 65,536 bytes on an encoder of
// the format would have to use level 2.
const MaxInput = 1<<16 - 1
