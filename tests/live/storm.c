// Processes that fork, run themselves anew, end, open, close, copy descriptors, move and rename themselves without
// pause. SIGUSR1 stills them; then SIGUSR1 has each use all its descriptors once, and SIGUSR2 has them go on. storm
// FOLDER PROCESSES: FOLDER has file0..file39 and down/down.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { FILES = 40, HIGHEST = 48, DEPTH = 2, LIFETIME = 100 /* seconds */ };

static volatile sig_atomic_t told_to_be_still;
static const char *folder;
static int depth;

static void on_signal(int number) { told_to_be_still = number == SIGUSR1; }

static void be_still(void) {
  sigset_t both;
  int number;

  sigemptyset(&both);
  sigaddset(&both, SIGUSR1);
  sigaddset(&both, SIGUSR2);
  sigprocmask(SIG_BLOCK, &both, 0);
  for (;;) {
    sigwait(&both, &number);
    if (number == SIGUSR2) break;
    for (int fd = 0; fd < 2 * HIGHEST; fd++)
      if (fcntl(fd, F_GETFD) >= 0) lseek(fd, 0, SEEK_CUR);
  }
  told_to_be_still = 0;
  sigprocmask(SIG_UNBLOCK, &both, 0);
}

static int some_descriptor(void) { return 3 + random() % HIGHEST; }

static void open_something(void) {
  char path[4096];
  int pair[2];

  if (random() % 8 == 0) {
    if (random() % 2 ? pipe(pair) : socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) return;
    if (pair[1] > HIGHEST) close(pair[1]);
    if (pair[0] > HIGHEST) close(pair[0]);
    return;
  }
  snprintf(path, sizeof path, "%s/file%ld", folder, random() % FILES);
  int fd = open(path, O_RDONLY | (random() % 3 ? 0 : O_CLOEXEC));
  if (fd > HIGHEST) close(fd);
}

static void move(void) {
  if (depth < DEPTH && random() % 2) {
    if (chdir("down") == 0) depth++;
  } else if (depth > 0 && chdir("..") == 0) {
    depth--;
  }
}

static void run_anew(char *program, char *seed) {
  sigset_t both;
  char depth_text[8];

  sigemptyset(&both);
  sigaddset(&both, SIGUSR1);
  sigaddset(&both, SIGUSR2);
  sigprocmask(SIG_BLOCK, &both, 0);
  snprintf(seed, 16, "%ld", random() % 1000000);
  snprintf(depth_text, sizeof depth_text, "%d", depth);
  if (!told_to_be_still) execl(program, program, folder, "0", seed, depth_text, (char *)0);
  sigprocmask(SIG_UNBLOCK, &both, 0);
}

static void rage(char *program) {
  char name[16], seed[16];
  struct itimerval left;  // of the lifetime, which a child does not inherit

  for (;;) {
    if (told_to_be_still) be_still();
    switch (random() % 64) {
      case 0:  // its child goes on in its place
        getitimer(ITIMER_REAL, &left);
        if (fork() > 0) _exit(0);
        setitimer(ITIMER_REAL, &left, 0);
        break;
      case 1:
        run_anew(program, seed);
        break;
      case 2:
        snprintf(name, sizeof name, "storm%ld", random() % 1000);
        prctl(PR_SET_NAME, name);
        break;
      case 3 ... 8:
        move();
        break;
      case 9 ... 16:
        dup2(some_descriptor(), some_descriptor());
        break;
      case 17 ... 40:
        open_something();
        break;
      default:
        close(some_descriptor());
    }
    usleep(random() % 8000);  // so that most of them wait most of the time
  }
}

int main(int count, char **words) {
  char program[4096];
  int processes = atoi(words[2]);
  struct sigaction action = {.sa_handler = on_signal};
  sigset_t both;

  sigaction(SIGUSR1, &action, 0);
  sigaction(SIGUSR2, &action, 0);
  folder = words[1];
  if (realpath("/proc/self/exe", program) == 0) return 1;
  if (count > 4) {  // run anew
    srandom(atoi(words[3]));
    depth = atoi(words[4]);
    sigemptyset(&both);
    sigaddset(&both, SIGUSR1);
    sigaddset(&both, SIGUSR2);
    sigprocmask(SIG_UNBLOCK, &both, 0);
    rage(program);
  }
  signal(SIGCHLD, SIG_IGN);
  prctl(PR_SET_CHILD_SUBREAPER, 1);  // not to leave the dead to others
  if (chdir(folder)) return 1;
  for (int i = 0; i < processes; i++) {
    if (fork() == 0) {
      srandom(i);
      alarm(LIFETIME);
      rage(program);
    }
  }
  alarm(LIFETIME);
  puts("raging");
  fflush(stdout);
  for (;;)
    if (told_to_be_still)
      be_still();
    else
      pause();
}
