/*
 * command: what each form of the command line does. Each returns the exit status of the contract.
 */
#ifndef CONCADVISE_COMMAND_H
#define CONCADVISE_COMMAND_H

struct options;
struct ruleset;

/* Runs a command and advises on it; of several runs on the median one. */
int launch_command(const struct options *o, const struct ruleset *rules);

/* Measures processes that run. */
int attach_command(const struct options *o, const struct ruleset *rules);

/* `top`: shows their threads until they end or a person wants no more. */
int top_command(const struct options *o, const struct ruleset *rules);

/* `report`: advises again on a recording, or tells a report in another form. */
int report_command(const struct options *o, const struct ruleset *rules);

/* `diff`: compares two recordings or reports. */
int diff_command(const struct options *o, const struct ruleset *rules);

#endif
