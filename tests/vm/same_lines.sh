# Traces one run with the same command line through each driver at the same time, and records it through two of them.
# Arguments: a folder for what comes out, the tracer, the filter, then the command. The driver is chosen by environment:
# a line "NAME VARIABLE=VALUE..." of the folder's file `drivers` for each.
out=$1 tracer=$2 filter=$3
shift 3
format='*%evt.cpu %thread.tid %thread.vtid %proc.name %proc.exepath %proc.cwd %user.name %evt.type %evt.args %fd.type %fd.name %fd.num'
pids=()
# One after the other: those that start read the tables of all processes, and again of those that change meanwhile.
start() {
  said=$1
  shift
  "$@" 2>"$said" &
  pids+=($!)
  until grep -q 'tracer: driver .* chosen' "$said"; do
    if ! kill -0 "${pids[@]}"; then
      cat "$out"/*.err "$out"/*.recorder >&2
      exit 1
    fi
    sleep 0.2
  done
}
while read -r name variables; do
  # shellcheck disable=SC2086 # variables are words
  start "$out/$name.err" env $variables "$tracer" -p "$format" "$filter" >"$out/$name.lines"
  # shellcheck disable=SC2086
  start "$out/$name.recorder" env $variables "$tracer" -w "$out/$name.scap"
done <"$out/drivers"
"$@"
sleep 2
kill -INT "${pids[@]}"
wait "${pids[@]}"
while read -r name _; do
  "$tracer" -r "$out/$name.scap" -p "$format" "$filter" >"$out/$name-replayed.lines" || exit 1
  "$tracer" --driver "fake:$out/$name.scap" -p "$format" "$filter" >"$out/$name-fake.lines" || exit 1
done <"$out/drivers"
