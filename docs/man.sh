#!/usr/bin/env bash
# The man page: docs/jko.1.in with the options of docs/options.md in it.
#   docs/man.sh FILE
set -eu
cd "$(dirname "$0")/.."
version=$(sed -n 's/.*JKO_VERSION "\(.*\)"/\1/p' include/jko.h)
# the day of the last change, so that the page does not change from build to build
day=$(git log -1 --format=%cs -- docs/options.md docs/jko.1.in 2> /dev/null || true)
options=$(awk '
function plain(text) { # roff of a table cell
  gsub(/\\\|/, "|", text); gsub(/`/, "", text); gsub(/^ +| +$/, "", text)
  gsub(/\\/, "\\e", text); gsub(/-/, "\\-", text)
  if (text ~ /^[.\x27]/) text = "\\&" text
  return text
}
/^## / { sub(/^## /, ""); gsub(/-/, "\\-"); print ".SS \"" $0 "\""; next }
/^\| `-/ {
  gsub(/\\\|/, "\001"); split($0, cell, "|")
  for (i = 2; i <= 5; i++) gsub(/\001/, "|", cell[i])
  value = plain(cell[4])
  print ".TP"
  print ".BI " plain(cell[2]) " \" " plain(cell[3]) "\""
  print plain(cell[5]) (value == "" ? "" : " [" value "]")
}' docs/options.md)
awk -v version="$version" -v day="$day" -v options="$options" '
{ gsub(/@VERSION@/, version); gsub(/@DATE@/, day) }
/^@OPTIONS@$/ { while ((getline line < "/dev/stdin") > 0) print line; next }
{ print }' docs/jko.1.in <<< "$options" > "$1"
