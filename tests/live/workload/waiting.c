// Waiting for descriptors and for words in memory.
#include <linux/futex.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/time.h>

#include "workload.h"

#define SET_SIZE 8

static void lists(int counter) {
  struct timespec moment = {0, 1000};
  struct timeval instant = {0, 1000};
  struct pollfd ready[3] = {{.fd = counter, .events = POLLOUT | POLLIN}, {.fd = -1}, {.fd = 1234, .events = POLLIN}};
  uint64_t none = 0;
  fd_set set;
  FD_ZERO(&set);
  FD_SET(counter, &set);
  CALL(poll, ready, 3, 10);
  CALL(poll, ready, 1, 0);
  CALL(poll, BAD_ADDRESS, 3, 10);
  CALL(ppoll, ready, 2, &moment, &none, SET_SIZE);
  CALL(ppoll, ready, 2, &moment, &none, 1);
  CALL(select, counter + 1, NULL, &set, NULL, &instant);
  CALL(select, -1, NULL, NULL, NULL, &instant);
  struct {
    const uint64_t* set;
    size_t size;
  } mask = {&none, SET_SIZE};
  CALL(pselect6, counter + 1, &set, NULL, NULL, &moment, &mask);
  CALL(pselect6, -1, NULL, NULL, NULL, &moment, &mask);
}

static void polling_sets(int counter) {
  uint64_t none = 0;
  struct timespec moment = {0, 1000};
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.u64 = 42}, found[4];
  int old = CALL(epoll_create, 5);
  CALL(epoll_create, 0);
  int set = CALL(epoll_create1, EPOLL_CLOEXEC);
  CALL(epoll_create1, -1);
  CALL(epoll_ctl, set, EPOLL_CTL_ADD, counter, &event);
  CALL(epoll_ctl, set, EPOLL_CTL_ADD, counter, &event);
  CALL(epoll_wait, set, found, 4, 1);
  CALL(epoll_wait, set, found, 0, 1);
  CALL(epoll_pwait, set, found, 4, 1, &none, SET_SIZE);
  CALL(epoll_pwait, 1234, found, 4, 1, &none, SET_SIZE);
  CALL(epoll_pwait2, set, found, 4, &moment, &none, SET_SIZE);
  CALL(epoll_pwait2, 1234, found, 4, &moment, &none, SET_SIZE);
  CALL(epoll_ctl_old, 0, 0, 0, 0);
  CALL(epoll_wait_old, 0, 0, 0, 0);
  CALL(close, set);
  CALL(close, old);
}

static void words(void) {
  unsigned word = 0, other = 0;
  struct timespec moment = {0, 1000};
  struct {
    uint64_t value, address;
    uint32_t flags, reserved;
  } waiter = {1, (uint64_t)&word, 2, 0};
  CALL(futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0);
  CALL(futex, &word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 1, &moment, NULL, 0);
  CALL(futex, &word, FUTEX_WAIT, 0, &moment, NULL, 0);
  CALL(futex, &word, 99, 0, NULL, NULL, 0);
  CALL(futex, &word, FUTEX_REQUEUE, 1, 1, &other, 0);
  CALL(futex_waitv, &waiter, 1, 0, NULL, 0);
  CALL(futex_waitv, &waiter, 0, 0, NULL, 0);
}

void waiting(void) {
  int counter = CALL(eventfd, 3);
  int second = CALL(eventfd2, 0, EFD_NONBLOCK | EFD_CLOEXEC | EFD_SEMAPHORE);
  CALL(eventfd2, 0, -1);
  uint64_t value;
  CALL(read, second, &value, sizeof value);
  lists(counter);
  polling_sets(counter);
  words();
  CALL(close, counter);
  CALL(close, second);
}
