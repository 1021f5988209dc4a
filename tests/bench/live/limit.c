// Attaches one program of limit.bpf.c and drains its ring, looking at it without pause, until its input ends.
// limit OBJECT PROGRAM CPU: prints "attached", then, at the end, how many records it has taken.
#define _GNU_SOURCE
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long taken;

static int take(void *context, void *record, size_t size) {
  (void)context, (void)record, (void)size;
  taken++;
  return 0;
}

int main(int count, char **words) {
  if (count != 4) return 2;
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(atoi(words[3]), &cpus);
  sched_setaffinity(0, sizeof cpus, &cpus);

  struct bpf_object *object = bpf_object__open_file(words[1], NULL);
  struct bpf_program *program;
  if (object == NULL) return 1;
  bpf_object__for_each_program(program, object)
      bpf_program__set_autoload(program, strcmp(bpf_program__name(program), words[2]) == 0);
  if (bpf_object__load(object) != 0) return 1;
  program = bpf_object__find_program_by_name(object, words[2]);
  struct bpf_link *link = bpf_program__attach(program);
  struct ring_buffer *ring = ring_buffer__new(bpf_object__find_map_fd_by_name(object, "ring"), take, NULL, NULL);
  if (link == NULL || ring == NULL) return 1;
  puts("attached");
  fflush(stdout);

  char byte;
  const int drains = strcmp(words[2], "empty") != 0;
  if (drains) fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
  // One look at the input for many at the ring: each look is a system call too.
  for (long looks = 1;; looks++) {
    if (drains) ring_buffer__consume(ring);
    if ((!drains || looks % 100000 == 0) && read(STDIN_FILENO, &byte, 1) == 0) break;
  }
  bpf_link__destroy(link);
  ring_buffer__consume(ring);
  printf("%ld\n", taken);
  return 0;
}
