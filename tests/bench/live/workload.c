// Makes system calls on one CPU, as fast as it can or at a rate, and says how fast that was.
// workload CPU cost WORK: nanoseconds for one turn, the lower quartile of many short batches.
// workload CPU flood WORK SECONDS RATE: turns made and seconds taken; RATE is turns a second, 0 for all that goes.
// WORK is getppid, read, open+close, http (a connection, a request, an answer), or a folder, of whose files each turn
// asks for one's status.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { BATCHES = 400, TURNS = 500, FILES = 20000 };

static int zero;
static const char *program;
static char *files[FILES];
static int file_count, next_file;
static struct sockaddr_in address = {.sin_family = AF_INET};

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000L + time.tv_nsec;
}

static void ask_for_parent(void) { syscall(SYS_getppid); }

static void read_one_byte(void) {
  char byte;
  if (read(zero, &byte, 1) != 1) fail("read");
}

static void open_and_close(void) {
  int fd = open(program, O_RDONLY);
  if (fd < 0) fail("open");
  close(fd);
}

static void ask_for_status(void) {
  struct stat status;
  if (stat(files[next_file], &status) != 0) fail("stat");
  next_file = (next_file + 1) % file_count;
}

static int note_file(const char *path, const struct stat *status, int kind, struct FTW *place) {
  (void)status, (void)place;
  if (kind == FTW_F && file_count < FILES) files[file_count++] = strdup(path);
  return 0;
}

static void serve(int listening) {
  static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  char request[512];

  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) {
    int fd = accept(listening, NULL, NULL);
    if (fd < 0) fail("accept");
    if (read(fd, request, sizeof request) > 0 && write(fd, answer, sizeof answer - 1) < 0) fail("write");
    close(fd);
  }
}

static void start_server(void) {
  socklen_t size = sizeof address;
  int listening = socket(AF_INET, SOCK_STREAM, 0);

  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listening, (struct sockaddr *)&address, size) != 0 || listen(listening, 64) != 0) fail("listen");
  getsockname(listening, (struct sockaddr *)&address, &size);
  if (fork() == 0) serve(listening);
  close(listening);
}

static void fetch_page(void) {
  static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
  char answer[512];
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct linger at_once = {.l_onoff = 1};

  // Closed so, a connection leaves no port behind that waits.
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
  if (write(fd, request, sizeof request - 1) < 0 || read(fd, answer, sizeof answer) < 0) fail("http");
  close(fd);
}

static int by_size(const void *one, const void *other) {
  long a = *(const long *)one, b = *(const long *)other;
  return (a > b) - (a < b);
}

static void cost(void (*turn)(void)) {
  static long taken[BATCHES];

  for (int batch = 0; batch < BATCHES; batch++) {
    long start = now();
    for (int i = 0; i < TURNS; i++) turn();
    taken[batch] = now() - start;
    if (batch % 20 == 19) usleep(1000);  // a short sleep lets the scheduler look elsewhere between batches
  }
  qsort(taken, BATCHES, sizeof *taken, by_size);
  printf("%.1f\n", (double)taken[BATCHES / 4] / TURNS);
}

static void flood(void (*turn)(void), double seconds, double rate) {
  long start = now(), end = start + (long)(seconds * 1e9), turns = 0, time = start;

  while (time < end) {
    long due = rate > 0 ? (long)((double)(time - start) * rate / 1e9) : turns + TURNS;
    for (; turns < due; turns++) turn();
    time = now();
  }
  printf("%ld %.6f\n", turns, (double)(time - start) / 1e9);
}

int main(int count, char **words) {
  cpu_set_t cpus;
  void (*turn)(void) = NULL;

  if (count < 4) return 2;
  CPU_ZERO(&cpus);
  CPU_SET(atoi(words[1]), &cpus);
  if (sched_setaffinity(0, sizeof cpus, &cpus) != 0) fail("sched_setaffinity");
  program = words[0];
  zero = open("/dev/zero", O_RDONLY);
  if (strcmp(words[3], "getppid") == 0) {
    turn = ask_for_parent;
  } else if (strcmp(words[3], "read") == 0) {
    turn = read_one_byte;
  } else if (strcmp(words[3], "open+close") == 0) {
    turn = open_and_close;
  } else if (strcmp(words[3], "http") == 0) {
    start_server();
    turn = fetch_page;
  } else {
    nftw(words[3], note_file, 32, FTW_PHYS);
    if (file_count == 0) fail(words[3]);
    turn = ask_for_status;
  }
  if (strcmp(words[2], "cost") == 0)
    cost(turn);
  else
    flood(turn, atof(words[4]), atof(words[5]));
  return 0;
}
