package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

type versionCmd struct{}

// version is set by releases: -ldflags "-X main.version=v1.2.3".
var version string

func (versionCmd) Run(std streams) error {
	v := version
	if v == "" {
		v = "development"
		if info, ok := debug.ReadBuildInfo(); ok {
			for _, s := range info.Settings {
				if s.Key == "vcs.revision" {
					v += " " + s.Value[:min(12, len(s.Value))]
				}
			}
		}
	}
	_, err := fmt.Fprintf(std.out, "crosspeer %s %s/%s %s\n", v, runtime.GOOS, runtime.GOARCH, runtime.Version())
	return err
}
