// Mappings, and where their pages are.
#include <linux/futex.h>
#include <linux/userfaultfd.h>
#include <sys/mman.h>

#include "workload.h"

#define PAGE 4096L

static void mappings(void) {
  int fd = CALL(open, "mapped", O_CREAT | O_RDWR, 0600);
  CALL(ftruncate, fd, 4 * PAGE);
  char* shared = (char*)CALL(mmap, NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  char* own = (char*)CALL(mmap, NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CALL(mmap, NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CALL(mmap, NULL, PAGE, PROT_READ, MAP_PRIVATE, 1234, PAGE);
  own[0] = shared[0] = 1;
  CALL(mprotect, own, PAGE, PROT_READ | PROT_EXEC);
  CALL(mprotect, 1, PAGE, PROT_NONE);
  CALL(msync, shared, PAGE, MS_SYNC);
  CALL(msync, shared + 1, PAGE, MS_ASYNC);
  unsigned char resident[4];
  CALL(mincore, shared, 4 * PAGE, resident);
  CALL(mincore, 1, PAGE, resident);
  CALL(madvise, own, PAGE, MADV_DONTNEED);
  CALL(madvise, own, PAGE, 9999);
  CALL(mlock, own, PAGE);
  CALL(mlock, BAD_ADDRESS, PAGE);
  CALL(mlock2, own, PAGE, 1);
  CALL(mlock2, own, PAGE, 99);
  CALL(munlock, own, PAGE);
  CALL(munlock, BAD_ADDRESS, PAGE);
  CALL(mlockall, MCL_CURRENT);
  CALL(mlockall, 99);
  CALL(munlockall);
  CALL(remap_file_pages, shared, PAGE, 0, 1, 0);
  CALL(remap_file_pages, own + 1, PAGE, 0, 1, 0);
  own = (char*)CALL(mremap, own, 4 * PAGE, 2 * PAGE, MREMAP_MAYMOVE, 0);
  CALL(mremap, 1, PAGE, 2 * PAGE, 0, 0);
  CALL(munmap, own, 2 * PAGE);
  CALL(munmap, 1, PAGE);
  CALL(munmap, shared, 4 * PAGE);
  long end = CALL(brk, 0);
  CALL(brk, end + 8 * PAGE);
  CALL(brk, -1);
  CALL(close, fd);
}

static void keys_and_secrets(void) {
  char* page = (char*)CALL(mmap, NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  int key = CALL(pkey_alloc, 0, 0);
  CALL(pkey_alloc, -1, 0);
  CALL(pkey_mprotect, page, PAGE, PROT_READ | PROT_WRITE, -1);
  CALL(pkey_mprotect, page, PAGE, PROT_READ, 99);
  CALL(pkey_free, key);
  CALL(pkey_free, 99);
  CALL(memfd_create, "named", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  CALL(memfd_create, "named", -1);
  CALL(memfd_create, BAD_ADDRESS, 0);
  CALL(memfd_secret, 0);
  CALL(memfd_secret, -1);
  CALL(userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
  CALL(userfaultfd, -1);
  CALL(munmap, page, PAGE);
}

static void nodes(void) {
  char* page = (char*)CALL(mmap, NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  unsigned long mask = 1;
  int policy = 0, status = 0;
  void* pages[1] = {page};
  CALL(mbind, page, PAGE, 0, NULL, 0, 0);
  CALL(mbind, page, PAGE, 99, &mask, 2, 0);
  CALL(set_mempolicy, 0, NULL, 0);
  CALL(set_mempolicy, 99, &mask, 2);
  CALL(get_mempolicy, &policy, NULL, 0, NULL, 0);
  CALL(get_mempolicy, &policy, NULL, 0, page, 99);
  CALL(migrate_pages, 0, 1, &mask, &mask);
  CALL(migrate_pages, 999999, 1, &mask, &mask);
  CALL(move_pages, 0, 1, pages, NULL, &status, 0);
  CALL(move_pages, 999999, 1, pages, NULL, &status, 0);
  CALL(set_mempolicy_home_node, page, PAGE, 0, 0);
  CALL(set_mempolicy_home_node, page, PAGE, 0, 1);
  CALL(munmap, page, PAGE);
}

void memory(void) {
  mappings();
  keys_and_secrets();
  nodes();
}
