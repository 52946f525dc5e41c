package cli

import (
	"github.com/spf13/cobra"
)

// addHelp adds cobra's command help, which here fails where there is no such
// command.
func addHelp(root *cobra.Command) {
	root.SetHelpCommandGroupID(groupApp)
	root.InitDefaultHelpCmd()
	help, _, _ := root.Find([]string{"help"})
	help.Run = nil
	help.RunE = func(_ *cobra.Command, args []string) error {
		c, rest, err := root.Find(args)
		if err == nil && len(rest) > 0 {
			err = cobra.NoArgs(c, rest)
		}
		if err != nil {
			return usage("%w", err)
		}
		c.InitDefaultHelpFlag()
		return c.Help()
	}
}

// newCompletion replaces cobra's command, which has one more for each shell,
// PowerShell too.
func newCompletion(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish",
		Short: "Print the script that completes commands in a shell",
		Long: `Print the script that completes commands, options, names of VPNs and values in a
shell. The release's app has these scripts already, in Contents/Resources.

  bash: put this into ~/.bashrc: source <(vpnstatus completion bash)
  zsh:  put this into ~/.zshrc, after compinit: source <(vpnstatus completion zsh)
  fish: vpnstatus completion fish > ~/.config/fish/completions/vpnstatus.fish`,
		Example:   `  vpnstatus completion zsh`,
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"bash", "zsh", "fish"},
		RunE: func(cmd *cobra.Command, args []string) error {
			switch args[0] {
			case "bash":
				return cmd.Root().GenBashCompletionV2(e.out, true)
			case "zsh":
				return cmd.Root().GenZshCompletion(e.out)
			default:
				return cmd.Root().GenFishCompletion(e.out, true)
			}
		},
	}
}
