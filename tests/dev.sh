# For tests that need a running `cargo dev`: source this at the root of the repository, then
#   start_dev [OPTION]…   starts it on a free port of loopback; what it says of itself is in $work/ready.json, its log in $work/log
#   ready NAME            prints a value of ready.json, such as baseUrl
#   stop_dev              ends it before the test does
# When the test ends, `cargo dev` ends and $work goes; the end of the log is printed if the test failed.
# SLUICE_DEV names a `dev` that is built already; without it, `cargo dev` builds one.
work=$(mktemp -d)
stack=

stop_dev() {
  [ -n "$stack" ] || return 0
  kill "$stack" 2>/dev/null || true
  wait "$stack" 2>/dev/null || true
  stack=
}

end_dev() {
  local status=$?
  stop_dev
  [ "$status" = 0 ] || [ ! -s "$work/log" ] || grep -E ' (ERROR|WARN) ' "$work/log" | tail -n 20
  rm -rf "$work"
}
trap end_dev EXIT

start_dev() {
  rm -f "$work/ready.json"
  local dev=(cargo dev)
  [ -z "${SLUICE_DEV-}" ] || dev=("$SLUICE_DEV")
  "${dev[@]}" --listen 127.0.0.1:0 --json "$@" >"$work/ready.json" 2>"$work/log" &
  stack=$!
  for _ in $(seq 1 3000); do
    [ -s "$work/ready.json" ] && return
    kill -0 "$stack" 2>/dev/null || break
    sleep 0.1
  done
  cat "$work/log"
  echo "cargo dev did not start"
  exit 1
}

ready() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$work/ready.json" "$1"; }
