/*
 * template: a rule's text with places for what was measured.
 *
 *     {waits.top.share}            a metric with its unit: "94 %"
 *     {waits.count|wait|waits}     the same and a noun: "1 wait", "40 waits"
 *     {wait.object}                a word of the profile, see word.h
 *     [[ at {wait.object}]]        left out when something in it is not known
 *     {{ }}                        braces
 */
#ifndef CONCADVISE_TEMPLATE_H
#define CONCADVISE_TEMPLATE_H

struct profile;

/* 0, or -EINVAL and a malloc'ed reason: an unknown name, an open brace. */
int template_check(const char *text, char **ret_reason);

/* The text with its places filled, malloc'ed. NULL when out of memory. */
char *template_fill(const char *text, const struct profile *p);

#endif
