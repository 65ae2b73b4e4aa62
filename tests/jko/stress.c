/* Steps of random problems, far beyond what anyone would ask for. Each either converges to a sound density that costs no more than
   staying, or stops with a reason and leaves the state as it was.

   To look at one problem:  build/tests/jko/stress -stress_only NUMBER -stress_print */
#include "../support/flow.h"
#include <math.h>

enum { STRESS_PROBLEMS = 1000, STRESS_STEPS = 2, STRESS_REASONS = 5 };

/* The random numbers of a problem: places below are drawn from, those above belong to the cells. */
enum {
  DIM,
  SIZE,
  BOX   = SIZE + 3,
  WRAP  = BOX + 3,
  SHAPE = WRAP + 3,
  WIDTH,
  CENTRE,
  MASS = CENTRE + 3,
  TERMS,
  DIFFUSIVITY,
  EXPONENT,
  GAMMA,
  VALLEY,
  DEPTH,
  TAU,
  FIXED,
  EPSILON,
  PLAIN,
  CELLS = 1000
};

typedef struct {
  uint64_t     seed;
  PetscInt     dim, n[3];
  PetscReal    lower[3], upper[3], mass, tau, epsilon;
  GridBoundary boundary[3];
  int          shape, valley;
  PetscReal    width, depth;
  PetscBool    plain;
} Problem;

/* In [0, 1) */
static PetscReal Draw(const Problem *p, uint64_t place)
{
  return (HarnessRandom(p->seed, place) + 1) / 2;
}

static PetscReal DrawBetween(const Problem *p, uint64_t place, PetscReal from, PetscReal to)
{
  return from + (to - from) * Draw(p, place);
}

static PetscInt DrawOneOf(const Problem *p, uint64_t place, PetscInt count)
{
  return PetscMin((PetscInt)(Draw(p, place) * (PetscReal)count), count - 1);
}

/* Coordinates in the unit box, and the random number of the cell. */
static PetscReal UnitBox(const Problem *p, const PetscReal x[3], PetscReal s[3])
{
  uint64_t cell = 0;

  for (PetscInt a = p->dim - 1; a >= 0; a--) {
    s[a] = (x[a] - p->lower[a]) / (p->upper[a] - p->lower[a]);
    cell = cell * (uint64_t)p->n[a] + (uint64_t)(s[a] * (PetscReal)p->n[a]);
  }
  return Draw(p, CELLS + cell);
}

static PetscReal SquaredDistance(const Problem *p, const PetscReal s[3])
{
  PetscReal r2 = 0;

  for (PetscInt a = 0; a < p->dim; a++) r2 += PetscSqr(s[a] - Draw(p, (uint64_t)(CENTRE + a)));
  return r2;
}

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

/* Between 0 and depth, or about */
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

static Grid StressGrid(const Problem *p)
{
  Grid grid;

  assert_ok(GridCreate(PETSC_COMM_WORLD, &grid));
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

    p->n[a]        = a < p->dim ? PetscMax(6, (PetscInt)((PetscReal)most_a * pow(Draw(p, (uint64_t)(SIZE + a)), 0.5))) : 1;
    p->lower[a]    = -1;
    p->upper[a]    = p->lower[a] + (PetscReal)p->n[a] / (PetscReal)most_a * pow(10, DrawBetween(p, (uint64_t)(BOX + a), -0.5, 0.5));
    p->boundary[a] = Draw(p, (uint64_t)(WRAP + a)) < 0.7 ? GRID_NOFLUX : GRID_PERIODIC;
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

static JKO DrawProblem(uint64_t seed, Problem *p)
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
  grid     = StressGrid(p);
  energy   = DrawEnergy(p, grid);
  rho      = FlowField(grid, Density, 0, p);
  assert_ok(GridIntegrate(grid, rho, &mass));
  if (mass > 0)
    assert_ok(VecScale(rho, p->mass / mass));
  else
    assert_ok(VecSet(rho, p->mass)); /* nothing but holes */
  assert_ok(GridIntegrate(grid, rho, &p->mass));
  DrawStep(p, grid, energy, rho);
  assert_ok(JKOCreate(PETSC_COMM_WORLD, &jko));
  assert_ok(JKOSetGrid(jko, grid));
  assert_ok(JKOSetEnergy(jko, energy));
  assert_ok(JKOSetFromOptions(jko));
  assert_ok(JKOSetDensity(jko, rho));
  assert_ok(JKOSetTimeStep(jko, p->tau));
  assert_ok(JKOSetMaxSteps(jko, STRESS_STEPS));
  assert_ok(JKOSetEpsilon(jko, p->epsilon));
  assert_ok(JKOSetCompensate(jko, (PetscBool)!p->plain));
  assert_ok(VecDestroy(&rho));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
  return jko;
}

/* What a step may not change when it fails. */
typedef struct {
  JKOState  state; /* points into the flow */
  PetscReal time, real[JKO_STATE_MOST];
  Vec       vector[JKO_STATE_MOST], log_density;
} Snapshot;

static Snapshot Remember(JKO jko)
{
  Snapshot kept;

  assert_ok(JKOGetState(jko, &kept.state));
  JKOGetTime(jko, &kept.time);
  for (PetscInt i = 0; i < kept.state.reals; i++) kept.real[i] = *kept.state.real[i];
  for (PetscInt i = 0; i < kept.state.vectors; i++) {
    VecDuplicate(kept.state.vector[i], &kept.vector[i]);
    VecCopy(kept.state.vector[i], kept.vector[i]);
    if (!strcmp(kept.state.vector_name[i], "log_density")) kept.log_density = kept.vector[i];
  }
  return kept;
}

static void Forget(Snapshot *kept)
{
  for (PetscInt i = 0; i < kept->state.vectors; i++) VecDestroy(&kept->vector[i]);
}

/* The first claim that does not hold, or NULL. */
static const char *JudgeFailure(JKO jko, const Snapshot *before)
{
  JKOState    now;
  PetscReal   time;
  const char *text;

  JKOGetState(jko, &now);
  JKOGetTime(jko, &time);
  JKOGetFailure(jko, &text);
  if (!*text) return "a failed step says why";
  if (now.step != before->state.step || time != before->time) return "a failed step takes no time";
  for (PetscInt i = 0; i < now.reals; i++)
    if (*now.real[i] != before->real[i]) return "a failed step leaves the numbers of the state alone";
  for (PetscInt i = 0; i < now.vectors; i++)
    if (HarnessDifference(now.vector[i], before->vector[i]) != 0) return "a failed step leaves the fields of the state alone";
  return NULL;
}

static Vec Potential(JKO jko)
{
  JKOState state;
  Vec      potential = NULL;

  JKOGetState(jko, &state);
  for (PetscInt i = 0; i < state.vectors; i++)
    if (!strcmp(state.vector_name[i], "potential")) potential = state.vector[i];
  return potential;
}

/* The objective of a step but for F, over cells and 2 tau, of the plan a K b with first marginal rho_k, and the density that arrives:

     eps/(2 tau) (<alpha, rho_k> + <beta, r> - (1 - theta) <log r - 1, r>),   alpha = log rho_k - log(K e^beta),  r = b K a

   `size` is the sum of the sizes of its terms, to tell what rounding may do. */
static PetscReal Cost(JKO jko, const Problem *p, PetscReal epsilon, Vec log_rho, Vec beta, Vec log_r, PetscReal *size)
{
  const PetscReal    theta = p->plain ? 1 : 0.5;
  Kernel             kernel;
  Grid               grid;
  Vec                alpha;
  PetscInt           n;
  const PetscScalar *l, *a, *b, *r;
  PetscReal          volume, sums[2] = {0, 0};

  JKOGetKernel(jko, &kernel);
  JKOGetGrid(jko, &grid);
  GridGetCellVolume(grid, &volume);
  VecDuplicate(beta, &alpha);
  KernelApplyLog(kernel, beta, log_rho, alpha);
  KernelApplyLog(kernel, alpha, NULL, log_r);
  VecAXPY(log_r, 1, beta);
  VecGetLocalSize(beta, &n);
  VecGetArrayRead(log_rho, &l);
  VecGetArrayRead(alpha, &a);
  VecGetArrayRead(beta, &b);
  VecGetArrayRead(log_r, &r);
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal rho = exp(l[i]), q = exp(r[i]), leaves = rho > 0 ? rho * a[i] : 0,
                    arrives = q > 0 ? q * (b[i] - (1 - theta) * (r[i] - 1)) : 0;

    sums[0] += leaves + arrives;
    sums[1] += fabs(leaves) + (q > 0 ? q * (fabs(b[i]) + fabs(r[i])) : 0);
  }
  VecRestoreArrayRead(log_r, &r);
  VecRestoreArrayRead(beta, &b);
  VecRestoreArrayRead(alpha, &a);
  VecRestoreArrayRead(log_rho, &l);
  VecDestroy(&alpha);
  MPI_Allreduce(MPI_IN_PLACE, sums, 2, MPIU_REAL, MPI_SUM, PETSC_COMM_WORLD);
  *size = volume * epsilon / (2 * p->tau) * sums[1];
  return volume * epsilon / (2 * p->tau) * sums[0];
}

/* log c of the plan that stays, c K c = rho, near enough: any c gives a plan that a step could have taken. */
static Vec Staying(JKO jko, Vec log_rho)
{
  Kernel       kernel;
  Vec          c, k;
  PetscScalar *x;
  PetscInt     n;

  JKOGetKernel(jko, &kernel);
  VecDuplicate(log_rho, &c);
  VecDuplicate(log_rho, &k);
  VecCopy(log_rho, c);
  VecScale(c, 0.5);
  for (int it = 0; it < 3; it++) {
    KernelApplyLog(kernel, c, log_rho, k);
    VecGetLocalSize(c, &n);
    VecGetArray(c, &x);
    for (PetscInt i = 0; i < n; i++)
      if (x[i] == -INFINITY) x[i] = 0;
    VecRestoreArray(c, &x);
    VecAXPBY(c, 0.5, 0.5, k);
  }
  VecDestroy(&k);
  return c;
}

/* By how much the step costs more than staying, in excess of its gap and of rounding, over the size of what is compared. The entropic
   cost of staying is not zero: that is the bias, and here it is part of both sides. */
static PetscReal ExcessOverStaying(JKO jko, const Problem *p, const Snapshot *before)
{
  const JKOStepInfo *info;
  Energy             energy;
  Vec                log_r, stay;
  PetscReal          moved, stayed, sizes[2], energies[2];

  JKOGetStepInfo(jko, &info);
  JKOGetEnergy(jko, &energy);
  VecDuplicate(before->log_density, &log_r);
  moved = Cost(jko, p, info->epsilon, before->log_density, Potential(jko), log_r, &sizes[0]);
  EnergyGetValue(energy, log_r, &energies[0]);
  stay   = Staying(jko, before->log_density);
  stayed = Cost(jko, p, info->epsilon, before->log_density, stay, log_r, &sizes[1]);
  EnergyGetValue(energy, log_r, &energies[1]);
  VecDestroy(&stay);
  VecDestroy(&log_r);
  return (moved + energies[0] - stayed - energies[1] - info->gap) / (sizes[0] + sizes[1] + fabs(energies[0]) + fabs(energies[1]));
}

/* The first claim that does not hold, or NULL. */
static const char *JudgeSuccess(JKO jko, const Problem *p, const Snapshot *before)
{
  const JKOStepInfo *info;
  Sinkhorn           sinkhorn;
  Grid               grid;
  Vec                rho;
  PetscReal          tol, mass, least, most, scale;

  JKOGetStepInfo(jko, &info);
  JKOGetSinkhorn(jko, &sinkhorn);
  SinkhornGetTolerance(sinkhorn, &tol);
  JKOGetGrid(jko, &grid);
  VecDuplicate(before->log_density, &rho);
  JKOGetDensity(jko, rho);
  GridIntegrate(grid, rho, &mass);
  VecMin(rho, NULL, &least);
  VecMax(rho, NULL, &most);
  VecDestroy(&rho);
  scale = fabs(info->energy) + p->mass * info->epsilon / (2 * p->tau);
  if (!(info->residual <= tol)) return "the residual is below the tolerance";
  if (!(fabs(mass / p->mass - 1) < 1e-12)) return "the mass is exact";
  if (!(least >= 0 && most < PETSC_MAX_REAL)) return "the density is finite and not negative";
  if (!isfinite(info->energy) || !isfinite(info->entropy) || !isfinite(info->w2)) return "the measures are finite";
  if (!(info->gap >= -1e-13 * scale)) return "the gap is not negative";
  if (!(info->gap <= 1e-2 * scale)) return "the gap is small";
  if (!(ExcessOverStaying(jko, p, before) < 1e-12)) return "the step costs no more than staying";
  return NULL;
}

typedef struct {
  int problems, finished, reasons[STRESS_REASONS], iterations;
} Tally;

static void Describe(const Problem *p, JKO jko, const char *what)
{
  static const char *const shapes[]  = {"Gaussian", "compact", "spikes", "noise", "holes", "constant"};
  static const char *const valleys[] = {"bowl", "wells", "waves", "wall", "ramp", "noise"};
  const JKOStepInfo       *info;
  const char              *failure;
  Energy                   energy;
  char                     equation[256];

  JKOGetStepInfo(jko, &info);
  JKOGetFailure(jko, &failure);
  JKOGetEnergy(jko, &energy);
  EnergyGetEquation(energy, equation, sizeof equation);
  PetscPrintf(PETSC_COMM_WORLD,
              "# problem %d: %s\n#   %d x %d x %d, %s width %.3g mass %.3g, %s, %s depth %.3g, tau %.3g, eps %.3g, %s%s; %d iterations, "
              "residual %.2e, gap %.2e, energy %.6e, w2 %.3e\n",
              (int)p->seed,
              what       ? what
              : *failure ? failure
                         : "converged",
              (int)p->n[0], (int)p->n[1], (int)p->n[2], shapes[p->shape], (double)p->width, (double)p->mass, equation, valleys[p->valley],
              (double)p->depth, (double)p->tau, (double)info->epsilon, p->epsilon > 0 ? "fixed" : "auto", p->plain ? ", plain" : "",
              (int)info->iterations, (double)info->residual, (double)info->gap, (double)info->energy, (double)info->w2);
}

/* One problem until its end, or until a claim fails, which is returned. */
static const char *Attempt(uint64_t seed, PetscBool print, Tally *tally)
{
  Problem            p;
  JKO                jko   = DrawProblem(seed, &p);
  const char        *wrong = NULL;
  JKOConvergedReason reason;
  const JKOStepInfo *info;
  const char        *failure;

  assert_ok(JKOSetUp(jko));
  JKOGetStepInfo(jko, &info);
  do {
    Snapshot before = Remember(jko);

    assert_ok(JKOStep(jko));
    JKOGetConvergedReason(jko, &reason);
    wrong = reason < 0 ? JudgeFailure(jko, &before) : JudgeSuccess(jko, &p, &before);
    tally->iterations += (int)info->iterations;
    Forget(&before);
    if (wrong || print) Describe(&p, jko, wrong);
  } while (reason == JKO_CONVERGED_ITERATING && !wrong);
  tally->problems++;
  tally->finished += reason > 0;
  JKOGetFailure(jko, &failure);
  for (int r = 1; r < STRESS_REASONS; r++) tally->reasons[r] += reason < 0 && strstr(failure, SinkhornConvergedReasons[-r]);
  assert_ok(JKODestroy(&jko));
  return wrong;
}

static void a_random_step_is_sound_or_stops_with_a_reason_and_leaves_the_state_alone(void **state)
{
  PetscInt    only = -1, count = STRESS_PROBLEMS, wrong = 0;
  PetscMPIInt ranks;
  PetscBool   print = PETSC_FALSE;
  Tally       tally = {0};

  (void)state;
  MPI_Comm_size(PETSC_COMM_WORLD, &ranks);
  PetscOptionsGetInt(NULL, NULL, "-stress_only", &only, NULL);
  PetscOptionsGetInt(NULL, NULL, "-stress_count", &count, NULL);
  PetscOptionsGetBool(NULL, NULL, "-stress_print", &print, NULL);
  for (PetscInt i = ranks - 1; i < count; i += ranks * ranks)
    if (only < 0 || i == only) wrong += !!Attempt((uint64_t)i, print, &tally);
  if (only >= 0 && !tally.problems) wrong += !!Attempt((uint64_t)only, print, &tally);
  PetscPrintf(PETSC_COMM_WORLD, "# %d problems, %d iterations: %d converged", tally.problems, tally.iterations, tally.finished);
  for (int r = 1; r < STRESS_REASONS; r++)
    if (tally.reasons[r]) PetscPrintf(PETSC_COMM_WORLD, ", %d %s", tally.reasons[r], SinkhornConvergedReasons[-r]);
  PetscPrintf(PETSC_COMM_WORLD, "\n");
  assert_all(wrong == 0);
}

JKO_TESTS(JKO_TEST(a_random_step_is_sound_or_stops_with_a_reason_and_leaves_the_state_alone))
