/* What people and programs read: quantities, harmless copies of hostile text, templates. */
#include "advisor/json.h"
#include "advisor/page.h"
#include "advisor/printable.h"
#include "advisor/quantity.h"
#include "advisor/template.h"
#include "scene.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>

static void quantities_read_as_people_write_them(void **state)
{
	static const struct {
		double value;
		const char *unit, *text;
	} rows[] = {
		{2.0649, "s", "2.06 s"},
		{0, "s", "0 s"},
		{0.0123, "s", "12.3 ms"},
		{0.9996, "s", "1.00 s"},
		{0.00099996, "s", "1.00 ms"},
		{12e-6, "s", "12.0 us"},
		{599, "s", "599 s"},
		{600, "s", "10.0 min"},
		{0.94, "share", "94 %"},
		{0.004, "share", "0.4 %"},
		{0.0001, "share", "under 0.1 %"},
		{0.9996, "share", "99.9 %"}, /* not all */
		{1, "share", "100 %"},
		{0, "share", "0 %"},
		{10.42, "x", "10.4x"},
		{120.4, "x", "120x"},
		{0.06, "x", "0.1x"},
		{0.0014, "x", "<0.1x"}, /* not nothing */
		{0, "x", "0.0x"},
		{12e6, "bytes", "12.0 MB"},
		{999.6e3, "bytes", "1.00 MB"},
		{12345, "count", "12,345"},
		{14505.3, "count", "14,505"},
		{99.97, "count", "100"},
		{99.4, "count", "99.4"},
		{123, "count", "123"},
		{-1234567, "count", "-1,234,567"},
		{1.8, "count", "1.8"},
		{1, "bool", "yes"},
		{0, "bool", "no"},
		{2, "grade", "poor"},
		{NAN, "s", "unknown"},
		{INFINITY, "x", "unknown"},
		{3.5, "furlong", "3.5 furlong"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(quantity_of(rows[i].value, rows[i].unit).text, rows[i].text);
}

static void hostile_text_is_written_out(void **state)
{
	static const struct {
		const char *text, *utf8, *ascii;
	} rows[] = {
		{"plain", "plain", "plain"},
		{"\033]0;owned\007", "\\x1b]0;owned\\x07", "\\x1b]0;owned\\x07"},
		{"line\nbreak\ttab", "line\\x0abreak\\x09tab", "line\\x0abreak\\x09tab"},
		{"caf\xc3\xa9", "caf\xc3\xa9", "caf\\xe9"},
		{"\xe2\x80\xae"
		 "cod.exe",
			"\\u202ecod.exe", "\\u202ecod.exe"}, /* reordering */
		{"\xc2\x9b"
		 "31m",
			"\\x9b31m", "\\x9b31m"}, /* C1: CSI */
		{"\xff\xfe", "\\xff\\xfe", "\\xff\\xfe"},
		{"cut \xe2\x82", "cut \\xe2\\x82", "cut \\xe2\\x82"},
		{"\xc0\xaf", "\\xc0\\xaf", "\\xc0\\xaf"},               /* overlong "/" */
		{"\xed\xa0\x80", "\\xed\\xa0\\x80", "\\xed\\xa0\\x80"}, /* a surrogate */
		{"\xf0\x9f\x90\x8d", "\xf0\x9f\x90\x8d", "\\U0001f40d"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *utf8 = printable_text(rows[i].text, true);
		char *ascii = printable_text(rows[i].text, false);

		assert_string_equal(utf8, rows[i].utf8);
		assert_string_equal(ascii, rows[i].ascii);
		free(utf8);
		free(ascii);
	}
}

static char *json_written(struct json_object *value)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	assert_int_equal(json_write(value, to), 0);
	fclose(to);
	return text;
}

/* The value is kept, but no byte of it steers a terminal that the report is shown on. */
static void json_keeps_hostile_text_and_defuses_it(void **state)
{
	static const char hostile[] = "\033[2J\xc2\x9b\xe2\x80\xae\x7f \xff";
	struct json_object *o = json_object_new_object(), *again;
	char *text;

	(void)state;
	json_add_text(o, "text", hostile);
	json_add_number(o, "unknown", NAN);
	text = json_written(o);
	for (const char *at = text; *at; at++)
		assert_true(*at == '\n' || (*at >= ' ' && *at < 0x7f) ||
			    (unsigned char)*at >= 0xc0 || ((unsigned char)at[0] & 0xc0) == 0x80);
	assert_null(strstr(text, "\xc2\x9b"));
	assert_null(strstr(text, "\xe2\x80\xae"));
	again = json_tokener_parse(text);
	assert_string_equal(json_object_get_string(json_object_object_get(again, "text")),
		"\033[2J\xc2\x9b\xe2\x80\xae\x7f \xef\xbf\xbd");
	assert_null(json_object_object_get(again, "unknown"));
	json_object_put(again);
	json_object_put(o);
	free(text);
}

static void assert_template(const struct profile *p, const char *template, const char *expected)
{
	char *reason = NULL, *text;

	if (template_check(template, &reason))
		fail_msg("%s: %s", template, reason);
	text = template_fill(template, p);
	assert_string_equal(text, expected);
	free(text);
}

static void templates_are_filled(void **state)
{
	struct measurement *m = scene_new(5.03);
	size_t process = scene_process(m, 7, 1), thread = scene_thread(m, process, 7, 0.03);
	size_t wait = scene_file_wait(
		m, thread, "recvfrom", scene_socket(m, NULL, "10.0.0.1:80\n\033[31m"), 5, 5);
	struct profile *p;

	(void)state;
	m->waits[wait].max_ns = SCENE_NS(1);
	p = scene_profile(m);
	assert_template(p, "as it is", "as it is");
	assert_template(p, "{run.wall_s}", "5.03 s");
	assert_template(p, "{waits.count|wait|waits}", "5 waits");
	assert_template(p, "{work.workers|worker waits|workers wait}", "1 worker waits");
	assert_template(p, "for {wait.object}", "for 10.0.0.1:80\\x0a\\x1b[31m");
	assert_template(p, "{{ x[0] }}", "{ x[0] }");
	assert_template(p, "held[[ by {lock.object}]].", "held.");
	assert_template(p, "waits[[ in {wait.syscall}]].", "waits in recvfrom.");
	assert_template(p, "[[{wait.object} and {lock.object} ]]end", "end");
	assert_template(p, "{lock.object}", "unknown");
	assert_template(p, "{gil.held_share}", "unknown");
	assert_template(p, "{runtime}", "native code");
	scene_end(m, p);
}

static void bad_templates_are_refused(void **state)
{
	static const char *const bad[] = {"{run.wall}", "{", "}", "{run.wall_s", "{{run.wall_s}",
		"[[", "]]", "[[ [[ ]] ]]", "{run.wall_s|one}", "{wait.object|one|many}",
		"{run.wall_s|a|b|c}", "{}", "{a{b}"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char *reason = NULL;

		if (template_check(bad[i], &reason) != -EINVAL)
			fail_msg("accepted: %s", bad[i]);
		assert_non_null(reason);
		free(reason);
	}
}

static char *paragraph(int indent, int width, const char *words)
{
	char *text = NULL;
	size_t size = 0;
	struct page page = {.to = open_memstream(&text, &size), .style = {.width = width}};

	page_paragraph(&page, INK_PLAIN, indent, words);
	fclose(page.to);
	return text;
}

static void paragraphs_wrap_and_code_keeps_its_shape(void **state)
{
	char *text = paragraph(2, 12, "one two three four");

	(void)state;
	assert_string_equal(text, "  one two\n  three four\n");
	free(text);
	text = paragraph(2, 40, "with pool:\n    work()\n");
	assert_string_equal(text, "  with pool:\n      work()\n\n");
	free(text);
	text = paragraph(0, 5, "incomprehensibilities");
	assert_string_equal(text, "incomprehensibilities\n");
	free(text);
}

static void cells_keep_their_width(void **state)
{
	char *text = NULL;
	size_t size = 0;
	struct page page = {.to = open_memstream(&text, &size), .style = {.width = 80}};

	(void)state;
	page_cell(&page, INK_BOLD, 5, "ab");
	page_cell(&page, INK_PLAIN, -4, "9");
	page_cell(&page, INK_PLAIN, 6, "much too long");
	fclose(page.to);
	assert_string_equal(text, "ab      9much..");
	assert_int_equal(page.column, 15);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quantities_read_as_people_write_them),
		cmocka_unit_test(hostile_text_is_written_out),
		cmocka_unit_test(json_keeps_hostile_text_and_defuses_it),
		cmocka_unit_test(templates_are_filled),
		cmocka_unit_test(bad_templates_are_refused),
		cmocka_unit_test(paragraphs_wrap_and_code_keeps_its_shape),
		cmocka_unit_test(cells_keep_their_width),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
