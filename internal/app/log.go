package app

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"gopkg.in/natefinch/lumberjack.v2"
)

// The log is one file and the one before it, of this many MB each: weeks of
// normal use, and still quick to send to somebody.
const logMegabytes = 2

// openLog returns the log of the app. When the file can't be written the log
// goes to stderr alone, and the error says why.
func openLog(path string, stderr io.Writer, c Config) (*slog.Logger, io.Closer, error) {
	level := slog.LevelInfo
	if c.Verbose {
		level = slog.LevelDebug
	}
	var handlers []slog.Handler
	if c.Headless && stderr != nil {
		// There is no screen, so warnings and errors also go to the terminal.
		shown := slog.LevelWarn
		if c.Verbose {
			shown = slog.LevelDebug
		}
		handlers = append(handlers, slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: shown}))
	}
	var closer io.Closer = io.NopCloser(nil)
	err := tryLog(path)
	if err != nil {
		err = fmt.Errorf("the log can't be written: %w", err)
	} else {
		file := &lumberjack.Logger{Filename: path, MaxSize: logMegabytes, MaxBackups: 1}
		handlers = append(handlers, slog.NewTextHandler(file, &slog.HandlerOptions{Level: level}))
		closer = file
	}
	return slog.New(slog.NewMultiHandler(handlers...)), closer, err
}

// tryLog makes the directory and the file, for this user alone.
func tryLog(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	// Opening a named pipe would wait for its reader.
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}
