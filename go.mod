module crosspeer

go 1.26.0

require (
	github.com/alecthomas/kong v1.17.0
	github.com/coder/websocket v1.8.15
	golang.org/x/sys v0.49.0
)
