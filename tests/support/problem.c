#include "problem.h"
#include <math.h>

/* What the random numbers of a problem are for; one that belongs to an axis is three of them. */
enum { DIM, SHAPE, WIDTH, MASS, TERMS, DIFFUSIVITY, EXPONENT, GAMMA, VALLEY, DEPTH, TAU, FIXED, EPSILON, PLAIN };
enum { SIZE = 100, BOX = 110, WRAP = 120, CENTRE = 130, CELLS = 1000 };

/* In [0, 1) */
static PetscReal Draw(const Problem *p, PetscInt place)
{
  return (HarnessRandom(p->seed, (uint64_t)place) + 1) / 2;
}

static PetscReal DrawBetween(const Problem *p, PetscInt place, PetscReal from, PetscReal to)
{
  return from + (to - from) * Draw(p, place);
}

static PetscInt DrawOneOf(const Problem *p, PetscInt place, PetscInt count)
{
  return PetscMin((PetscInt)(Draw(p, place) * (PetscReal)count), count - 1);
}

/* Coordinates in the unit box, and the random number of the cell. */
static PetscReal UnitBox(const Problem *p, const PetscReal x[3], PetscReal s[3])
{
  PetscInt cell = 0;

  for (PetscInt a = p->dim - 1; a >= 0; a--) {
    s[a] = (x[a] - p->lower[a]) / (p->upper[a] - p->lower[a]);
    cell = cell * p->n[a] + (PetscInt)(s[a] * (PetscReal)p->n[a]);
  }
  return Draw(p, CELLS + cell);
}

static PetscReal SquaredDistance(const Problem *p, const PetscReal s[3])
{
  PetscReal r2 = 0;

  for (PetscInt a = 0; a < p->dim; a++) r2 += PetscSqr(s[a] - Draw(p, CENTRE + a));
  return r2;
}

/* In the order of the names in ProblemDescribe(). */
static PetscReal Density(const PetscReal x[3], PetscReal t, const void *problem)
{
  const Problem  *p = (const Problem *)problem;
  PetscReal       s[3];
  const PetscReal noise = UnitBox(p, x, s), r2 = SquaredDistance(p, s) / PetscSqr(p->width);

  (void)t;
  switch (p->shape) {
  case 0:
    return exp(-r2 / 2); /* a Gaussian with whatever tail doubles have */
  case 1:
    return PetscMax(0, 1 - r2) + (r2 < 1 ? 0.1 : 0) + (noise > 0.999); /* compact, with a jump, and lonely cells */
  case 2:
    return noise > 0.9 ? exp(10 * noise / p->width) : 1e-8; /* spikes */
  case 3:
    return exp(30 * p->width * noise); /* noise */
  case 4:
    return sin(20 * s[0] / p->width) + noise > 0.5 ? 1 + noise : 0; /* holes */
  default:
    return 1;
  }
}

/* Between 0 and depth, or about; in the order of the names in ProblemDescribe(). */
static PetscReal Valley(const PetscReal x[3], PetscReal t, const void *problem)
{
  const Problem  *p = (const Problem *)problem;
  PetscReal       s[3];
  const PetscReal noise = UnitBox(p, x, s), r2 = SquaredDistance(p, s);

  (void)t;
  switch (p->valley) {
  case 0:
    return p->depth * r2;
  case 1:
    return p->depth * 16 * PetscSqr(s[0] * (1 - s[0]) - 0.15);
  case 2:
    return p->depth * (1 + cos(2 * PETSC_PI * (s[0] + noise / 50))) / 2;
  case 3:
    return p->depth * (s[0] > 0.4 && s[0] < 0.6);
  case 4:
    return p->depth * s[p->dim - 1];
  default:
    return p->depth * noise;
  }
}

static Grid DrawGrid(MPI_Comm comm, const Problem *p)
{
  Grid grid;

  assert_ok(GridCreate(comm, &grid));
  assert_ok(GridSetSizes(grid, p->dim, p->n));
  assert_ok(GridSetBox(grid, p->lower, p->upper));
  assert_ok(GridSetBoundary(grid, p->boundary));
  assert_ok(GridSetUp(grid));
  return grid;
}

static void DrawGeometry(Problem *p)
{
  static const PetscInt most[3] = {300, 40, 14};

  p->dim = 1 + DrawOneOf(p, DIM, 3);
  for (PetscInt a = 0; a < 3; a++) {
    const PetscInt most_a = most[p->dim - 1];

    p->n[a]        = a < p->dim ? PetscMax(6, (PetscInt)((PetscReal)most_a * pow(Draw(p, SIZE + a), 0.5))) : 1;
    p->lower[a]    = -1;
    p->upper[a]    = p->lower[a] + (PetscReal)p->n[a] / (PetscReal)most_a * pow(10, DrawBetween(p, BOX + a, -0.5, 0.5));
    p->boundary[a] = Draw(p, WRAP + a) < 0.7 ? GRID_NOFLUX : GRID_PERIODIC;
  }
}

static Energy DrawEnergy(Problem *p, Grid grid)
{
  const PetscInt  terms = 1 + DrawOneOf(p, TERMS, 7); /* a set of three, not empty */
  const PetscReal D = pow(10, DrawBetween(p, DIFFUSIVITY, -4, 4)), exponent = DrawBetween(p, EXPONENT, -1, 3);
  Energy          energy = FlowEnergy(grid, NULL);
  EnergyTerm      term;
  Vec             v;

  p->valley = (int)DrawOneOf(p, VALLEY, 6);
  p->depth  = (terms & 3 ? D : 1) * pow(10, DrawBetween(p, DEPTH, -1, 2.7));
  if (terms & 1) {
    assert_ok(EnergyAddTerm(energy, ENERGYENTROPY, NULL, &term));
    assert_ok(EnergyEntropySetCoefficient(term, D));
  }
  if (terms & 2) {
    assert_ok(EnergyAddTerm(energy, ENERGYPOWER, NULL, &term));
    assert_ok(EnergyPowerSetExponent(term, pow(2, exponent)));
    assert_ok(EnergyPowerSetCoefficient(term, pow(10, DrawBetween(p, GAMMA, -4, 4))));
  }
  if (terms & 4) {
    v = FlowField(grid, Valley, 0, p);
    assert_ok(EnergyAddTerm(energy, ENERGYPOTENTIAL, NULL, &term));
    assert_ok(EnergyPotentialSetField(term, v));
    assert_ok(VecDestroy(&v));
  }
  assert_ok(EnergySetUp(energy));
  return energy;
}

/* Six decades about the time that diffusion takes across the widest cell; a diffusivity of zero is that of the potential. */
static void DrawStep(Problem *p, Grid grid, Energy energy, Vec rho)
{
  PetscReal h[3], diffusivity, widest = 0;
  Vec       log_rho;

  GridGetSpacing(grid, h);
  for (PetscInt a = 0; a < p->dim; a++) widest = PetscMax(widest, h[a]);
  VecDuplicate(rho, &log_rho);
  VecCopy(rho, log_rho);
  VecLog(log_rho);
  assert_ok(EnergyGetDiffusivity(energy, log_rho, &diffusivity));
  VecDestroy(&log_rho);
  p->tau     = PetscSqr(widest) / PetscMax(diffusivity, 1e-2 * p->depth) * pow(10, DrawBetween(p, TAU, -2, 4));
  p->epsilon = Draw(p, FIXED) < 0.5 ? -1 : 2 * PetscSqr(0.8 * widest) * (1 + 1e-9) * pow(10, DrawBetween(p, EPSILON, 0, 2));
  p->plain   = (PetscBool)(Draw(p, PLAIN) < 0.3);
}

JKO ProblemDraw(MPI_Comm comm, uint64_t seed, Problem *p)
{
  Grid      grid;
  Energy    energy;
  Vec       rho;
  PetscReal mass;
  JKO       jko;

  *p = (Problem){.seed = seed};
  DrawGeometry(p);
  p->shape = (int)DrawOneOf(p, SHAPE, 6);
  p->width = pow(10, DrawBetween(p, WIDTH, -1.5, 0));
  p->mass  = pow(10, DrawBetween(p, MASS, -3, 3));
  grid     = DrawGrid(comm, p);
  energy   = DrawEnergy(p, grid);
  rho      = FlowField(grid, Density, 0, p);
  assert_ok(GridIntegrate(grid, rho, &mass));
  if (mass > 0)
    assert_ok(VecScale(rho, p->mass / mass));
  else
    assert_ok(VecSet(rho, p->mass)); /* nothing but holes */
  assert_ok(GridIntegrate(grid, rho, &p->mass));
  DrawStep(p, grid, energy, rho);
  assert_ok(JKOCreate(comm, &jko));
  assert_ok(JKOSetGrid(jko, grid));
  assert_ok(JKOSetEnergy(jko, energy));
  assert_ok(JKOSetFromOptions(jko));
  assert_ok(JKOSetDensity(jko, rho));
  assert_ok(JKOSetTimeStep(jko, p->tau));
  assert_ok(JKOSetEpsilon(jko, p->epsilon));
  assert_ok(JKOSetCompensate(jko, (PetscBool)!p->plain));
  assert_ok(VecDestroy(&rho));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
  return jko;
}

void ProblemDescribe(const Problem *p, JKO jko, const char *what)
{
  static const char *const shapes[]  = {"Gaussian", "compact", "spikes", "noise", "holes", "constant"};
  static const char *const valleys[] = {"bowl", "wells", "waves", "wall", "ramp", "noise"};
  const JKOStepInfo       *info;
  const char              *failure;
  Energy                   energy;
  char                     equation[256];

  JKOGetStepInfo(jko, &info);
  JKOGetFailure(jko, &failure);
  if (!what) what = *failure ? failure : "converged";
  JKOGetEnergy(jko, &energy);
  EnergyGetEquation(energy, equation, sizeof equation);
  PetscPrintf(PETSC_COMM_WORLD,
              "# problem %d: %s\n#   %d x %d x %d, %s width %.3g mass %.3g, %s, %s depth %.3g, tau %.3g, eps %.3g, %s%s; %d iterations, "
              "residual %.2e, gap %.2e, energy %.6e, w2 %.3e\n",
              (int)p->seed, what, (int)p->n[0], (int)p->n[1], (int)p->n[2], shapes[p->shape], (double)p->width, (double)p->mass, equation,
              valleys[p->valley], (double)p->depth, (double)p->tau, (double)info->epsilon, p->epsilon > 0 ? "fixed" : "auto",
              p->plain ? ", plain" : "", (int)info->iterations, (double)info->residual, (double)info->gap, (double)info->energy,
              (double)info->w2);
}
