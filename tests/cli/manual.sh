#!/bin/sh
# The manual pages are well-formed; each tells of exactly the options that --help tells of, that of
# the program of all there are and a subcommand's of its own.
set -eu

manuals=$CONCADVISE_SOURCE/docs/man
at=$(mktemp -d)
trap 'rm -rf "$at"' EXIT

# same_options PAGE ARGUMENT...
same_options() {
  page=$manuals/$1.1
  shift
  grep '^\.It Fl' "$page" | grep -oE 'Fl [^ ]+' | sed 's/^Fl /-/' | sort >"$at/manual"
  "$CONCADVISE" "$@" | grep -E '^ +-' | cut -c 1-24 | grep -oE -- '-(-[a-z-]+|[A-Za-z])' |
    sort >"$at/help"
  [ -s "$at/help" ]
  diff -u "$at/manual" "$at/help"
}

same_options concadvise --help=all
for subcommand in top report diff rules; do
  same_options "concadvise-$subcommand" "$subcommand" --help
done

for page in "$manuals"/*.1; do
  if command -v mandoc >/dev/null; then
    mandoc -T lint -W warning "$page"
  elif command -v man >/dev/null; then
    man --warnings -l "$page" 2>&1 >/dev/null | (! grep .)
  else
    echo "neither mandoc nor man is installed"
    exit 77
  fi
done
