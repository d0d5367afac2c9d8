package variant

import "strings"

// NodePath is the path to a node and perhaps to one of its properties. The zero
// value is the empty path.
type NodePath struct {
	Names    []string // of nodes
	Subnames []string // of the property and its parts
	Absolute bool     // from the root of the tree
}

// Path reads a path as it is written in scripts: "/root/Main",
// "../Other", "Sprite:position:x". Empty parts are dropped, and two colons
// after each other make the empty path, as in Godot.
func Path(text string) NodePath {
	var p NodePath
	text, p.Absolute = strings.CutPrefix(text, "/")
	names, subnames, _ := strings.Cut(text, ":")
	if strings.Contains(":"+subnames, "::") {
		return NodePath{}
	}
	p.Names, p.Subnames = parts(names, "/"), parts(subnames, ":")
	return p
}

func parts(s, sep string) (list []string) {
	for part := range strings.SplitSeq(s, sep) {
		if part != "" {
			list = append(list, part)
		}
	}
	return list
}

// IsEmpty says whether the path leads nowhere.
func (p NodePath) IsEmpty() bool { return len(p.Names) == 0 && len(p.Subnames) == 0 }

// String is the path as it is written in scripts.
func (p NodePath) String() string {
	var b strings.Builder
	if p.Absolute {
		b.WriteByte('/')
	}
	b.WriteString(strings.Join(p.Names, "/"))
	for _, s := range p.Subnames {
		b.WriteByte(':')
		b.WriteString(s)
	}
	return b.String()
}
