#!/usr/bin/env bash
# The manual, static HTML that needs no network: every chapter docs/*.md, the README as its first page, the functions, the references.
#   docs/manual.sh [FOLDER]   default build/manual
# A new chapter is taken up by being there: those that are not named below come before the advice.
set -eu
cd "$(dirname "$0")/.."
out=${1:-${BUILD:-build}/manual}
rm -rf "$out" && mkdir -p "$out/examples"
start="tutorial method"
classes="grid run energies interaction growth species walls kernel sinkhorn time-stepping monitors geodesic"
use="pictures notebook restart library"
advice="tuning troubleshooting security"
further="adding-an-energy scaling reproduce contributing options changes"

title() { sed -n 's/^# //p' "docs/$1.md" | head -n 1; }
there() { local name; for name; do [ ! -e "docs/$name.md" ] || printf '%s ' "$name"; done; }
rest() { # the chapters that no list names
  local file name
  for file in docs/*.md; do
    name=$(basename "$file" .md)
    case " $start $classes $use $advice $further " in *" $name "*) ;; *) printf '%s ' "$name" ;; esac
  done
}
group() { # group HERE TITLE NAME...
  local here=$1 heading=$2 name
  shift 2
  [ $# = 0 ] || echo "<b>$heading</b>"
  for name; do echo "<a href=\"$name.html\"$([ "$name" != "$here" ] || echo ' class="here"')>$(title "$name")</a>"; done
}
navigation() { # navigation HERE
  echo '<nav><a class="home" href="index.html">jko</a>'
  group "$1" "Start here" $(there $start)
  group "$1" "Its parts" $(there $classes) $(rest)
  group "$1" "Using it" $(there $use)
  group "$1" "Advice" $(there $advice)
  group "$1" "Further" $(there $further)
  for made in Functions References; do echo "<a href=\"${made,,}.html\"$([ "$1" != "${made,,}" ] || echo ' class="here"')>$made</a>"; done
  echo '</nav><main>'
}
page() { # page SOURCE NAME TITLE OPTION...
  local source=$1 name=$2 heading=$3
  shift 3
  navigation "$name" > "$out/.before"
  echo '</main>' > "$out/.after"
  pandoc --from gfm+tex_math_dollars --to html5 --standalone --mathml --fail-if-warnings --lua-filter docs/manual.lua --css manual.css \
    --metadata pagetitle="jko: $heading" --metadata lang=en --include-before-body "$out/.before" --include-after-body "$out/.after" "$@" "$source" -o "$out/$name.html"
}

"${PYTHON:-/usr/bin/python3}" docs/functions.py > "$out/.functions"
FUNCTIONS=" $(sed -n 's/^### \([A-Za-z0-9]*\) .*/\1/p' "$out/.functions" | tr '\n' ' ')" && export FUNCTIONS # for manual.lua

page README.md index "Wasserstein gradient flows"
for file in docs/*.md; do
  name=$(basename "$file" .md)
  contents=
  [ "$(grep -c '^## ' "$file")" -lt 7 ] || contents=--toc # long ones begin with what is in them
  page "$file" "$name" "$(title "$name")" $contents --toc-depth=2
done
printf '%s\n' '---' 'nocite: "@*"' '...' '' '# References' > "$out/.references"
page "$out/.functions" functions Functions --from markdown-tex_math_dollars --toc
page "$out/.references" references References --from markdown --citeproc --bibliography docs/references.bib
rm -f "$out"/.before "$out"/.after "$out"/.references "$out"/.functions
cp docs/manual.css docs/*.png /usr/share/fonts/truetype/dejavu/DejaVuMathTeXGyre.ttf "$out" # formulas look the same wherever they are read
for picture in $(sed -n 's/.*!\[[^]]*\](\(\.\.[^)]*\)).*/\1/p' docs/*.md); do [ ! -e "docs/$picture" ] || cp "docs/$picture" "$out"; done
cp docs/examples/*.c "$out/examples"
"${PYTHON:-/usr/bin/python3}" docs/links.py "$out"
