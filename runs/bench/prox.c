/* How fast the pointwise prox of the energy is: CPU nanoseconds per cell of one rank, the best of many sweeps.

   One line per sum of terms: from a useless guess, and from the last root after changes of lp by 0.1, 1e-3 and 1e-5 as they come
   up in a fixed-point iteration. */
#include <math.h>
#include <time.h>
#include <jko.h>
#include <jko/private/energyimpl.h>

enum { CELLS = 16384, SWEEPS = 40, CHANGES = 4 };

static const PetscReal change[CHANGES] = {0, 1e-1, 1e-3, 1e-5}; /* 0: a guess of 0 instead */

/* Each sum by its options. */
static const char *const sums[] = {
    "-energy_terms entropy,potential",
    "-energy_terms power",
    "-energy_terms power,potential -energy_power_exponent 0.5",
    "-energy_terms entropy,power,potential",
    "-energy_terms entropy,power,potential -energy_power_exponent 8",
    "-energy_terms entropy,power,b:power,potential -energy_b_exponent 4",
    "-energy_terms power,b:power,potential -energy_b_exponent 0.5",
};

static double Now(void)
{
  struct timespec t;

  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Numbers in [-1, 1]. */
static PetscReal Random(uint64_t *state)
{
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return (PetscReal)(*state >> 11) * 0x1p-52 - 1;
}

static PetscErrorCode MakeEnergy(Grid grid, const char options[], Energy *energy)
{
  PetscFunctionBeginUser;
  PetscCall(PetscOptionsClear(NULL));
  PetscCall(PetscOptionsInsertString(NULL, "-energy_entropy_coefficient 0.1 -energy_potential sin(6*x)"));
  PetscCall(PetscOptionsInsertString(NULL, options));
  PetscCall(EnergyCreate(PETSC_COMM_SELF, energy));
  PetscCall(EnergySetGrid(*energy, grid));
  PetscCall(EnergySetFromOptions(*energy));
  PetscCall(EnergySetUp(*energy));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Seconds of a sweep over all cells. */
static double Sweep(Energy energy, const PetscReal lp[], PetscReal u[], PetscReal du[])
{
  const double start = Now();

  for (PetscInt i = 0; i < CELLS; i += ENERGY_CHUNK) EnergyProxChunk(energy, 0.5, 20, i, ENERGY_CHUNK, lp + i, u + i, du + i);
  return Now() - start;
}

static PetscErrorCode PrintRow(Grid grid, const char options[])
{
  Energy     energy;
  PetscReal *lp, *u, *du;
  double     best[CHANGES] = {1e30, 1e30, 1e30, 1e30};
  uint64_t   random        = 1;
  char       equation[256];

  PetscFunctionBeginUser;
  PetscCall(MakeEnergy(grid, options, &energy));
  PetscCall(PetscMalloc3(CELLS, &lp, CELLS, &u, CELLS, &du));
  for (int s = 0; s < SWEEPS; s++) {
    for (PetscInt i = 0; i < CELLS; i++) {
      lp[i] = 4 * Random(&random);
      u[i]  = 0;
    }
    for (int c = 0; c < CHANGES; c++) {
      for (PetscInt i = 0; i < CELLS; i++) lp[i] += change[c] * Random(&random);
      best[c] = fmin(best[c], Sweep(energy, lp, u, du));
    }
  }
  PetscCall(EnergyGetEquation(energy, equation, sizeof equation));
  for (int c = 0; c < CHANGES; c++) PetscCall(PetscPrintf(PETSC_COMM_WORLD, "%8.1f", 1e9 * best[c] / CELLS));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "   %s\n", equation));
  PetscCall(PetscFree3(lp, u, du));
  PetscCall(EnergyDestroy(&energy));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char *argv[])
{
  const PetscInt n = CELLS;
  Grid           grid;

  PetscFunctionBeginUser;
  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  PetscCall(GridCreate(PETSC_COMM_SELF, &grid));
  PetscCall(GridSetSizes(grid, 1, &n));
  PetscCall(GridSetUp(grid));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "pointwise prox, ns per cell: from 0, and after changes of 0.1, 1e-3, 1e-5\n"));
  for (size_t s = 0; s < sizeof sums / sizeof *sums; s++) PetscCall(PrintRow(grid, sums[s]));
  PetscCall(GridDestroy(&grid));
  PetscCall(PetscFinalize());
  return 0;
}
