# The cask of VPNStatus. This is its source: "make dist" writes the cask of a
# release to dist/, with version, checksum, repository and the manual pages of all
# commands. docs/release.md says where it goes.
cask "vpnstatus" do
  version "0.0.0"
  sha256 "0000000000000000000000000000000000000000000000000000000000000000"

  url "https://github.com/OWNER/NAME/releases/download/v#{version}/VPNStatus-#{version}.zip"
  name "VPNStatus"
  desc "Menu-bar app and command-line tool that keep the system's VPNs connected"
  homepage "https://github.com/OWNER/NAME"

  livecheck do
    url :url
    strategy :github_latest
  end

  depends_on macos: :ventura

  app "VPNStatus.app"
  binary "#{appdir}/VPNStatus.app/Contents/Resources/bin/vpnstatus"
  binary "#{appdir}/VPNStatus.app/Contents/Resources/bin/vpnutil"
  bash_completion "#{appdir}/VPNStatus.app/Contents/Resources/completions/vpnstatus.bash"
  fish_completion "#{appdir}/VPNStatus.app/Contents/Resources/completions/vpnstatus.fish"
  zsh_completion "#{appdir}/VPNStatus.app/Contents/Resources/completions/_vpnstatus"
  manpage "#{appdir}/VPNStatus.app/Contents/Resources/man/man1/vpnstatus.1"

  uninstall quit: "io.github.vpnstatus.VPNStatus"

  zap trash: [
    "~/Library/Application Support/VPNStatus",
    "~/Library/LaunchAgents/io.github.vpnstatus.VPNStatus.login.plist",
  ]
end
