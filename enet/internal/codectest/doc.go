// Package codectest says what every compressor of datagrams must do, as tests that
// each of them runs.
package codectest
