# Programs as people run them, in the folder that is the argument: a shell with pipes, Python with threads, a compiler,
# tar, and curl against a server of this machine.
set -e
work=$1; cd "$work"
printf 'c\nb\na\n' > lines; ls -l /etc | sort -r | head -5 > sorted; sort lines | uniq -c | tr a-z A-Z > upper
for i in 1 2 3; do /bin/true; done; (exit 3) || echo "status $?" > status
python3 -c "import json, threading, subprocess, tempfile
threads = [threading.Thread(target=lambda: json.dumps(list(range(100)))) for _ in range(3)]
[t.start() for t in threads]; [t.join() for t in threads]
print(subprocess.run(['cat', '/proc/self/status'], capture_output=True).returncode)"
printf '#include <stdio.h>\nint main(void) { puts("compiled"); return 0; }\n' > hello.c; gcc -O2 -o hello hello.c; ./hello
tar czf archive.tar.gz lines sorted hello; mkdir out; tar xzf archive.tar.gz -C out
python3 -m http.server --bind 127.0.0.1 8123 2>/dev/null & server=$!
for i in $(seq 50); do curl -s -o page http://127.0.0.1:8123/lines && break; sleep 0.2; done
kill $server; wait $server 2>/dev/null || true
cmp page lines
