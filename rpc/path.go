package rpc

import (
	"fmt"
	"slices"
	"strings"

	"crosspeer/variant"
)

// treeRoot is the name of the node above all others.
const treeRoot = "root"

// maxPathBytes bounds the paths that are looked up in another form than they
// are registered in.
const maxPathBytes = 4 << 10

// root is the names from the tree's root to the API's root node.
type root []string

// rootOf reads Config.Root.
func rootOf(path string) (root, error) {
	p := variant.Path(path)
	if !p.Absolute || len(p.Subnames) > 0 || len(p.Names) == 0 || p.Names[0] != treeRoot || slices.Contains(p.Names, "..") || slices.Contains(p.Names, ".") {
		return nil, fmt.Errorf(`rpc: Config.Root is %q, want an absolute path such as "/root/World"`, path)
	}
	return p.Names, nil
}

// relative is how a path is written from the root node, with "." for itself.
// Names of properties are left out.
func (r root) relative(path string) (string, error) {
	names, err := r.resolve(path)
	if err != nil {
		return "", err
	}
	shared := 0
	for shared < min(len(r), len(names)) && r[shared] == names[shared] {
		shared++
	}
	out := slices.Repeat([]string{".."}, len(r)-shared)
	out = append(out, names[shared:]...)
	if len(out) == 0 {
		return ".", nil
	}
	return strings.Join(out, "/"), nil
}

// resolve is the names from the tree's root to the node that a path leads to.
func (r root) resolve(path string) ([]string, error) {
	p := variant.Path(path)
	if len(p.Names) == 0 {
		return nil, fmt.Errorf("%w: %.128q leads to no node", ErrPath, path)
	}
	var names []string
	if !p.Absolute {
		names = slices.Clone(r)
	}
	for _, name := range p.Names {
		switch name {
		case ".":
		case "..":
			if len(names) <= 1 {
				return nil, fmt.Errorf("%w: %.128q leads out of the tree", ErrPath, path)
			}
			names = names[:len(names)-1]
		default:
			names = append(names, name)
		}
	}
	if len(names) == 0 || names[0] != treeRoot {
		return nil, fmt.Errorf("%w: %.128q does not begin at /%s", ErrPath, path, treeRoot)
	}
	return names, nil
}
