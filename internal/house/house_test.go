package house

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// pkg is what the go command says of a package.
type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
	Standard   bool
	Module     *struct{ Path string }
}

func list(t *testing.T, args ...string) map[string]pkg {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,Deps,Standard,Module"}, args...)...)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	pkgs := map[string]pkg{}
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var p pkg
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		pkgs[p.ImportPath] = p
	}
	return pkgs
}

// rooms says which packages of the module a package may import. A room is the
// package and what lies under it; the first that fits counts.
var rooms = []struct {
	room string
	may  []string
}{
	{"crosspeer/cmd", []string{"crosspeer", "crosspeer/admit", "crosspeer/server", "crosspeer/link", "crosspeer/enet", "crosspeer/rpc", "crosspeer/token", "crosspeer/variant"}},
	{"crosspeer/server", []string{"crosspeer", "crosspeer/enet", "crosspeer/internal/site", "crosspeer/link", "crosspeer/web"}},
	{"crosspeer/web", nil},
	{"crosspeer/examples", []string{"crosspeer", "crosspeer/link", "crosspeer/enet", "crosspeer/rpc", "crosspeer/variant", "crosspeer/web"}},
	{"crosspeer/link/enetlink", []string{"crosspeer", "crosspeer/enet", "crosspeer/internal/framing", "crosspeer/wire"}},
	{"crosspeer/link/memlink", []string{"crosspeer"}},
	{"crosspeer/link/connlink", []string{"crosspeer", "crosspeer/internal/framing", "crosspeer/wire"}},
	{"crosspeer/link/wslink", []string{"crosspeer", "crosspeer/internal/entry", "crosspeer/internal/framing", "crosspeer/internal/site", "crosspeer/wire"}},
	{"crosspeer/link/rtclink/signaling", nil},
	{"crosspeer/link/rtclink/turnserver", nil},
	{"crosspeer/link/rtclink", []string{"crosspeer", "crosspeer/internal/entry", "crosspeer/internal/framing", "crosspeer/internal/site", "crosspeer/wire"}},
	{"crosspeer/linktest", []string{"crosspeer"}},
	{"crosspeer/rpc/internal/godot3", []string{"crosspeer", "crosspeer/rpc/internal/dialect", "crosspeer/variant"}},
	{"crosspeer/rpc/internal/dialect", []string{"crosspeer", "crosspeer/variant"}},
	{"crosspeer/rpc", []string{"crosspeer", "crosspeer/variant"}},
	{"crosspeer/web", nil},
	{"crosspeer/wire", nil},
	{"crosspeer/variant", nil},
	{"crosspeer/admit/jwt", []string{"crosspeer", "crosspeer/token"}},
	{"crosspeer/admit", []string{"crosspeer", "crosspeer/token", "crosspeer/variant"}},
	{"crosspeer/token", nil},
	{"crosspeer/enet/internal/engine", []string{"crosspeer/enet/internal/protocol"}},
	{"crosspeer/enet/internal/protocol", nil},
	{"crosspeer/enet/internal/codectest", []string{"crosspeer/internal/hostile"}},
	{"crosspeer/enet/internal/fastlz", nil},
	{"crosspeer/enet/internal/rangecoder", nil},
	{"crosspeer/enet/internal/zlib", nil},
	{"crosspeer/enet/zstd", []string{"crosspeer/enet"}},
	{"crosspeer/enet/virtual", []string{"crosspeer", "crosspeer/enet/internal", "crosspeer/internal/framing", "crosspeer/internal/simnet", "crosspeer/wire"}},
	{"crosspeer/enet/dtls", []string{"crosspeer/enet"}},
	{"crosspeer/enet", []string{"crosspeer/enet/internal", "crosspeer/internal/udpbatch"}},
	{"crosspeer/sim", []string{"crosspeer", "crosspeer/enet/virtual", "crosspeer/internal/framing", "crosspeer/internal/simnet", "crosspeer/wire"}},
	{"crosspeer/internal/udpbatch", nil},
	{"crosspeer/internal/entry", []string{"crosspeer"}},
	{"crosspeer/internal/framing", []string{"crosspeer", "crosspeer/wire"}},
	{"crosspeer/internal/site", nil},
	{"crosspeer/internal/hostile", nil},
	{"crosspeer/internal/simnet", nil},
	{"crosspeer/internal/testcert", nil},
	{"crosspeer/internal/lossyproxy", []string{"crosspeer/internal/simnet"}},
	{"crosspeer/internal/house", nil},
	{"crosspeer/interop", []string{"crosspeer", "crosspeer/link", "crosspeer/enet", "crosspeer/rpc", "crosspeer/variant", "crosspeer/internal", "crosspeer/web", "crosspeer/wire", "crosspeer/server"}},
	{"crosspeer/bench", []string{"crosspeer", "crosspeer/link", "crosspeer/enet", "crosspeer/internal", "crosspeer/wire"}},
	{"crosspeer", []string{"crosspeer/wire", "crosspeer/variant"}},
}

// under says whether a package is a room or lies under it. The module's root
// has no rooms under it: they have their own.
func under(path, room string) bool {
	return path == room || room != "crosspeer" && strings.HasPrefix(path, room+"/")
}

func TestImportsPointDown(t *testing.T) {
	for path, p := range list(t, "./...") {
		i := slices.IndexFunc(rooms, func(r struct {
			room string
			may  []string
		}) bool {
			return under(path, r.room)
		})
		if i < 0 {
			t.Errorf("%s is in no room: add it to docs/architecture.md and to this table", path)
			continue
		}
		for _, imp := range p.Imports {
			if imp != "crosspeer" && !strings.HasPrefix(imp, "crosspeer/") || under(imp, rooms[i].room) {
				continue
			}
			if !slices.ContainsFunc(rooms[i].may, func(m string) bool { return under(imp, m) }) {
				t.Errorf("%s imports %s, which lies above it or beside it", path, imp)
			}
		}
	}
}

// libraries are what a game's program imports; what they reach, it pays for.
var libraries = []string{
	"crosspeer", "crosspeer/enet", "crosspeer/wire", "crosspeer/variant", "crosspeer/rpc", "crosspeer/token", "crosspeer/admit", "crosspeer/link/enetlink", "crosspeer/link/memlink", "crosspeer/link/connlink",
}

func TestLibrariesNeedOnlyTheStandardLibraryAndGolangOrgX(t *testing.T) {
	pkgs := list(t, append([]string{"-deps"}, libraries...)...)
	for path, p := range pkgs {
		if p.Standard || p.Module == nil {
			continue
		}
		if m := p.Module.Path; m != "crosspeer" && !strings.HasPrefix(m, "golang.org/x/") {
			t.Errorf("a library reaches %s of module %s", path, m)
		}
	}
}

// TestOnlyWhoNeedsALibraryReachesIt holds that whoever leaves WebRTC, DTLS or
// Zstandard out does not link their libraries.
func TestOnlyWhoNeedsALibraryReachesIt(t *testing.T) {
	pkgs := list(t, "./...")
	for module, rooms := range map[string][]string{
		"github.com/pion/":      {"crosspeer/link/rtclink", "crosspeer/enet/dtls", "crosspeer/server", "crosspeer/cmd"},
		"github.com/klauspost/": {"crosspeer/enet/zstd", "crosspeer/server", "crosspeer/cmd"},
	} {
		for path, p := range pkgs {
			if slices.ContainsFunc(rooms, func(room string) bool { return under(path, room) }) {
				continue
			}
			for _, dep := range p.Deps {
				if strings.HasPrefix(dep, module) {
					t.Errorf("%s reaches %s", path, dep)
					break
				}
			}
		}
	}
}

// TestOnlyJWTReachesItsLibrary holds that whoever leaves JSON Web Tokens out
// does not link their library.
func TestOnlyJWTReachesItsLibrary(t *testing.T) {
	for path, p := range list(t, "./...") {
		if slices.ContainsFunc([]string{"crosspeer/admit/jwt", "crosspeer/server", "crosspeer/cmd"}, func(room string) bool { return under(path, room) }) {
			continue
		}
		if slices.ContainsFunc(p.Deps, func(dep string) bool { return strings.HasPrefix(dep, "github.com/golang-jwt/") }) {
			t.Errorf("%s reaches golang-jwt", path)
		}
	}
}

// cores are the packages without I/O, clock and goroutine.
var cores = []string{
	"crosspeer/enet/internal/engine", "crosspeer/enet/internal/protocol", "crosspeer/enet/internal/rangecoder", "crosspeer/enet/internal/fastlz", "crosspeer/enet/internal/zlib",
	"crosspeer/wire", "crosspeer/rpc/internal/godot3", "crosspeer/link/rtclink/signaling/internal/lobby", "crosspeer/link/rtclink/signaling/internal/protocol",
}

func TestCoresDoNoIO(t *testing.T) {
	for path, p := range list(t, cores...) {
		for _, imp := range p.Imports {
			switch imp {
			case "net", "os", "log", "log/slog", "math/rand", "math/rand/v2", "crypto/rand", "context", "io":
				t.Errorf("%s imports %s", path, imp)
			}
		}
	}
}

// TestCoresPrintNothing holds that cores have fmt only for the words of their
// errors.
func TestCoresPrintNothing(t *testing.T) {
	files(t, func(path string, file *ast.File) {
		if strings.HasSuffix(path, "_test.go") || !slices.Contains(cores, "crosspeer/"+filepath.ToSlash(filepath.Dir(path))) {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if of, ok := call.X.(*ast.Ident); ok && of.Name == "fmt" && call.Sel.Name != "Errorf" && call.Sel.Name != "Sprintf" {
				t.Errorf("%s uses fmt.%s", path, call.Sel.Name)
			}
			return true
		})
	})
}

// files parses the module's Go files.
func files(t *testing.T, f func(path string, file *ast.File)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		f(filepath.ToSlash(rel), file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// calls calls f for each use of a name of a package, as in time.Now.
func calls(file *ast.File, f func(pkg, name string)) {
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok {
				f(x.Name, s.Sel.Name)
			}
		}
		return true
	})
}

func TestCoresReadNoClockAndStartNoGoroutine(t *testing.T) {
	files(t, func(path string, file *ast.File) {
		core := strings.HasPrefix(path, "wire/") || strings.HasPrefix(path, "variant/") || strings.HasPrefix(path, "token/") || strings.HasPrefix(path, "enet/internal/") ||
			strings.HasPrefix(path, "link/rtclink/signaling/internal/")
		if !core || strings.HasSuffix(path, "_test.go") {
			return
		}
		calls(file, func(pkg, name string) {
			if pkg == "time" && slices.Contains([]string{"Now", "Since", "After", "AfterFunc", "NewTimer", "NewTicker", "Sleep"}, name) {
				t.Errorf("%s uses time.%s", path, name)
			}
		})
		ast.Inspect(file, func(n ast.Node) bool {
			if _, ok := n.(*ast.GoStmt); ok {
				t.Errorf("%s starts a goroutine", path)
			}
			return true
		})
	})
}

func TestNoTestSleeps(t *testing.T) {
	files(t, func(path string, file *ast.File) {
		if strings.HasSuffix(path, "_test.go") {
			calls(file, func(pkg, name string) {
				if pkg == "time" && name == "Sleep" {
					t.Errorf("%s waits by sleeping", path)
				}
			})
		}
	})
}

func TestExportedNamesHaveComments(t *testing.T) {
	files(t, func(path string, file *ast.File) {
		if strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "bench/") || strings.HasPrefix(path, "cmd/") {
			return
		}
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				obvious := d.Recv != nil && (d.Name.Name == "String" || d.Name.Name == "Error")
				if d.Name.IsExported() && receiverExported(d) && d.Doc == nil && !obvious {
					t.Errorf("%s: %s has no comment", path, d.Name.Name)
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if ts, ok := s.(*ast.TypeSpec); ok && ts.Name.IsExported() && d.Doc == nil && ts.Doc == nil {
						t.Errorf("%s: %s has no comment", path, ts.Name.Name)
					}
				}
			}
		}
	})
}

// receiverExported says whether a function, or the type of a method, can be
// seen from outside.
func receiverExported(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	e := d.Recv.List[0].Type
	if s, ok := e.(*ast.StarExpr); ok {
		e = s.X
	}
	if ix, ok := e.(*ast.IndexExpr); ok {
		e = ix.X
	}
	id, ok := e.(*ast.Ident)
	return ok && id.IsExported()
}

// fileTables are the sections of docs/architecture.md whose table names each
// file of a package once, and the package's directory.
var fileTables = map[string]string{
	"## The root package": ".",
	"## The ENet engine":  "enet/internal/engine",
}

func TestTheTablesOfFilesNameEveryFile(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join(root, "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	for heading, dir := range fileTables {
		paths, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(dir), "*.go"))
		if err != nil || len(paths) == 0 {
			t.Fatalf("no files in %s: %v", dir, err)
		}
		named := filesNamed(string(doc), heading)
		for _, path := range paths {
			name := filepath.Base(path)
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			if n := named[name]; n != 1 {
				t.Errorf("docs/architecture.md, %s: %s is named %d times, want once", heading, name, n)
			}
			delete(named, name)
		}
		for name := range named {
			t.Errorf("docs/architecture.md, %s: there is no %s", heading, name)
		}
	}
}

// fileName is a Go file in the first column of a table.
var fileName = regexp.MustCompile("`([a-z0-9_]+\\.go)`")

// filesNamed counts the files in the first column of the tables under a
// heading.
func filesNamed(doc, heading string) map[string]int {
	named := map[string]int{}
	inside := false
	for line := range strings.Lines(doc) {
		switch {
		case strings.HasPrefix(line, "## "):
			inside = strings.TrimSpace(line) == heading
		case inside && strings.HasPrefix(line, "|"):
			for _, m := range fileName.FindAllStringSubmatch(strings.SplitN(line, "|", 3)[1], -1) {
				named[m[1]]++
			}
		}
	}
	return named
}
