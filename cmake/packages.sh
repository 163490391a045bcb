# What building and testing need, and how to get it on Debian. Sourced by ./concadvise and
# tests/run.
#
# A need is looked for itself (a program, a library, a file) rather than its package, so that other
# systems, where apt-get is of no use, can meet it in their own way.

# kind, what is looked for, Debian package. python3 is for the programs in docs/examples.
build_needs='
program cc gcc
file    /usr/include/stdio.h libc6-dev
program make make
program cmake cmake
program pkg-config pkg-config
program clang clang
program bpftool bpftool
library libbpf libbpf-dev
library libelf libelf-dev
library libdw libdw-dev
file    /usr/include/libiberty/demangle.h libiberty-dev
library json-c libjson-c-dev
library ncursesw libncurses-dev
program python3 python3
'

need_is_met() {
  case $1 in
  program) PATH=$PATH:/usr/sbin:/sbin command -v "$2" ;;
  library) pkg-config --exists "$2" ;;
  file) test -e "$2" ;;
  package) dpkg-query -W -f='${Status}' "$2" | grep -q ' installed$' ;;
  esac >/dev/null 2>&1
}

# The packages of those needs, read from standard input, that are not met.
packages_missing() {
  while read -r kind name package; do
    [ -z "$kind" ] || need_is_met "$kind" "$name" || printf ' %s' "$package"
  done
}

# Daemons that tests need as programs (redis, nginx, PostgreSQL) are not to be started by their
# installation; this is Debian's way to say so.
services_hold() {
  [ -e /usr/sbin/policy-rc.d ] || [ ! -w /usr/sbin ] && return
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  trap 'exit 130' INT TERM
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod +x /usr/sbin/policy-rc.d
}

# packages_install WHO PACKAGE...: what apt-get says goes to standard output. WHO speaks to people,
# on standard error. sudo asks for a password on the terminal, never on standard input.
packages_install() (
  who=$1
  shift
  command="apt-get install -y -q --no-install-recommends $*"
  if ! command -v apt-get >/dev/null; then
    echo "$who: these have to be installed first (by their Debian names): $*" >&2
    exit 1
  fi
  if [ "$(id -u)" = 0 ]; then
    as_root=
  elif command -v sudo >/dev/null &&
    { sudo -n true 2>/dev/null || (: >/dev/tty) 2>/dev/null; }; then
    as_root=sudo
  else
    echo "$who: packages are missing; as root: apt-get update && $command" >&2
    exit 1
  fi
  echo "$who: installing $*" >&2
  services_hold
  $as_root apt-get update -q 2>&1
  $as_root env DEBIAN_FRONTEND=noninteractive $command 2>&1
) </dev/null
