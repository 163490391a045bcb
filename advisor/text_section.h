/*
 * text_section: the sections of the text report. Each writes itself with its heading, or nothing
 * when it has nothing to say.
 */
#ifndef CONCADVISE_TEXT_SECTION_H
#define CONCADVISE_TEXT_SECTION_H

struct advice;
struct page;

/* text_measured.c: what was measured. */
void section_time(struct page *page, const struct advice *a);
void section_waits(struct page *page, const struct advice *a);
void section_locks(struct page *page, const struct advice *a);
void section_loops(struct page *page, const struct advice *a);
void section_threads(struct page *page, const struct advice *a);
void section_quality(struct page *page, const struct advice *a);

/* text_site.c: where in the program. */
void section_sites(struct page *page, const struct advice *a);

/* text_judged.c: what follows from it. */
void section_predictions(struct page *page, const struct advice *a);
void section_scaling(struct page *page, const struct advice *a);
void section_steps(struct page *page, const struct advice *a);
void section_findings(struct page *page, const struct advice *a);
void section_considered(struct page *page, const struct advice *a);

#endif
