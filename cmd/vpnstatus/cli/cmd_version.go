package cli

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	releases "vpnstatus/internal/update"
)

// version returns the release, or the commit that the program was built from.
func version(release string) string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "development"
	}
	revision, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			revision = s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = ", changed"
		}
	}
	if revision == "" {
		return "development"
	}
	return "development (" + revision + dirty + ")"
}

func (e *env) printVersion() {
	e.print("VPNStatus %s, %s, %s/%s\n", e.app.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

func newVersion(e *env) *cobra.Command {
	var asJSON, check bool
	c := &cobra.Command{
		Use:   "version",
		Short: "Print the version, or look for a newer one",
		Long: `Print the version. With --check also look for a newer release; nothing is ever
installed. VPNStatus looks only here and when you ask it to in the menu, and only if
it is itself a release.`,
		Example: `  vpnstatus version --json
  vpnstatus version --check`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var result *releases.Result
			if check {
				r, err := releases.Check(cmd.Context(), e.app.Version, e.updates)
				if err != nil {
					return err
				}
				result = &r
			}
			if asJSON {
				document := map[string]any{
					"schema": schema, "version": e.app.Version, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH,
				}
				if result != nil {
					document["update"] = result
				}
				return e.printJSON(document)
			}
			if result != nil {
				e.print("%s\n", result.Words())
				return nil
			}
			e.printVersion()
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVar(&check, "check", false, "look for a newer version")
	return c
}
