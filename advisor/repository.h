/*
 * repository: the tree of source files that a report is read in, so that its lines can be pointed
 * at by paths relative to it.
 */
#ifndef CONCADVISE_REPOSITORY_H
#define CONCADVISE_REPOSITORY_H

/*
 * Its root: what GitHub Actions (GITHUB_WORKSPACE) or GitLab (CI_PROJECT_DIR) names, if it is a
 * folder; else the nearest folder from the working directory up that holds ".git". malloc'ed,
 * without symbolic links; NULL: there is none.
 */
char *repository_root(void);

/*
 * The path of a source file relative to that root, malloc'ed. A relative one counts from the
 * working directory, or if there is no such file from the root. NULL: it lies outside, there is no
 * such file, or no repository.
 */
char *repository_path(const char *root, const char *file);

#endif
