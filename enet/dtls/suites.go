package dtls

import (
	"io"

	pion "github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/elliptic"
	"github.com/pion/logging"
)

// suites are those of the engine's that are authenticated encryption, in the
// engine's order. Godot 3.2.3, ClientHello.
var suites = []pion.CipherSuiteID{
	pion.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	pion.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	pion.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	pion.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	pion.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	pion.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
}

// curves has X25519 last, for others than the engine, which does not know it.
var curves = []elliptic.Curve{elliptic.P384, elliptic.P256, elliptic.X25519}

// common are the options of both roles. The extended master secret binds the
// keys to the handshake; every DTLS 1.2 of the last ten years has it, the
// engine's included.
var common = []pion.Option{
	pion.WithCipherSuites(suites...),
	pion.WithEllipticCurves(curves...),
	pion.WithExtendedMasterSecret(pion.RequireExtendedMasterSecret),
	pion.WithLoggerFactory(silence{}),
}

// silence takes what the library would log of every stranger.
type silence struct{}

// NewLogger implements logging.LoggerFactory.
func (silence) NewLogger(string) logging.LeveledLogger {
	return logging.NewDefaultLeveledLoggerForScope("", logging.LogLevelDisabled, io.Discard)
}
