#!/usr/bin/env bash
# The documents are about this program: the messages, options and functions that they name are those of the source.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
chapters="README.md $(ls docs/*.md) docs/jko.1.in"

options_exist() {
  local option
  "$program" -help all > "$work/help" || return 1
  for option in $(grep -ohE '(^|[` ([/])-(grid|density|energy|jko|sinkhorn|kernel|output|monitor|checkpoint|restart|max|species|reaction)_[a-z0-9_]*[a-z0-9]' $chapters | tr -d '` ([/' | sort -u); do
    case $option in -energy_drift | -energy_pull* | -energy_push* | -energy_three_body* | -reaction_growth* | -reaction_crowding* | -jko_tyep | -jko_monitor_* | -sinkhorn_snes_* | -sinkhorn_elliptic_*) continue ;; esac # named by the user, misspelt to be refused, or PETSc's
    grep -qE "^ *$option[ :_]" "$work/help" || { echo "$option is not an option" && return 1; }
  done
}
reference_complete() { # docs/options.md names the options that there are, and no others
  docs/options.sh "$work/options.md" && diff <(grep -o '^| `-[a-z_]*`' docs/options.md) <(grep -o '^| `-[a-z_]*`' "$work/options.md")
}
functions_exist() {
  local name
  for name in $(grep -ohE '`[A-Z][A-Za-z]*\(\)`' docs/*.md | tr -d '`()' | sort -u); do
    grep -qrE "\b$name\(" include || { echo "$name() is nowhere" && return 1; }
  done
}
files_exist() {
  local file
  for file in $(grep -ohE '`(src|include|tests|runs|docs|petsc-options)/[A-Za-z0-9_./-]*[a-z/]`' $chapters docs/contributing.md | tr -d '`' | sort -u); do
    case $file in runs/*/report.html) continue ;; esac # made by the run
    [ -e "$file" ] || { echo "$file is not there" && return 1; }
  done
}
files_lead() { # links to files, from where the chapter lies
  local file link
  for file in README.md docs/*.md; do
    for link in $(grep -ohE '\]\([^):#]+' "$file" | cut -c3- | sort -u); do
      [ -e "$(dirname "$file")/$link" ] || { echo "$file: $link is not there" && return 1; }
    done
  done
}
links_lead() { # those of the bibliography
  local key
  for key in $(grep -ohE 'references\.bib#[a-z0-9]*' docs/*.md | cut -d'#' -f2 | sort -u); do
    grep -qE "^@[a-z]+\{$key," docs/references.bib || { echo "$key is no reference" && return 1; }
  done
}

claim "every message of the source is in docs/troubleshooting.md, and the other way round" "$PYTHON" tests/docs/messages.py docs/troubleshooting.md src
claim "every option that is named exists" options_exist
claim "docs/options.md is what -help says (make docs)" reference_complete
claim "every function that is named exists" functions_exist
claim "every public function says what it does" "$PYTHON" docs/functions.py
claim "every file that is named exists" files_exist
claim "every file that is linked exists" files_lead
claim "every reference that is named exists" links_lead
claim "the version is that of the citation" grep -q "^version: $(sed -n 's/.*JKO_VERSION "\(.*\)"/\1/p' include/jko.h)$" CITATION.cff
finish
