/* Prints what the running kernel has of that which measuring with eBPF needs. */
#include "probe/kernel.h"

#include <stdio.h>
#include <stdlib.h>

int main(void)
{
	unsigned int missing = kernel_missing();
	char *words = kernel_missing_words(missing);

	for (int part = 0; part < KERNEL_PARTS; part++)
		printf("%-8s %s\n", missing & 1u << part ? "LACKS" : "has", kernel_part_name(part));
	if (words)
		printf("%s\n", words);
	free(words);
	return missing != 0;
}
