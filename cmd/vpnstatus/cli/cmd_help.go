package cli

import (
	"github.com/spf13/cobra"
)

// newHelp replaces cobra's command, which succeeds where there is no such
// command.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND…]",
		Short: "Show the help of a command",
		Example: `  vpnstatus help
  vpnstatus help rules add`,
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var names []string
			if at, rest, err := cmd.Root().Find(args); err == nil && len(rest) == 0 {
				for _, c := range at.Commands() {
					if c.IsAvailableCommand() {
						names = append(names, cobra.CompletionWithDesc(c.Name(), c.Short))
					}
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			at, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				if at == nil || len(rest) == 0 {
					at, rest = cmd.Root(), args
				}
				return noCommand(at, rest[0])
			}
			at.InitDefaultHelpFlag()
			return at.Help()
		},
	}
}

// newCompletion replaces cobra's command, which succeeds for shells that it does
// not know.
func newCompletion(e *env) *cobra.Command {
	shells := []string{"bash", "zsh", "fish"}
	return &cobra.Command{
		Use:   "completion bash|zsh|fish",
		Short: "Print the script that completes commands in a shell",
		Long: `Print the script that completes commands, options, names of VPNs and values in a
shell. The release's app has these scripts already, in Contents/Resources.

  bash: put this into ~/.bashrc: source <(vpnstatus completion bash)
  zsh:  put this into ~/.zshrc, after compinit: source <(vpnstatus completion zsh)
  fish: vpnstatus completion fish > ~/.config/fish/completions/vpnstatus.fish`,
		Example:   `  vpnstatus completion zsh`,
		Args:      cobra.ExactArgs(1),
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch args[0] {
			case "bash":
				return cmd.Root().GenBashCompletionV2(e.out, true)
			case "zsh":
				return cmd.Root().GenZshCompletion(e.out)
			case "fish":
				return cmd.Root().GenFishCompletion(e.out, true)
			}
			return usage("there is no completion for the shell %q; there is for bash, zsh and fish", args[0])
		},
	}
}
