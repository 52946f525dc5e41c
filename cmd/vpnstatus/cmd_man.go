package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

func newMan(e *env) *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "man [COMMAND]",
		Short: "Print a manual page, or write all of them",
		Example: `  vpnstatus man connect | man -l -
  vpnstatus man --dir /usr/local/share/man/man1`,
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			if dir != "" {
				return e.writeManual(root, dir)
			}
			c, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return usage("there is no command %q", argument(args, 0))
			}
			if err := manualPage(e.out, c, e.app.Version, e.now()); err != nil {
				return fmt.Errorf("writing the manual page: %w", err)
			}
			return nil
		},
	}
	c.Flags().StringVar(&dir, "dir", "", "write the pages of all commands into `DIR`")
	return c
}

func (e *env) writeManual(root *cobra.Command, dir string) error {
	if err := os.MkdirAll(filepath.Clean(dir), 0o755); err != nil {
		return err
	}
	return manualPages(root, func(c *cobra.Command) error {
		f, err := os.Create(filepath.Join(dir, pageName(c)+".1"))
		if err != nil {
			return err
		}
		if err := manualPage(f, c, e.app.Version, e.now()); err != nil {
			_ = f.Close() // the error that matters is the other
			return err
		}
		return f.Close()
	})
}
