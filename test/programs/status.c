/* SPDX-License-Identifier: ISC */
/* Ends with the status that the argument says. */
#include <stdlib.h>

int main(int argc, char **argv)
{
	return argc == 2 ? atoi(argv[1]) : 1;
}
