package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
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
			header := &doc.GenManHeader{Section: "1", Source: "VPNStatus " + e.app.Version, Manual: "VPNStatus"}
			now := e.now()
			header.Date = &now
			if dir != "" {
				if err := os.MkdirAll(filepath.Clean(dir), 0o755); err != nil {
					return err
				}
				return doc.GenManTree(root, header, dir)
			}
			page, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return usage("there is no command %q", argument(args, 0))
			}
			if err := doc.GenMan(page, header, e.out); err != nil {
				return fmt.Errorf("writing the manual page: %w", err)
			}
			return nil
		},
	}
	c.Flags().StringVar(&dir, "dir", "", "write the pages of all commands into `DIR`")
	return c
}
