#!/bin/sh
# The threads that the tool has itself: what measures the machine's costs (probe/cost.c) and how fast
# its CPUs are side by side (probe/together.c). Their tests once more, under ThreadSanitizer.
#
# Whoever starts a thread elsewhere adds its file, and its test, here.
set -eu
cd "$CONCADVISE_SOURCE"

started=$(grep -l 'pthread_create' probe/*.c analyzer/*.c advisor/*.c | tr '\n' ' ')
if [ "$started" != "probe/cost.c probe/together.c " ]; then
  echo "threads are started in $started: test them here" >&2
  exit 1
fi

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
for name in cost together; do
  cc -std=gnu17 -O1 -g -fsanitize=thread -D_GNU_SOURCE= -I. -o "$made/$name" \
    "tests/unit/test_probe_$name.c" $started probe/core.c probe/measurement.c probe/histogram.c \
    $(pkg-config --cflags --libs cmocka) -lm -lpthread
  TSAN_OPTIONS=halt_on_error=1 "$made/$name"
done
