/* An OpenMP team of two and a loop whose work grows from one end to the other. OMP_SCHEDULE says
 * how its ranges are dealt out. */
#include <stdio.h>

#define ROWS 4000
#define STEPS 100

static double row_sum(int row)
{
	double sum = 0;

	for (int i = 0; i < row * STEPS; i++)
		sum += 1.0 / (1 + i % 1000);
	return sum;
}

int main(void)
{
	double sum = 0;

#pragma omp parallel for num_threads(2) schedule(runtime) reduction(+ : sum)
	for (int row = 0; row < ROWS; row++)
		sum += row_sum(row);
	printf("%g\n", sum);
	return 0;
}
