/*
 * rules_command: `concadvise rules list | metrics | explain RULE | check FILE...`
 */
#ifndef CONCADVISE_RULES_COMMAND_H
#define CONCADVISE_RULES_COMMAND_H

struct ruleset;

/* words is what follows `rules`. Returns the exit status of the contract. */
int rules_command(const struct ruleset *rules, char **words);

#endif
