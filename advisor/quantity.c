/*
 * quantity: a number and its unit as text.
 *
 * One table row a unit. ASCII only ("us" for microseconds), so that a report needs no particular
 * locale.
 */
#include "quantity.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TEXT_SIZE sizeof(((struct quantity *)0)->text)

/* Three significant digits without an exponent, and no digits behind the point that say nothing. */
static void digits(char *text, double value, const char *suffix)
{
	double size = fabs(value);
	int decimals = size >= 99.95 || size == 0 ? 0 : size >= 9.995 ? 1 : 2;

	snprintf(text, TEXT_SIZE, "%.*f%s", decimals, value, suffix);
}

struct scale {
	double least; /* use this row from here up */
	double divisor;
	const char *suffix;
};

static void scaled(char *text, double value, const struct scale *scales)
{
	const struct scale *scale = scales;

	while (scale->least > 0 && fabs(value) < scale->least)
		scale++;
	digits(text, value / scale->divisor, scale->suffix);
}

static void seconds(char *text, double value)
{
	/* A row takes over where the next smaller unit would be rounded up to its thousand. */
	static const struct scale scales[] = {
		{7200, 3600, " h"},
		{600, 60, " min"},
		{0.9995, 1, " s"},
		{0.9995e-3, 1e-3, " ms"},
		{0.9995e-6, 1e-6, " us"},
		{0, 1e-9, " ns"},
	};

	if (value == 0)
		snprintf(text, TEXT_SIZE, "0 s");
	else
		scaled(text, value, scales);
}

static void bytes(char *text, double value)
{
	static const struct scale scales[] = {
		{999.5e6, 1e9, " GB"},
		{999.5e3, 1e6, " MB"},
		{999.5, 1e3, " kB"},
		{0, 1, " B"},
	};

	scaled(text, value, scales);
}

static void share(char *text, double value)
{
	double percent = value * 100;
	int decimals = percent != 0 && fabs(percent) < 0.95;

	/* What is not all is not shown as all, nor what is not nothing as nothing. */
	if (value < 1 && percent >= 99.5)
		snprintf(text, TEXT_SIZE, "%.1f %%", fmin(percent, 99.9));
	else if (percent > 0 && percent < 0.05)
		snprintf(text, TEXT_SIZE, "under 0.1 %%");
	else
		snprintf(text, TEXT_SIZE, "%.*f %%", decimals, percent);
}

static void times(char *text, double value)
{
	if (value > 0 && value < 0.05)
		snprintf(text, TEXT_SIZE, "<0.1x");
	else
		snprintf(text, TEXT_SIZE, "%.*fx", fabs(value) < 99.95, value);
}

/* "12,345": thousands are set apart; a mean of less than a hundred keeps one decimal. */
static void count(char *text, double value)
{
	char plain[TEXT_SIZE];
	size_t length, used = 0;

	if (fabs(value) >= 99.95)
		value = round(value);
	if (fabs(value) >= 1e15 || value != floor(value)) {
		snprintf(text, TEXT_SIZE, fabs(value) >= 1e15 ? "%.3g" : "%.1f", value);
		return;
	}
	length = (size_t)snprintf(plain, sizeof(plain), "%.0f", value);
	for (size_t i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0 && plain[i - 1] != '-')
			text[used++] = ',';
		text[used++] = plain[i];
	}
	text[used] = '\0';
}

static void yes_no(char *text, double value)
{
	snprintf(text, TEXT_SIZE, "%s", value != 0 ? "yes" : "no");
}

/* Of the measurement, as the metric "quality.grade" counts it. */
static void grade(char *text, double value)
{
	snprintf(text, TEXT_SIZE, "%s", value < 1 ? "good" : value < 2 ? "fair" : "poor");
}

static void per_second(char *text, double value)
{
	digits(text, value, " per second");
}

static const struct unit {
	const char *name;
	void (*write)(char *text, double value);
} units[] = {
	{"s", seconds},
	{"share", share},
	{"x", times},
	{"bytes", bytes},
	{"count", count},
	{"bool", yes_no},
	{"grade", grade},
	{"1/s", per_second},
};

struct quantity quantity_of(double value, const char *unit)
{
	struct quantity quantity;

	if (!isfinite(value)) {
		snprintf(quantity.text, TEXT_SIZE, "unknown");
		return quantity;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(units[i].name, unit) == 0) {
			units[i].write(quantity.text, value);
			return quantity;
		}
	}
	snprintf(quantity.text, TEXT_SIZE, "%.3g %.16s", value, unit);
	return quantity;
}
