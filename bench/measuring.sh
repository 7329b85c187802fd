# Shared functions of the scripts that send load to servers. Source it in the root of the project.

cargo build --release --locked -p guestlist-server -p bench
bin=${CARGO_TARGET_DIR:-$PWD/target}/release
folder=$(mktemp -d)
pids=()
stop() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait "${pids[@]}" 2>/dev/null || true
  rm -rf "$folder"
}
trap stop EXIT
median() { sort -g "$folder/$1" | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'; }
ratio() { awk "BEGIN { printf \"%.2f\", $1 / $2 }"; }
# note NAME FIGURE: stores a figure for its median.
note() { echo "$2" >>"$folder/$1"; }
until_ready() { until curl -s -o /dev/null "http://$1"; do sleep 0.02; done; }
# member NAME: prints a string member of a JSON answer.
member() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }
