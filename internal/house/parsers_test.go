package house

import (
	"go/ast"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// parsers are the functions that read what others wrote, and the fuzz targets
// that feed them. A target is in the package's tests unless its directory is
// named. What only reads words needs none.
var parsers = map[string]string{
	"wire.ParseENet":            "FuzzENet",
	"wire.ParseENetNotice":      "FuzzENet",
	"wire.ParseWebSocket":       "FuzzWebSocket",
	"wire.ParseWebSocketNotice": "FuzzWebSocket",

	"enet/internal/protocol.ParseHeader":    "FuzzCommands",
	"enet/internal/protocol.Next":           "FuzzCommands",
	"enet/internal/rangecoder.Decompress":   "FuzzDecompress",
	"enet/internal/engine.Receive":          "FuzzDatagram",
	"enet/internal/engine.open":             "FuzzOneDatagram",
	"enet/internal/engine.decompress":       "FuzzOneDatagram",
	"enet/internal/engine.receiveStranger":  "FuzzOneDatagram",
	"enet/internal/engine.receiveUnknown":   "FuzzDatagram",
	"enet/internal/engine.receiveClosed":    "FuzzDatagram",
	"enet/internal/engine.receive":          "FuzzOneDatagram",
	"link/connlink.parse":                   "FuzzParse",
	"link/wslink.closeReason":               "FuzzReader",
	"link/wslink.answerOf":                  "FuzzAnswer",
	"link/wslink.refusal":                   "FuzzUpgrade",
	"link/rtclink/turnserver.authenticate":  "FuzzUsername",
	"link/rtclink/signaling.receive":        "link/rtclink/signaling/internal/lobby.FuzzHall",
	"link/rtclink/signaling.ParseCandidate": "link/rtclink/signaling/internal/protocol.FuzzCandidate",
	"link/rtclink/signaling.ParseDialect":   words,
	"link/rtclink.ParseIPVersions":          words,
	"link/enetlink.ParseCompression":        words,
	".ParseTransferMode":                    words,
	"rpc.ParseMode":                         words,
	"rpc/internal/godot3.Receive":           "FuzzReceive",
	"rpc/internal/godot3.parse":             "FuzzReceive",
	"rpc/internal/godot3.parseCall":         "FuzzReceive",
	"variant.Decode":                        "FuzzGodot4",
	"variant.Unmarshal":                     "FuzzUnmarshal",
	"variant.ParseJSON":                     "FuzzParse",
	"variant.Parse":                         "FuzzParse",
	"variant.ParseColor":                    "FuzzColor",
	"variant.parseInt":                      "FuzzParse",
	"variant.parseFloat":                    "FuzzParse",
	"enet/internal/fastlz.Decompress":       "FuzzDecompress",
	"enet/internal/zlib.Decompress":         "FuzzDecompress",
	"enet/zstd.Decompress":                  "FuzzDecompress",
	"token.ParseText":                       "FuzzParseText",
	"token.Unverified":                      "FuzzUnverified",
	"token.Verify":                          "FuzzUnverified",
	"token.ParseSecretKey":                  "FuzzKeys",
	"token.ParsePublicKeys":                 "FuzzKeys",
	"token.parsePEM":                        "FuzzKeys",
	"admit.unwrap":                          "FuzzUnwrap",
	"admit/jwt.parseJWKS":                   "FuzzParseJWKS",
	"admit/jwt.Verify":                      "FuzzVerify",
	"cmd/crosspeer.parseSource":             words,
	"cmd/crosspeer.parse":                   "FuzzVar",
	"internal/framing.ReadENet":             "wire.FuzzENet",
	"internal/framing.readENetNotice":       "wire.FuzzENet",
	"cmd/crosspeer.readable":                "FuzzReadable",
	"enet/dtls.Receive":                     "FuzzFilter",
	"enet/dtls.ParseMode":                   words,
	"enet/virtual.Receive":                  "enet/internal/engine.FuzzDatagram",

	"link/rtclink/signaling/internal/lobby.Receive":           "FuzzHall",
	"link/rtclink/signaling/internal/lobby.receive":           "FuzzHall",
	"link/rtclink/signaling/internal/lobby.parse":             "FuzzHall",
	"link/rtclink/signaling/internal/protocol.Parse":          "FuzzText",
	"link/rtclink/signaling/internal/protocol.parseText":      "FuzzText",
	"link/rtclink/signaling/internal/protocol.parseJSON":      "FuzzJSON",
	"link/rtclink/signaling/internal/protocol.Recognize":      "FuzzRecognize",
	"link/rtclink/signaling/internal/protocol.ParseCandidate": "FuzzCandidate",
}

// words marks a function that compares a word with a list, or has the standard
// library read it.
const words = "reads words"

// parserName is how functions that read foreign bytes are called here.
var parserName = regexp.MustCompile(`^([pP]arse|[dD]ecode|[dD]ecompress|[uU]nmarshal|[rR]ecogni|[rR]eceive|[rR]eadENet|Next$|open$|authenticate$|Unverified$|Verify$|unwrap$|refusal$|answerOf$|closeReason$|readable$)`)

// TestEveryParserHasAFuzzTarget holds that a function which by its name and
// parameters reads what others wrote is in the table, and that the table's
// targets are there.
func TestEveryParserHasAFuzzTarget(t *testing.T) {
	found, targets := map[string]bool{}, map[string]bool{}
	files(t, func(path string, file *ast.File) {
		dir := filepath.ToSlash(filepath.Dir(path))
		isTest := strings.HasSuffix(path, "_test.go")
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			switch {
			case !ok || slices.ContainsFunc([]string{"bench", "interop", "examples", "linktest", "sim", "enet/internal/codectest", "internal/hostile", "internal/house", "internal/lossyproxy", "internal/simnet"}, func(p string) bool { return strings.HasPrefix(dir, p) }):
			case isTest && strings.HasPrefix(f.Name.Name, "Fuzz"):
				targets[dir+"."+f.Name.Name] = true
			case !isTest && parserName.MatchString(f.Name.Name) && takesForeign(f):
				found[strings.TrimPrefix(dir, ".")+"."+f.Name.Name] = true
			}
		}
	})
	for name := range found {
		target, ok := parsers[name]
		if !ok {
			t.Errorf("%s reads what others wrote: give it a fuzz target and add it to this table", name)
			continue
		}
		if !strings.Contains(target, ".") {
			target = name[:strings.LastIndex(name, ".")] + "." + target
		}
		if parsers[name] != words && !targets[target] {
			t.Errorf("%s: there is no %s", name, target)
		}
	}
	for name := range parsers {
		if !found[name] {
			t.Errorf("there is no %s that takes bytes", name)
		}
	}
}

// takesForeign says whether a function takes bytes, a text or a request.
func takesForeign(f *ast.FuncDecl) bool {
	for _, p := range f.Type.Params.List {
		switch e := p.Type.(type) {
		case *ast.ArrayType:
			if id, ok := e.Elt.(*ast.Ident); ok && e.Len == nil && id.Name == "byte" {
				return true
			}
		case *ast.Ident:
			if e.Name == "string" {
				return true
			}
		case *ast.StarExpr:
			if s, ok := e.X.(*ast.SelectorExpr); ok && (s.Sel.Name == "Request" || s.Sel.Name == "RequestAttributes") {
				return true
			}
		case *ast.SelectorExpr:
			if e.Sel.Name == "Reader" {
				return true
			}
		}
	}
	return false
}
