/*
 * sharing: how fast a program's CPUs are when all of them compute. They share caches, memory and
 * the package's power.
 */
#ifndef CONCADVISE_SHARING_H
#define CONCADVISE_SHARING_H

#include "forecast.h"

/* Of each CPU, against one alone: between 0 and 1. */
double sharing_speed(const struct profile *p, enum view view);

#endif
