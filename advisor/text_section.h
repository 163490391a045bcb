/*
 * text_section: the sections of the text report. Each writes itself with its heading, or nothing
 * when it has nothing to say. They are made from the JSON report (value.h) and know nothing else.
 */
#ifndef CONCADVISE_TEXT_SECTION_H
#define CONCADVISE_TEXT_SECTION_H

#include <stdbool.h>

struct json_object;
struct page;

/* text_measured.c, text_thread.c: what was measured. */
void section_time(struct page *page, struct json_object *report);
void section_waits(struct page *page, struct json_object *report);
void section_locks(struct page *page, struct json_object *report);
void section_loops(struct page *page, struct json_object *report);
void section_threads(struct page *page, struct json_object *report);
void section_quality(struct page *page, struct json_object *report);

/* text_site.c: where in the program. */
void section_sites(struct page *page, struct json_object *report);

/* text_prediction.c: the same work under each model. */
void section_predictions(struct page *page, struct json_object *report);
void section_scaling(struct page *page, struct json_object *report);

/* text_judged.c: what follows from it. */
void section_steps(struct page *page, struct json_object *report);
void section_findings(struct page *page, struct json_object *report);
void section_considered(struct page *page, struct json_object *report);

/* Where there was too little to do, what other models could do with more is no news. */
bool is_comparison_told(const struct page *page, struct json_object *report);

#endif
