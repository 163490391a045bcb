/* notice: what the lesser backend cannot know. */
#include "notice.h"

#include "probe/backend.h"

static const char cost[] =
	"  Times of threads are exact; what they wait for is seen by looking now and then: waits\n"
	"  of a few milliseconds are estimates, shorter ones are not told apart. No lines of code.\n";

void notice_print(const struct backend_notice *n, FILE *to)
{
	fprintf(to, "concadvise: measuring by /proc instead of eBPF: %s\n%s", n->reason, cost);
}
