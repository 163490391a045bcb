#!/bin/sh
# The threads that the tool has itself, under ThreadSanitizer: what measures the machine's costs
# (probe/cost.c, probe/waking.c), how fast its CPUs are side by side (probe/together.c) and what their
# idling costs (probe/lull.c) by their tests once more; what loads programs beside others
# (probe/probe_beside.c) by the whole tool, where it may measure.
#
# Whoever starts a thread elsewhere adds its file, and its test, here.
set -eu
cd "$CONCADVISE_SOURCE"

started=$(grep -l 'pthread_create' probe/*.c analyzer/*.c advisor/*.c | tr '\n' ' ')
if [ "$started" != "probe/cost.c probe/lull.c probe/probe_beside.c probe/together.c probe/waking.c " ]; then
  echo "threads are started in $started: test them here" >&2
  exit 1
fi

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
for name in cost lull together; do
  test=tests/unit/test_probe_$name.c
  parts=
  for part in cost waking lull together cache_ring code_line own_cpu affinity core measurement durations histogram; do
    # A test that has a file's own functions called brings it along.
    grep -q "include \"probe/$part.c\"" "$test" || parts="$parts probe/$part.c"
  done
  cc -std=gnu17 -O1 -g -fsanitize=thread -D_GNU_SOURCE= -I. -o "$made/$name" "$test" $parts \
    $(pkg-config --cflags --libs cmocka) -lm -lpthread
  TSAN_OPTIONS=halt_on_error=1 "$made/$name"
done

[ "$(id -u)" = 0 ] || { echo "the whole tool is not tested: that needs root" >&2; exit 0; }
cmake -S . -B "$made/build" -DCMAKE_BUILD_TYPE=None -DBUILD_TESTING=OFF \
  -DCMAKE_C_FLAGS="-O1 -g -fsanitize=thread" > "$made/log"
cmake --build "$made/build" -j "$(nproc)" --target concadvise >> "$made/log"
for _ in 1 2 3; do
  TSAN_OPTIONS=halt_on_error=1 "$made/build/concadvise" --backend ebpf -o /dev/null -- true
done
