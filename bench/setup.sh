#!/bin/sh
# Installs what the benchmarks compare with, and only that: the peers, and OpenBLAS.
#   bench/setup.sh        (after make install; make bench calls it)
# Debian and Ubuntu: the peers and what they need as r-cran-* packages where these exist and are new enough.
# Elsewhere, and for the rest: install.packages() into .Rlib-bench. A peer that cannot be had is left out.
set -eu
cd "$(dirname "$0")/.."
library=$PWD/.Rlib-bench
mkdir -p "$library"
export R_LIBS="$library:$PWD/.Rlib${R_LIBS:+:$R_LIBS}"
peers='fastTopics RcppML NNLM NMF'

say() { printf 'bench setup: %s\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
has_package() { Rscript --no-init-file -e "quit(status = !nzchar(system.file(package = '$1')))" >/dev/null 2>&1; }

on_debian=no
if have apt-get && as_root true 2>/dev/null; then on_debian=yes; fi

apt_updated=no
apt_update() {
  [ "$apt_updated" = yes ] || as_root apt-get update -qq || true
  apt_updated=yes
}

# A peer that cannot be had is asked for once.
lacking=
for peer in $peers; do
  has_package "$peer" || [ -e "$library/.tried-$peer" ] || lacking="$lacking $peer"
done

# These peers and all packages that they need in turn, as far as this R lacks them.
# shellcheck disable=SC2086  # lists of names
wanted=$(Rscript --no-init-file - $lacking <<'END'
lacking <- commandArgs(TRUE)
if (length(lacking)) {
  if ("@CRAN@" %in% getOption("repos")) utils::chooseCRANmirror(graphics = FALSE, ind = 1)
  needs <- tools::package_dependencies(lacking, available.packages(), recursive = TRUE)
  cat(setdiff(c(lacking, unlist(needs)), rownames(installed.packages())))
}
END
)
if [ -n "$wanted" ] && [ "$on_debian" = yes ] && [ "$(R RHOME)" = /usr/lib/R ]; then
  apt_update
  known=
  for package in $wanted; do
    name=r-cran-$(echo "$package" | tr '[:upper:]' '[:lower:]')
    if apt-cache show "$name" >/dev/null 2>&1; then known="$known $name"; fi
  done
  if [ -n "$known" ]; then
    say "apt-get install$known"
    # shellcheck disable=SC2086  # a list of names
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $known >/dev/null ||
      say "apt-get could not install all of$known"
  fi
fi

for peer in $lacking; do
  touch "$library/.tried-$peer"
  has_package "$peer" || {
    say "install.packages: $peer"
    Rscript --no-init-file \
      -e 'if ("@CRAN@" %in% getOption("repos")) utils::chooseCRANmirror(graphics = FALSE, ind = 1)' \
      -e 'install.packages(commandArgs(TRUE), lib = .libPaths()[1], quiet = TRUE)' "$peer" || true
  }
done
for peer in $peers; do
  has_package "$peer" || say "going on without $peer, which could not be had"
done

# scikit-learn, for the Python of the system.
has_scikit() { /usr/bin/python3 -c 'import sklearn' >/dev/null 2>&1; }
if ! has_scikit && [ "$on_debian" = yes ]; then
  say "apt-get install python3-sklearn"
  apt_update
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-sklearn >/dev/null || true
fi
has_scikit || say "going on without scikit-learn, which could not be had"

# OpenBLAS is unpacked here, not installed: the system's choice of a BLAS stays as it is.
if [ ! -d "$library/openblas" ] && [ "$on_debian" = yes ]; then
  say "unpacking OpenBLAS"
  apt_update
  unpacked=$(mktemp -d)
  if (cd "$unpacked" && apt-get download -qq -o APT::Sandbox::User=root libopenblas0-serial &&
    dpkg-deb -x libopenblas0-serial_*.deb .); then
    mv "$(dirname "$(find "$unpacked" -name 'libblas.so.3')")" "$library/openblas"
  fi
  rm -rf "$unpacked"
fi
[ -e "$library/openblas/libblas.so.3" ] || say "going on without OpenBLAS: R's own BLAS is used throughout"
