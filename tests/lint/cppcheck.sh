#!/bin/sh
# cppcheck over what the build compiles, tests aside. What it says in error is in suppressions.txt,
# with the reason.
set -eu
command -v cppcheck >/dev/null || {
  echo "cppcheck is not installed"
  exit 77
}
made=$(dirname -- "$CONCADVISE")/lint
mkdir -p "$made" # of what did not change, the last result holds
exec cppcheck --project="$(dirname -- "$CONCADVISE")/compile_commands.json" -i "$CONCADVISE_SOURCE/tests" \
  --enable=warning,performance,portability --quiet -j "$(nproc)" --error-exitcode=1 \
  --cppcheck-build-dir="$made" --suppressions-list="$CONCADVISE_SOURCE/tests/lint/suppressions.txt" \
  --suppress="*:*/embedded.c" --suppress="*:*.skel.h"
