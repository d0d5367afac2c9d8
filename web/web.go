// Package web has the page that crosspeer serve shows under /play/, and the
// browser client that the page is made of. The sources are TypeScript; what is
// embedded was built by make web and is part of the repository, so a Go build
// needs no Node.
package web

import (
	"embed"
	"io/fs"
)

//go:embed dist/play
var files embed.FS

// Play is the page's files: index.html, style.css, play.js, icon.svg, and
// crosspeer.js, the browser client as an ES module.
func Play() fs.FS {
	play, err := fs.Sub(files, "dist/play")
	if err != nil {
		panic(err) // the name is valid
	}
	return play
}
