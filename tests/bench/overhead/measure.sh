# What calls cost in a guest under one tracer. Arguments: the program `calls`, a file that tells that the tracer
# records, text that it then holds ("" for any), then the tracer's command; without one, nothing is traced.
# The tracer is stopped while calls are made, so that what is counted is the work of the kernel alone; what it records
# stays in its buffers. Those who cannot be stopped without stopping the traced too (strace) come as $WRAP.
calls=$1 told=$2 text=$3
shift 3
work=/dev/shm/overhead
mkdir -p $work
cd $work || exit 1
[ -f main.c ] || printf '#include <stdio.h>\nint main(void) { puts("compiled"); return 0; }\n' >main.c
if [ $# -gt 0 ]; then
  rm -f "$told"
  "$@" >$work/out 2>$work/err &
  tracer=$!
  until [ -s "$told" ] && grep -qa -- "$text" "$told"; do
    kill -0 $tracer || { cat $work/err >&2; exit 1; }
    sleep 0.1
  done
  sleep 1
  kill -STOP $tracer
fi
$WRAP "$calls" 5 200 || exit 1
$WRAP "$calls" 3 1 gcc -O0 -o main main.c || exit 1
if [ $# -gt 0 ]; then
  kill -CONT $tracer
  kill -INT $tracer
  wait $tracer
  cat $work/err >&2
fi
exit 0
