// The machine as a whole. What would change it is asked for in a way that the kernel refuses.
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <linux/reboot.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include "workload.h"

static void asking(void) {
  struct utsname names;
  struct sysinfo state;
  char buffer[256];
  CALL(uname, &names);
  CALL(uname, BAD_ADDRESS);
  CALL(sysinfo, &state);
  CALL(sysinfo, BAD_ADDRESS);
  CALL(syslog, 10, NULL, 0);
  CALL(syslog, 99, NULL, 0);
  CALL(sysfs, 3);
  CALL(sysfs, 99);
  CALL(getrandom, buffer, 16, 1);
  CALL(getrandom, buffer, 16, -1);
  CALL(lookup_dcookie, 0, buffer, sizeof buffer);
}

static void refused(void) {
  CALL(reboot, 0, 0, LINUX_REBOOT_CMD_RESTART, NULL);
  CALL(kexec_load, 0, 0x7fffffff, NULL, 0);
  CALL(kexec_file_load, 1234, 1234, 0, "", 0x80);
  CALL(init_module, "no module", 9, "");
  CALL(finit_module, 1234, "", 0);
  CALL(delete_module, "no module of this name", O_NONBLOCK);
  CALL(swapon, "missing", 0);
  CALL(swapoff, "missing");
  CALL(acct, "missing/file");
}

static void flushing(void) {
  int fd = CALL(open, ".", O_RDONLY, 0);
  CALL(sync);
  CALL(syncfs, fd);
  CALL(syncfs, 1234);
  CALL(close, fd);
}

static void programs(void) {
  union bpf_attr map = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1};
  int fd = CALL(bpf, BPF_MAP_CREATE, &map, 72);
  CALL(close, fd);
  CALL(bpf, 999, &map, 72);
  struct perf_event_attr event = {.type = PERF_TYPE_SOFTWARE, .size = sizeof event, .config = PERF_COUNT_SW_DUMMY};
  fd = CALL(perf_event_open, &event, 0, -1, -1, 0);
  CALL(close, fd);
  CALL(perf_event_open, &event, 999999, -1, -1, 0);
  struct io_uring_params parameters = {0};
  int ring = CALL(io_uring_setup, 4, &parameters);
  CALL(io_uring_setup, 0, &parameters);
  CALL(io_uring_enter, ring, 0, 0, 0, NULL, 0);
  CALL(io_uring_enter, 1234, 1, 1, 1, NULL, 0);
  fd = ring;
  CALL(io_uring_register, ring, IORING_REGISTER_FILES, &fd, 0);
  CALL(io_uring_register, 1234, IORING_REGISTER_EVENTFD, &fd, 1);
  CALL(close, ring);
}

void machine(void) {
  asking();
  refused();
  flushing();
  programs();
}
