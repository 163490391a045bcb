/*
 * status: the tool's own exit statuses, as in the contract; every other one is the command's.
 */
#ifndef CONCADVISE_STATUS_H
#define CONCADVISE_STATUS_H

enum {
	STATUS_USAGE = 2,
	STATUS_FINDING = 3,
	STATUS_OURS = 125, /* as with env and timeout: not the command failed, but we */
};

#endif
