// Clocks and timers. The machine's time is read and never set.
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <sys/timex.h>
#include <time.h>

#include "workload.h"

void clocks(void) {
  struct timespec moment = {0, 1000}, wrong = {0, -1}, left;
  struct timeval now;
  struct itimerval interval = {{0, 0}, {1000, 0}};
  struct itimerspec specific = {{0, 0}, {1000, 0}}, old;
  struct timex adjustment = {0};
  struct tms used;
  CALL(gettimeofday, &now, NULL);
  CALL(gettimeofday, BAD_ADDRESS, NULL);
  CALL(settimeofday, BAD_ADDRESS, NULL);
  CALL(time, NULL);
  CALL(time, BAD_ADDRESS);
  CALL(times, &used);
  CALL(times, BAD_ADDRESS);
  CALL(clock_gettime, CLOCK_MONOTONIC, &left);
  CALL(clock_gettime, 99, &left);
  CALL(clock_getres, CLOCK_REALTIME, &left);
  CALL(clock_getres, 99, &left);
  CALL(clock_settime, CLOCK_MONOTONIC, &moment);
  CALL(clock_adjtime, CLOCK_REALTIME, &adjustment);
  CALL(clock_adjtime, 99, &adjustment);
  CALL(adjtimex, &adjustment);
  CALL(adjtimex, BAD_ADDRESS);
  CALL(nanosleep, &moment, &left);
  CALL(nanosleep, &wrong, NULL);
  CALL(clock_nanosleep, CLOCK_MONOTONIC, 0, &moment, &left);
  CALL(clock_nanosleep, 99, 0, &moment, NULL);
  CALL(setitimer, ITIMER_REAL, &interval, NULL);
  CALL(setitimer, 99, &interval, NULL);
  CALL(getitimer, ITIMER_REAL, &interval);
  CALL(getitimer, 99, &interval);
  CALL(alarm, 0);
  CALL(alarm, 0);
  int timer;
  struct sigevent none = {.sigev_notify = SIGEV_NONE};
  CALL(timer_create, CLOCK_MONOTONIC, &none, &timer);
  CALL(timer_create, 99, &none, &timer);
  CALL(timer_settime, timer, 0, &specific, &old);
  CALL(timer_settime, 99, 0, &specific, &old);
  CALL(timer_gettime, timer, &old);
  CALL(timer_gettime, 99, &old);
  CALL(timer_getoverrun, timer);
  CALL(timer_getoverrun, 99);
  CALL(timer_delete, timer);
  CALL(timer_delete, 99);
  int fd = CALL(timerfd_create, CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  CALL(timerfd_create, 99, 0);
  CALL(timerfd_settime, fd, 0, &specific, &old);
  CALL(timerfd_settime, 1234, 0, &specific, &old);
  CALL(timerfd_gettime, fd, &old);
  CALL(timerfd_gettime, 1234, &old);
  CALL(close, fd);
}
