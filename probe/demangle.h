/*
 * demangle: a linker's name -> the name as it was written, and the language that it tells.
 */
#ifndef CONCADVISE_DEMANGLE_H
#define CONCADVISE_DEMANGLE_H

/*
 * C++ and D without parameters, Rust (both of its manglings) without hashes. What a compiler or the
 * linker appended for a copy of the function (.isra.0, .cold, @@GLIBC_2.34) is dropped from every
 * name. Returns a malloc'ed string, NULL only when out of memory; ret_language (a literal) is set
 * to NULL where the name does not tell it.
 */
char *demangle(const char *name, const char **ret_language);

#endif
