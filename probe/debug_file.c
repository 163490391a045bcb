/*
 * debug_file: libdwfl's own search. Ours: which directories, and how long debuginfod may take.
 *
 * libdwfl asks debuginfod if DEBUGINFOD_URLS was set when the program began, and never otherwise.
 * But it loads the client all the same, and with it some thirty libraries: a tenth of a short
 * report's time. So without that setting it is let search only where there is something to find.
 */
#include "debug_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A report later than this is not worth the names in it. What was fetched in that time is in
 * debuginfod's cache for the next report. */
#define FETCH_SECONDS 20

/* As libdwfl's default: beside the file, in a folder beside it, and below. */
static const char debug_folder[] = "/usr/lib/debug";

/* The list for libdwfl, with what the process itself has there. */
static char directories[64];

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* The client library reads its settings before each request; MAXTIME is for one request. The user's
 * own holds if it is less. */
static void fetch_limit(double left_s)
{
	const char *own = getenv("DEBUGINFOD_MAXTIME");
	char seconds[16];

	snprintf(seconds, sizeof(seconds), "%d", (int)left_s);
	if (left_s < 1)
		unsetenv("DEBUGINFOD_URLS");
	else if (!own || atoi(own) <= 0 || atoi(own) > left_s)
		setenv("DEBUGINFOD_MAXTIME", seconds, 1);
}

/* A regular file, or nothing. */
static bool place_is_plain(const char *folder, size_t length, const char *between, const char *name)
{
	struct stat status;
	char *path;
	bool plain;

	if (asprintf(&path, "%.*s%s%s", (int)length, folder, between, name) < 0)
		return false;
	plain = stat(path, &status) < 0 || S_ISREG(status.st_mode);
	free(path);
	return plain;
}

/*
 * Beside the program lies what its owner put there. libdwfl opens what it finds, and a FIFO would
 * hold it for ever. (Who swaps files in that very moment can still have his own report held up.)
 */
static bool beside_is_plain(const char *file, const char *link)
{
	const char *last = file ? strrchr(file, '/') : NULL;
	size_t length = last ? (size_t)(last + 1 - file) : 0;
	char *own = NULL;
	bool plain = !link || (place_is_plain(file, length, "", link) &&
				      place_is_plain(file, length, ".debug/", link));

	if (!last || asprintf(&own, "%s.debug", last + 1) < 0)
		return plain;
	plain = plain && place_is_plain(file, length, "", own) &&
		place_is_plain(file, length, ".debug/", own);
	free(own);
	return plain;
}

static bool is_there(
	const char *root, const char *between, const char *folder, size_t length, const char *name)
{
	char *path;
	bool there;

	if (asprintf(&path, "%s%s%.*s%s", root, between, (int)length, folder, name) < 0)
		return false;
	there = access(path, F_OK) == 0;
	free(path);
	return there;
}

/* Below the root lie the folders of files, or only their last parts. */
static bool is_below(const char *root, const char *file, const char *name)
{
	const char *last = strrchr(file, '/'), *at = file;

	while (at && at <= last) {
		at++;
		if (is_there(root, "/", at, (size_t)(last + 1 - at), name))
			return true;
		at = strchr(at, '/');
	}
	return is_there(root, "/", "", 0, name);
}

/* Whether any file is called as one with debug information for this one would be. */
static bool is_named(const char *file, const char *link)
{
	const char *last = strrchr(file, '/'), *process = strstr(directories, ":/proc/");
	size_t length = (size_t)(last + 1 - file);
	char *own = NULL;
	bool found;

	if (!link && asprintf(&own, "%s.debug", last + 1) < 0)
		return true;
	found = is_there("", "", file, length, link ? link : own) ||
		is_there("", "", file, length, ".debug/") ||
		is_below(debug_folder, file, link ? link : own) ||
		(process && is_below(process + 1, file, link ? link : own));
	if (!link && !found)
		found = is_below(debug_folder, file, last + 1) ||
			(process && is_below(process + 1, file, last + 1));
	free(own);
	return found;
}

static int find_here(Dwfl_Module *m, void **context, const char *name, Dwarf_Addr base,
	const char *file, const char *link, GElf_Word checksum, char **ret_file)
{
	int fd = dwfl_build_id_find_debuginfo(
		m, context, name, base, file, link, checksum, ret_file);

	/* What lies in no folder ("[vdso]") has nothing beside it either. */
	if (fd >= 0 || !file || file[0] != '/' || !is_named(file, link))
		return fd;
	return dwfl_standard_find_debuginfo(m, context, name, base, file, link, checksum, ret_file);
}

static int find_debuginfo(Dwfl_Module *m, void **context, const char *name, Dwarf_Addr base,
	const char *file, const char *link, GElf_Word checksum, char **ret_file)
{
	static double left_s = FETCH_SECONDS;
	const char *urls = getenv("DEBUGINFOD_URLS");
	bool may_fetch = urls && *urls;
	double before = seconds_now();
	int fd;

	if (!beside_is_plain(file, link))
		return -1;
	if (!may_fetch)
		return find_here(m, context, name, base, file, link, checksum, ret_file);
	fetch_limit(left_s);
	fd = dwfl_standard_find_debuginfo(m, context, name, base, file, link, checksum, ret_file);
	left_s -= seconds_now() - before;
	return fd;
}

/* Hands over what debug_file_open() was given; libdwfl drops one reference at its end. */
static int find_elf(Dwfl_Module *m, void **context, const char *name, Dwarf_Addr base,
	char **ret_file, Elf **ret_elf)
{
	Elf *elf = *context;

	(void)m;
	(void)base;
	*ret_elf = elf_begin(-1, ELF_C_READ, elf);
	*ret_file = strdup(name);
	return -1;
}

/* What its segments take up. */
static bool extent_read(Elf *elf, GElf_Addr *ret_start, GElf_Addr *ret_end)
{
	GElf_Addr start = 0, end = 0;
	size_t count;
	GElf_Phdr p;

	if (elf_getphdrnum(elf, &count) < 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!gelf_getphdr(elf, i, &p) || p.p_type != PT_LOAD)
			continue;
		/* Segments are in order. libdwfl takes the first one's page for the base. */
		if (!end)
			start = p.p_align > 1 ? p.p_vaddr & -p.p_align : p.p_vaddr;
		end = p.p_vaddr + p.p_memsz;
	}
	*ret_start = start;
	*ret_end = end;
	return end > start;
}

Dwfl_Module *debug_file_open(Elf *elf, const char *path, int pid, Dwfl **ret)
{
	static char *directories_list = directories;
	static const Dwfl_Callbacks callbacks = {
		.find_elf = find_elf,
		.find_debuginfo = find_debuginfo,
		.section_address = dwfl_offline_section_address,
		.debuginfo_path = &directories_list,
	};
	GElf_Addr start, end;
	Dwfl_Module *m;
	void **context;
	Dwfl *d;

	if (!extent_read(elf, &start, &end))
		return NULL;
	snprintf(directories, sizeof(directories), ":.debug:%s", debug_folder);
	if (pid)
		snprintf(directories + strlen(directories),
			sizeof(directories) - strlen(directories), ":/proc/%d/root%s", pid,
			debug_folder);
	d = dwfl_begin(&callbacks);
	m = d ? dwfl_report_module(d, path, start, end) : NULL;
	if (!m) {
		dwfl_end(d);
		return NULL;
	}
	dwfl_module_info(m, &context, NULL, NULL, NULL, NULL, NULL, NULL);
	*context = elf;
	dwfl_report_end(d, NULL, NULL);
	*ret = d;
	return m;
}
