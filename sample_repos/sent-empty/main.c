#include <stdio.h>

#include "vendor/keep/greeting.h"

int main(void)
{
	puts(greeting());
	return 0;
}
