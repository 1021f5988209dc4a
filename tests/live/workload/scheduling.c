// Who runs when, and where.
#include <sched.h>
#include <sys/resource.h>

#include "workload.h"

static void policies(void) {
  struct sched_param parameters = {0};
  struct {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
  } attributes = {.size = 48, .nice = 3};
  struct timespec slice;
  unsigned long cpus = 0;
  unsigned cpu, node;
  CALL(sched_yield);
  CALL(getpriority, PRIO_PROCESS, 0);
  CALL(getpriority, 99, 0);
  CALL(setpriority, PRIO_PROCESS, 0, 5);
  CALL(setpriority, PRIO_PROCESS, 999999, 5);
  CALL(sched_getparam, 0, &parameters);
  CALL(sched_getparam, 999999, &parameters);
  CALL(sched_setparam, 0, &parameters);
  CALL(sched_setparam, -1, &parameters);
  CALL(sched_getscheduler, 0);
  CALL(sched_getscheduler, 999999);
  CALL(sched_setscheduler, 0, SCHED_BATCH, &parameters);
  CALL(sched_setscheduler, 0, 99, &parameters);
  CALL(sched_get_priority_max, SCHED_FIFO);
  CALL(sched_get_priority_max, 99);
  CALL(sched_get_priority_min, SCHED_RR);
  CALL(sched_get_priority_min, 99);
  CALL(sched_rr_get_interval, 0, &slice);
  CALL(sched_rr_get_interval, 999999, &slice);
  CALL(sched_getattr, 0, &attributes, sizeof attributes, 0);
  CALL(sched_getattr, 999999, &attributes, sizeof attributes, 0);
  CALL(sched_setattr, 0, &attributes, 0);
  CALL(sched_setattr, 0, &attributes, -1);
  CALL(sched_getaffinity, 0, sizeof cpus, &cpus);
  CALL(sched_getaffinity, 999999, sizeof cpus, &cpus);
  CALL(sched_setaffinity, 0, sizeof cpus, &cpus);
  CALL(sched_setaffinity, 999999, sizeof cpus, &cpus);
  CALL(ioprio_get, 1, 0);
  CALL(ioprio_get, 99, 0);
  CALL(ioprio_set, 1, 0, 2 << 13 | 4);
  CALL(ioprio_set, 99, 0, 0);
  CALL(getcpu, &cpu, &node, NULL);
  CALL(getcpu, BAD_ADDRESS, NULL, NULL);
  CALL(membarrier, 0, 0, 0);
  CALL(membarrier, -1, 0, 0);
}

void scheduling(void) { in_child(policies); }
