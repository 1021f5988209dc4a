// Calls younger than the C library's headers may be: by number. An older kernel answers ENOSYS.
#include <sys/mman.h>

#include "workload.h"

enum {
  NR_CACHESTAT = 451,
  NR_FCHMODAT2,
  NR_MAP_SHADOW_STACK,
  NR_FUTEX_WAKE,
  NR_FUTEX_WAIT,
  NR_FUTEX_REQUEUE,
  NR_STATMOUNT,
  NR_LISTMOUNT,
  NR_LSM_GET_SELF_ATTR,
  NR_LSM_SET_SELF_ATTR,
  NR_LSM_LIST_MODULES,
  NR_MSEAL,
  NR_SETXATTRAT,
  NR_GETXATTRAT,
  NR_LISTXATTRAT,
  NR_REMOVEXATTRAT,
  NR_OPEN_TREE_ATTR,
  NR_FILE_GETATTR,
  NR_FILE_SETATTR,
  NR_LISTNS,
  NR_RSEQ_SLICE_YIELD,
};

void newer_calls(void) {
  char buffer[256];
  uint64_t range[2] = {0, 4096};
  unsigned word = 0, size = sizeof buffer;
  int fd = CALL(open, "newer", O_CREAT | O_RDWR, 0600);
  CALL_NUMBER(NR_CACHESTAT, fd, range, buffer, 0);
  CALL_NUMBER(NR_FCHMODAT2, AT_FDCWD, "newer", 0640, AT_SYMLINK_NOFOLLOW);
  CALL_NUMBER(NR_FCHMODAT2, AT_FDCWD, "missing", 0640, 0);
  CALL_NUMBER(NR_MAP_SHADOW_STACK, 0, 0, 0);
  CALL_NUMBER(NR_FUTEX_WAKE, &word, 1, 1, 2);
  CALL_NUMBER(NR_FUTEX_WAIT, &word, 1, 1, 2, NULL, 0);
  CALL_NUMBER(NR_FUTEX_REQUEUE, NULL, 0, 0, 0);
  CALL_NUMBER(NR_STATMOUNT, NULL, buffer, sizeof buffer, 0);
  CALL_NUMBER(NR_LISTMOUNT, NULL, buffer, sizeof buffer, 0);
  CALL_NUMBER(NR_LSM_GET_SELF_ATTR, 100, buffer, &size, 0);
  CALL_NUMBER(NR_LSM_SET_SELF_ATTR, 100, buffer, 0, 0);
  CALL_NUMBER(NR_LSM_LIST_MODULES, buffer, &size, 0);
  void* page = (void*)CALL(mmap, NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CALL_NUMBER(NR_MSEAL, page, 4096, 1);
  CALL_NUMBER(NR_MSEAL, page, 4096, 0);
  CALL_NUMBER(NR_SETXATTRAT, AT_FDCWD, "newer", 0, "user.one", NULL, 0);
  CALL_NUMBER(NR_GETXATTRAT, AT_FDCWD, "newer", 0, "user.one", NULL, 0);
  CALL_NUMBER(NR_LISTXATTRAT, AT_FDCWD, "newer", 0, buffer, sizeof buffer);
  CALL_NUMBER(NR_REMOVEXATTRAT, AT_FDCWD, "newer", 0, "user.none");
  CALL_NUMBER(NR_OPEN_TREE_ATTR, AT_FDCWD, "missing", 0, NULL, 0);
  CALL_NUMBER(NR_FILE_GETATTR, AT_FDCWD, "newer", buffer, 24, 0);
  CALL_NUMBER(NR_FILE_SETATTR, AT_FDCWD, "missing", buffer, 24, 0);
  CALL_NUMBER(NR_LISTNS, NULL, buffer, 1, 0);
  CALL_NUMBER(NR_RSEQ_SLICE_YIELD);
  CALL(close, fd);
}
