#!/usr/bin/env bash
# Puts files into a chapter, each between the lines `<!-- FILE -->` and `<!-- end -->`.
#   runs/chapter.sh CHAPTER
set -eu
awk '/^<!-- end -->$/ { inside = 0 }
     !inside
     /^<!-- [^ ]+\.txt -->$/ { inside = 1; file = $2; print ""; while ((getline line < file) > 0) print line; print "" }' "$1" > "$1.part"
mv "$1.part" "$1"
