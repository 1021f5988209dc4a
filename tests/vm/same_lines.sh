# Traces one run with the same command line through each driver at the same time, and records it through two of them.
# Arguments: a folder for what comes out, the tracer, the filter, then the command. The driver is chosen by environment:
# a line "NAME VARIABLE=VALUE..." of the folder's file `drivers` for each.
out=$1 tracer=$2 filter=$3
shift 3
format='*%evt.cpu %thread.tid %thread.vtid %proc.name %proc.exepath %proc.cwd %user.name %evt.type %evt.args %fd.type %fd.name %fd.num'
pids=()
while read -r name variables; do
  # shellcheck disable=SC2086 # variables are words
  env $variables "$tracer" -p "$format" "$filter" >"$out/$name.lines" 2>"$out/$name.err" &
  pids+=($!)
  env $variables "$tracer" -w "$out/$name.scap" >"$out/$name.recorder" 2>&1 &
  pids+=($!)
done <"$out/drivers"
for said in "$out"/*.err "$out"/*.recorder; do
  until grep -q 'tracer: driver .* chosen' "$said"; do
    if ! kill -0 "${pids[@]}"; then
      cat "$out"/*.err "$out"/*.recorder >&2
      exit 1
    fi
    sleep 0.5
  done
done
"$@"
sleep 2
kill -INT "${pids[@]}"
wait "${pids[@]}"
while read -r name _; do
  "$tracer" -r "$out/$name.scap" -p "$format" "$filter" >"$out/$name-replayed.lines" || exit 1
  "$tracer" --driver "fake:$out/$name.scap" -p "$format" "$filter" >"$out/$name-fake.lines" || exit 1
done <"$out/drivers"
