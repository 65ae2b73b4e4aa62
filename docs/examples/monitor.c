/* An own monitor: mean and variance of an Ornstein-Uhlenbeck process, step by step, beside what is known of them:

     d/dt rho = D rho'' + (k x rho)',    mean(t) = mean(0) e^{-k t},    variance(t) = D/k + (variance(0) - D/k) e^{-2 k t}

   It is given -jko_... options on the command line, such as -jko_type euler. See README.md for how to build it. */
#include <math.h>
#include <jko.h>

#define STIFFNESS   20.0
#define DIFFUSIVITY 0.1

/* What the monitor keeps between the steps. */
typedef struct {
  Grid      grid;
  Vec       x, rho, product; /* coordinate, density, work */
  PetscReal mean0, variance0;
  PetscReal worst; /* largest error of the variance, relative */
} Moments;

/* int x^n rho dx for n = 1, 2; collective */
static PetscErrorCode Moment(Moments *m, int n, PetscReal *moment)
{
  PetscFunctionBeginUser;
  PetscCall(VecPointwiseMult(m->product, m->x, m->rho));
  if (n == 2) PetscCall(VecPointwiseMult(m->product, m->x, m->product));
  PetscCall(GridIntegrate(m->grid, m->product, moment));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Called for the initial state and after every step. */
static PetscErrorCode Watch(JKO jko, const JKOStepInfo *info, void *context)
{
  Moments  *m = (Moments *)context;
  PetscReal mean, variance, exact;

  PetscFunctionBeginUser;
  PetscCall(JKOGetDensity(jko, m->rho));
  PetscCall(Moment(m, 1, &mean));
  PetscCall(Moment(m, 2, &variance));
  variance -= mean * mean;
  if (info->step == 0) {
    m->mean0     = mean;
    m->variance0 = variance;
  }
  exact    = DIFFUSIVITY / STIFFNESS + (m->variance0 - DIFFUSIVITY / STIFFNESS) * exp(-2 * STIFFNESS * info->time);
  m->worst = PetscMax(m->worst, fabs(variance / exact - 1));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "t %.3f  mean %+.6f (%+.6f)  variance %.6f (%.6f)\n", info->time, mean,
                        m->mean0 * exp(-STIFFNESS * info->time), variance, exact));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MakeEnergy(Grid grid, Energy *energy)
{
  EnergyTerm entropy, potential;
  Vec        v;

  PetscFunctionBeginUser;
  PetscCall(EnergyCreate(PETSC_COMM_WORLD, energy));
  PetscCall(EnergySetGrid(*energy, grid));
  PetscCall(EnergyAddTerm(*energy, ENERGYENTROPY, NULL, &entropy));
  PetscCall(EnergyEntropySetCoefficient(entropy, DIFFUSIVITY));
  PetscCall(EnergyAddTerm(*energy, ENERGYPOTENTIAL, NULL, &potential));
  PetscCall(GridCreateVector(grid, &v));
  PetscCall(FieldFromExpression(grid, "potential", "10*x^2", FIELD_TIMELESS, v));
  PetscCall(EnergyPotentialSetField(potential, v));
  PetscCall(VecDestroy(&v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char *argv[])
{
  const PetscInt  n        = 256;
  const PetscReal lower[1] = {-1}, upper[1] = {1};
  Moments         m = {0};
  Energy          energy;
  JKO             jko;

  PetscFunctionBeginUser;
  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  PetscCall(GridCreate(PETSC_COMM_WORLD, &m.grid));
  PetscCall(GridSetSizes(m.grid, 1, &n));
  PetscCall(GridSetBox(m.grid, lower, upper));
  PetscCall(GridSetUp(m.grid));
  PetscCall(MakeEnergy(m.grid, &energy));
  PetscCall(GridCreateVector(m.grid, &m.x));
  PetscCall(VecDuplicate(m.x, &m.rho));
  PetscCall(VecDuplicate(m.x, &m.product));
  PetscCall(FieldFromExpression(m.grid, "coordinate", "x", FIELD_TIMELESS, m.x));
  PetscCall(FieldFromExpression(m.grid, "density", "exp(-(x-0.4)^2/0.02)/sqrt(0.02*pi)", FIELD_TIMELESS, m.rho));
  PetscCall(JKOCreate(PETSC_COMM_WORLD, &jko));
  PetscCall(JKOSetGrid(jko, m.grid));
  PetscCall(JKOSetEnergy(jko, energy));
  PetscCall(JKOSetDensity(jko, m.rho));
  PetscCall(JKOSetType(jko, JKOREVERSIBLE));
  PetscCall(JKOSetTimeStep(jko, 2e-3));
  PetscCall(JKOSetMaxTime(jko, 0.1));
  PetscCall(JKOSetFromOptions(jko));
  PetscCall(JKOMonitorSet(jko, Watch, &m));
  PetscCall(JKOSolve(jko));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "largest relative error of the variance %.1e\n", m.worst));
  PetscCall(JKODestroy(&jko));
  PetscCall(EnergyDestroy(&energy));
  PetscCall(VecDestroy(&m.x));
  PetscCall(VecDestroy(&m.rho));
  PetscCall(VecDestroy(&m.product));
  PetscCall(GridDestroy(&m.grid));
  PetscCall(PetscFinalize());
  return 0;
}
