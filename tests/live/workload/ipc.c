// System V and POSIX message queues, semaphores, shared memory; keys.
#include <linux/keyctl.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include "workload.h"

static void system_v(void) {
  struct {
    long type;
    char text[16];
  } message = {1, "queued"};
  int queue = CALL(msgget, IPC_PRIVATE, 0600);
  CALL(msgget, 0x7ace, 0);
  CALL(msgsnd, queue, &message, 6, 0);
  CALL(msgsnd, -1, &message, 6, 0);
  CALL(msgrcv, queue, &message, 16, 0, IPC_NOWAIT);
  CALL(msgrcv, queue, &message, 16, 0, IPC_NOWAIT);
  CALL(msgctl, queue, IPC_RMID, NULL);
  CALL(msgctl, queue, IPC_RMID, NULL);
  int semaphores = CALL(semget, IPC_PRIVATE, 2, 0600);
  CALL(semget, 0x7ace, 1, 0);
  struct sembuf operations[2] = {{0, 2, IPC_NOWAIT}, {1, -1, IPC_NOWAIT}};
  struct timespec moment = {0, 1000};
  CALL(semop, semaphores, operations, 1);
  CALL(semop, semaphores, operations, 2);
  CALL(semtimedop, semaphores, operations, 1, &moment);
  CALL(semtimedop, semaphores, operations + 1, 1, &moment);
  CALL(semctl, semaphores, 0, GETVAL, 0);
  CALL(semctl, semaphores, 0, IPC_RMID, 0);
  CALL(semctl, semaphores, 0, IPC_RMID, 0);
  int memory = CALL(shmget, IPC_PRIVATE, 4096, 0600);
  CALL(shmget, 0x7ace, 4096, 0);
  long address = CALL(shmat, memory, NULL, 0);
  CALL(shmat, -1, NULL, 0);
  CALL(shmdt, address);
  CALL(shmdt, 1);
  CALL(shmctl, memory, IPC_RMID, NULL);
  CALL(shmctl, memory, IPC_RMID, NULL);
}

static void posix_queues(void) {
  struct mq_attr attributes = {.mq_maxmsg = 2, .mq_msgsize = 16};
  char buffer[16];
  struct timespec moment = {1, 0};
  unsigned priority;
  int queue = CALL(mq_open, "tracer-workload", O_CREAT | O_RDWR | O_NONBLOCK, 0600, &attributes);
  CALL(mq_open, "tracer-missing", O_RDONLY, 0, NULL);
  CALL(mq_timedsend, queue, "queued", 6, 1, &moment);
  CALL(mq_timedsend, 1234, "queued", 6, 1, &moment);
  CALL(mq_timedreceive, queue, buffer, sizeof buffer, &priority, &moment);
  CALL(mq_timedreceive, queue, buffer, sizeof buffer, &priority, &moment);
  CALL(mq_notify, queue, NULL);
  CALL(mq_notify, 1234, NULL);
  CALL(mq_getsetattr, queue, NULL, &attributes);
  CALL(mq_getsetattr, 1234, NULL, &attributes);
  CALL(mq_unlink, "tracer-workload");
  CALL(mq_unlink, "tracer-workload");
  CALL(close, queue);
}

static void keys(void) {
  int key = CALL(add_key, "user", "tracer workload", "secret", 6, KEY_SPEC_PROCESS_KEYRING);
  CALL(add_key, "missing type", "tracer workload", "secret", 6, KEY_SPEC_PROCESS_KEYRING);
  CALL(request_key, "user", "tracer workload", NULL, KEY_SPEC_PROCESS_KEYRING);
  CALL(request_key, "user", "tracer missing", NULL, 0);
  char text[64];
  CALL(keyctl, KEYCTL_READ, key, text, sizeof text, 0);
  CALL(keyctl, KEYCTL_SEARCH, KEY_SPEC_PROCESS_KEYRING, "user", "tracer missing", 0);
  CALL(keyctl, KEYCTL_JOIN_SESSION_KEYRING, "tracer session", 0, 0, 0);
  CALL(keyctl, 999, 0, 0, 0, 0);
}

void ipc(void) {
  system_v();
  posix_queues();
  in_child(keys);
}
