# Prints how much of each package the profiles say was run, and fails below 90 %.
# A block counts if any profile has run it. Left out: the main packages of tools/,
# which other steps of CI run as programs (what they do is in tools/internal or has
# tests of its own; tools/picture needs Chromium), and test/, which is made of tests.

/^mode:/ { next }
{
  package = $1
  sub(/\/[^\/]*$/, "", package)
  if (package ~ /\/test\// || package ~ /\/tools\// && package !~ /\/tools\/internal\//) next
  if (!($1 in size)) { size[$1] = $2; all[package] += $2; total += $2 }
  if ($3 > 0 && !($1 in ran)) { ran[$1]; run[package] += $2; hit += $2 }
}
END {
  if (!total) { print "there are no profiles"; exit 1 }
  for (package in all)
    if (all[package]) {
      part = 100 * run[package] / all[package]
      low = part < 90
      if (low) failed = 1
      printf "%5.1f %%  %s%s\n", part, package, low ? "  below 90 %" : "" | "sort -k 3"
    }
  close("sort -k 3")
  printf "%5.1f %%  of %d statements\n", 100 * hit / total, total
  exit failed
}
