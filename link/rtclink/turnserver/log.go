package turnserver

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// logger is pion's logger over slog. What pion calls a trace is too much even
// for level Debug. What it calls an error is a client's mistake most times.
type logger struct{ to *slog.Logger }

// NewLogger implements logging.LoggerFactory.
func (l logger) NewLogger(scope string) logging.LeveledLogger {
	return logger{l.to.With("pion", scope)}
}

func (l logger) log(level slog.Level, format string, args []any) {
	if l.to.Enabled(context.Background(), level) {
		l.to.Log(context.Background(), level, "turnserver: "+fmt.Sprintf(format, args...))
	}
}

// Trace and its likes implement logging.LeveledLogger.
func (l logger) Trace(string)          {}
func (l logger) Tracef(string, ...any) {}
func (l logger) Debug(s string)        { l.log(slog.LevelDebug, "%s", []any{s}) }
func (l logger) Info(s string)         { l.log(slog.LevelInfo, "%s", []any{s}) }
func (l logger) Warn(s string)         { l.log(slog.LevelWarn, "%s", []any{s}) }
func (l logger) Error(s string)        { l.log(slog.LevelWarn, "%s", []any{s}) }

func (l logger) Debugf(format string, args ...any) { l.log(slog.LevelDebug, format, args) }
func (l logger) Infof(format string, args ...any)  { l.log(slog.LevelInfo, format, args) }
func (l logger) Warnf(format string, args ...any)  { l.log(slog.LevelWarn, format, args) }
func (l logger) Errorf(format string, args ...any) { l.log(slog.LevelWarn, format, args) }
