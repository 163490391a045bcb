#!/bin/sh
# The Debian package holds the program, its manuals and licence, all that its README points to, and
# depends on what it is linked to.
set -eu

if ! command -v dpkg-shlibdeps >/dev/null || ! command -v dpkg-deb >/dev/null; then
  echo "no Debian packaging tools here"
  exit 77
fi

at=$(mktemp -d)
trap 'rm -rf "$at"' EXIT

cpack --config "$(dirname "$CONCADVISE")/CPackConfig.cmake" -B "$at" >"$at/log" 2>&1 || {
  cat "$at/log"
  exit 1
}
package=$(echo "$at"/*.deb)
dpkg-deb -c "$package" >"$at/contents"
pointed_to=$(grep -o '](docs/[^)]*)' "$CONCADVISE_SOURCE/README.md" |
  sed 's|^](\(.*\))$|share/doc/concadvise/\1|')
manuals=$(cd "$CONCADVISE_SOURCE/docs/man" && printf 'share/man/man1/%s\n' *.1)
[ -n "$pointed_to" ]
for file in $pointed_to $manuals bin/concadvise share/doc/concadvise/LICENSE \
  share/doc/concadvise/CHANGELOG.md share/bash-completion/completions/concadvise \
  share/zsh/vendor-completions/_concadvise share/fish/vendor_completions.d/concadvise.fish; do
  grep -q " ./usr/$file\(.gz\)\?\$" "$at/contents" || {
    echo "not in the package: $file"
    cat "$at/contents"
    exit 1
  }
done
depends=$(dpkg-deb -f "$package" Depends)
for library in libjson-c5 $(ldd "$CONCADVISE" | grep -o 'libbpf\|libelf\|libdw' | sed 's/$/1/'); do
  case $depends in
  *"$library"*) ;;
  *) echo "no dependency on $library: $depends" && exit 1 ;;
  esac
done

# What was packed runs where it was put.
dpkg-deb -x "$package" "$at/root"
"$at/root/usr/bin/concadvise" --version
