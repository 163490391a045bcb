/*
 * notice: what a person is told, once, when a lesser backend than eBPF measures: what is missing,
 * and what that costs in truth.
 */
#ifndef CONCADVISE_NOTICE_H
#define CONCADVISE_NOTICE_H

#include <stdio.h>

struct backend_notice;

void notice_print(const struct backend_notice *n, FILE *to);

#endif
