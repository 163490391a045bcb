#!/bin/sh
# The manual page is well-formed, and tells of exactly the options that --help=all tells of.
set -eu

manual=$CONCADVISE_SOURCE/docs/concadvise.1
at=$(mktemp -d)
trap 'rm -rf "$at"' EXIT

grep '^\.It Fl' "$manual" | grep -oE 'Fl [^ ]+' | sed 's/^Fl /-/' | sort >"$at/manual"
"$CONCADVISE" --help=all | grep -E '^ +-' | cut -c 1-24 | grep -oE -- '-(-[a-z-]+|[A-Za-z])' |
  sort >"$at/help"
[ -s "$at/help" ]
diff -u "$at/manual" "$at/help"

if command -v mandoc >/dev/null; then
  mandoc -T lint -W warning "$manual"
elif command -v man >/dev/null; then
  man --warnings -l "$manual" 2>&1 >/dev/null | (! grep .)
else
  echo "neither mandoc nor man is installed"
  exit 77
fi
