/*
 * completion: what the scripts in completions/ ask for when somebody presses the tabulator key, so
 * that they know every option of the program that they complete.
 */
#ifndef CONCADVISE_COMPLETION_H
#define CONCADVISE_COMPLETION_H

/*
 * Prints a line for each option that has a meaning for a form of the command line: "command" or a
 * subcommand. Between tabulators: its short form ("-": none), its long form, what its argument is,
 * and its meaning. The argument: none, optional, any, file, folder, process, user, or words
 * separated by commas; an optional one has "?" in front. -ENOENT: there is no such form.
 */
int completion_print(const char *form);

#endif
