"""The module's ring under interrupts: its header compiled for user space, where traps stand in for interrupts."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tracer.drivers.kmod import build

PROGRAM = Path(__file__).with_name("kmod_ring.c")
KERNEL = """
#pragma once
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
typedef uint8_t u8;
typedef uint32_t u32;
typedef unsigned long long u64;
#define READ_ONCE(X) (*(volatile __typeof__(X) *)&(X))
#define WRITE_ONCE(X, VALUE) (*(volatile __typeof__(X) *)&(X) = (VALUE))
#define smp_load_acquire(P) __atomic_load_n(P, __ATOMIC_ACQUIRE)
#define smp_store_release(P, VALUE) __atomic_store_n(P, VALUE, __ATOMIC_RELEASE)
#define barrier() __asm__ volatile("" ::: "memory")
#define likely(X) (X)
#define unlikely(X) (X)
#define ALIGN(X, TO) (((X) + (TO) - 1) & ~((__typeof__(X))(TO) - 1))
#define KERNEL_VERSION(A, B, C) ((A) << 16 | (B) << 8 | (C))
#define LINUX_VERSION_CODE KERNEL_VERSION(6, 1, 0)
#define VM_MAYWRITE 0
struct page;
struct vm_area_struct { unsigned long vm_flags; };
/* One instruction, without a lock on the bus. */
static inline u64 cmpxchg_local(u64 *at, u64 old, u64 new)
{
	__asm__ volatile("cmpxchgq %2, %1" : "+a"(old), "+m"(*at) : "r"(new) : "memory");
	return old;
}
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("cc") or pytest.skip("needs a C compiler")
    folder = tmp_path_factory.mktemp("ring")
    (folder / "linux").mkdir()
    for name in ("atomic", "compiler", "mm", "types", "version"):
        (folder / "linux" / f"{name}.h").write_text(KERNEL)
    program = folder / "ring"
    command = [compiler, "-std=gnu11", "-O2", "-I", str(folder), "-I", str(build.SOURCES)]
    subprocess.run([*command, "-include", "linux/types.h", "-o", str(program), str(PROGRAM)], check=True)
    return program


def test_records_are_whole_and_none_is_lost_wherever_writers_interrupt_each_other(program: Path) -> None:
    ran = subprocess.run([program], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    begun, written, refused, consumed = map(int, ran.stdout.split())
    assert written + refused == begun
    assert consumed == written
    assert refused > 0, "the ring was never full"
