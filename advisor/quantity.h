/*
 * quantity: a number as a person reads it, by its unit: "2.06 s", "94 %", "10.4x", "12 MB".
 *
 * Three significant digits at most: more would claim a precision that a measurement lacks.
 */
#ifndef CONCADVISE_QUANTITY_H
#define CONCADVISE_QUANTITY_H

struct quantity {
	char text[40];
};

/* unit is one of the metric table's; an unknown unit follows the number as it is. NAN: "unknown".
 */
struct quantity quantity_of(double value, const char *unit);

#endif
