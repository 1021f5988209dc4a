/* SPDX-License-Identifier: GPL-2.0 */
/* All of the probe that is the same for every kernel driver. The driver's platform.h comes first. */
#ifndef TRACER_PROBE_H
#define TRACER_PROBE_H

#include "config.h"
#include "record.h"
#include "schema.h"

#include "kernel_shapes.h"

#include "flags.h"
#include "user.h"
#include "task.h"
#include "files.h"
#include "paths.h"
#include "snaplen.h"
#include "io.h"
#include "wait.h"
#include "ipc.h"
#include "system.h"
#include "quota.h"
#include "cgroups.h"
#include "process.h"
#include "network.h"
#include "fillers.h" /* generated; uses the functions of the headers above */
#include "tracepoints.h"
#include "syscalls.h"

#endif
