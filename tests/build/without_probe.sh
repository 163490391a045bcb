#!/bin/sh
# A build without the probe needs none of its tools, measures by /proc, and reports on recordings.
set -eu

at=$(mktemp -d)
trap 'rm -rf "$at"' EXIT

# Names that do not exist, so that a build which asks for them fails.
cmake -S "$CONCADVISE_SOURCE" -B "$at" -DCONCADVISE_PROBE=OFF -DBUILD_TESTING=OFF -DCMAKE_BUILD_TYPE=Debug \
  -DBPF_CLANG=/nonexistent -DBPFTOOL=/nonexistent >"$at/log" || { cat "$at/log"; exit 1; }
cmake --build "$at" -j "$(nproc)" >>"$at/log" 2>&1 || { cat "$at/log"; exit 1; }
if ldd "$at/concadvise" | grep -E 'libbpf|libdw'; then
  echo "linked to a library of the probe"
  exit 1
fi

status=0
output=$("$at/concadvise" --json -o "$at/report" -- \
  sh -c 'echo still runs; sleep 0.3; exit 42' 2>"$at/stderr") || status=$?
[ "$status" = 42 ] && [ "$output" = "still runs" ]
grep -q CONCADVISE_PROBE=OFF "$at/stderr"
grep -q '"backend": *"proc"' "$at/report"
grep -q '"syscall": *"clock_nanosleep"' "$at/report"

sleep 30 &
"$at/concadvise" --json -o "$at/report" -p $! -d 0.3 2>"$at/stderr"
kill $!
grep -q '"syscall": *"clock_nanosleep"' "$at/report"

for expected in "$CONCADVISE_SOURCE"/tests/golden/*.expected.json; do
  [ -e "$expected" ] || continue
  "$at/concadvise" report --json "${expected%.expected.json}.json" >"$at/report"
  grep -q concadvise.report/1 "$at/report"
done
