/* The step solver against a dense solution of the same equations, for every accelerator; and its failures have reasons. */
#include "../support/flow.h"
#include <math.h>
#include <stdlib.h>

enum { N = 48 };
static const PetscReal Tau = 2e-3, Eps = 3e-3, Diffusivity = 0.3, Gamma = 0.2;

static PetscReal Start(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return x[0] < 0.2 ? 0 : 1.5 + sin(9 * x[0]);
}

static PetscReal Slope(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return 3 * PetscSqr(x[0] - 0.7);
}

/* out = log(K e^in) by the sum over all cells: reflections in both walls, the sampled Gaussian truncated at 7 sigma and scaled to weight
 * one. */
static void DenseKernel(const double in[N], double out[N])
{
  const double sigma  = sqrt(Eps / 2) * N; /* in cells */
  const int    radius = (int)ceil(7 * sigma);
  double       total  = 0;

  for (int d = -radius; d <= radius; d++) total += exp(-d * d / (2 * sigma * sigma));
  for (int i = 0; i < N; i++) {
    double sum = 0;

    for (int d = -radius; d <= radius; d++) {
      int j = (i + d) % (2 * N);

      if (j < 0) j += 2 * N;
      if (j >= N) j = 2 * N - 1 - j;
      sum += exp(in[j] - d * d / (2 * sigma * sigma)) / total;
    }
    out[i] = log(sum);
  }
}

/* log q : theta u - lp + lambda (D (u + 1) + 2 gamma e^u + V) = 0 by bisection */
static double DenseProx(double lp, double v, double theta)
{
  const double lambda = 2 * Tau / Eps;
  double       low = -800, high = 800;

  for (int i = 0; i < 200; i++) {
    const double u = (low + high) / 2;

    if (theta * u - lp + lambda * (Diffusivity * (u + 1) + 2 * Gamma * exp(u) + v) > 0)
      high = u;
    else
      low = u;
  }
  return (low + high) / 2;
}

/* The relaxed fixed point, iterated until nothing changes: log of b K^T a, and beta. */
static void DenseStep(const double log_rho[N], double theta, double log_q[N], double beta[N])
{
  double alpha[N], lp[N];

  for (int i = 0; i < N; i++) beta[i] = 0;

  for (int it = 0; it < 3000; it++) {
    DenseKernel(beta, alpha);
    for (int i = 0; i < N; i++) alpha[i] = log_rho[i] - alpha[i];
    DenseKernel(alpha, lp);
    for (int i = 0; i < N; i++) {
      log_q[i] = beta[i] + lp[i];
      beta[i] += 0.7 * (DenseProx(lp[i], 3 * PetscSqr((i + 0.5) / N - 0.7), theta) - lp[i] - beta[i]);
    }
  }
}

static Sinkhorn Solver(Grid *grid, Vec *log_rho, Vec *lp)
{
  const PetscInt n[1] = {N};
  Energy         energy;
  EnergyTerm     term;
  Kernel         kernel;
  Sinkhorn       sinkhorn;
  Vec            v;

  *grid = FlowGrid(PETSC_COMM_WORLD, 1, n, 0, 1, GRID_NOFLUX);
  assert_ok(KernelCreate(PETSC_COMM_WORLD, &kernel));
  assert_ok(KernelSetGrid(kernel, *grid));
  assert_ok(KernelSetEpsilon(kernel, Eps));
  energy = FlowEnergy(*grid, NULL);
  assert_ok(EnergyAddTerm(energy, ENERGYENTROPY, "entropy", &term));
  assert_ok(EnergyEntropySetCoefficient(term, Diffusivity));
  assert_ok(EnergyAddTerm(energy, ENERGYPOWER, "power", &term));
  assert_ok(EnergyPowerSetCoefficient(term, Gamma));
  assert_ok(EnergyAddTerm(energy, ENERGYPOTENTIAL, "potential", &term));
  v = FlowField(*grid, Slope, 0, NULL);
  assert_ok(EnergyPotentialSetField(term, v));
  assert_ok(VecDestroy(&v));
  assert_ok(SinkhornCreate(PETSC_COMM_WORLD, &sinkhorn));
  assert_ok(SinkhornSetKernel(sinkhorn, kernel));
  assert_ok(SinkhornSetEnergy(sinkhorn, energy));
  assert_ok(KernelDestroy(&kernel));
  assert_ok(EnergyDestroy(&energy));
  *log_rho = FlowField(*grid, Start, 0, NULL);
  assert_ok(VecLog(*log_rho));
  assert_ok(VecDuplicate(*log_rho, lp));
  assert_ok(VecSet(*lp, 0));
  return sinkhorn;
}

/* Largest difference of the densities of v and of the dense solution */
static PetscReal Compare(Vec v, const double log_q[N])
{
  const PetscScalar *x;
  PetscInt           start, end;
  PetscReal          worst = 0;

  VecGetOwnershipRange(v, &start, &end);
  VecGetArrayRead(v, &x);
  for (PetscInt i = start; i < end; i++) worst = PetscMax(worst, fabs(exp(x[i - start]) - exp(log_q[i])));
  VecRestoreArrayRead(v, &x);
  return worst;
}

/* A nonlinear solver of PETSc, plain Richardson iteration without line search. */
static void Outer(Sinkhorn sinkhorn, SNESType type)
{
  SNESLineSearch search;
  SNES           snes;

  assert_ok(SinkhornGetSNES(sinkhorn, &snes));
  assert_ok(SNESSetType(snes, type));
  if (strcmp(type, SNESNRICHARDSON) != 0) return;
  assert_ok(SNESGetLineSearch(snes, &search));
  assert_ok(SNESLineSearchSetType(search, SNESLINESEARCHBASIC));
}

static void every_type_finds_the_dense_solution(void **state)
{
  const struct {
    SinkhornType type;
    SNESType     snes;
  } types[] = {{SINKHORNANDERSON, NULL},
               {SINKHORNELLIPTIC, NULL},
               {SINKHORNSNES, SNESANDERSON},
               {SINKHORNSNES, SNESNGMRES},
               {SINKHORNSNES, SNESNRICHARDSON}};
  double log_start[N], log_q[N], dense_beta[N];

  (void)state;
  for (int i = 0; i < N; i++) log_start[i] = log(Start((const PetscReal[3]){(i + 0.5) / N, 0, 0}, 0, NULL));
  for (int plain = 0; plain < 2; plain++) {
    DenseStep(log_start, plain ? 1 : 0.5, log_q, dense_beta);
    for (size_t k = 0; k < sizeof types / sizeof *types; k++) {
      Grid                    grid;
      Vec                     log_rho, lp;
      Sinkhorn                sinkhorn = Solver(&grid, &log_rho, &lp);
      SinkhornConvergedReason reason;

      assert_ok(SinkhornSetCompensate(sinkhorn, (PetscBool)!plain));
      assert_ok(SinkhornSetTolerance(sinkhorn, 1e-11));
      assert_ok(SinkhornSetType(sinkhorn, types[k].type));
      if (types[k].snes) Outer(sinkhorn, types[k].snes);
      assert_ok(SinkhornSolve(sinkhorn, Tau, log_rho, lp, log_rho));
      assert_ok(SinkhornGetConvergedReason(sinkhorn, &reason));
      assert_all(reason == SINKHORN_CONVERGED_RESIDUAL);
      assert_within(Compare(log_rho, log_q), 1e-8);
      assert_ok(SinkhornDestroy(&sinkhorn));
      assert_ok(VecDestroy(&log_rho));
      assert_ok(VecDestroy(&lp));
      assert_ok(GridDestroy(&grid));
    }
  }
}

/* The entropic, compensated objective of the plan a K b over 2 tau, from the whole vector beta: dense sums. */
static double DenseObjective(const double log_rho[N], const double beta[N], double theta)
{
  double alpha[N], lp[N], sum = 0;

  DenseKernel(beta, alpha);
  for (int i = 0; i < N; i++) alpha[i] = log_rho[i] - alpha[i];
  DenseKernel(alpha, lp);
  for (int i = 0; i < N; i++) {
    const double l = beta[i] + lp[i], r = exp(l), v = 3 * PetscSqr((i + 0.5) / N - 0.7);
    const double first = log_rho[i] > -1e300 ? exp(log_rho[i]) * alpha[i] : 0;

    sum += Eps / (2 * Tau) * (first + r * beta[i] - (1 - theta) * (r * l - r)) + Diffusivity * r * l + Gamma * r * r + v * r;
  }
  return sum / N;
}

/* All of a vector on every rank. */
static void Gather(Vec v, double all[N])
{
  VecScatter         scatter;
  Vec                whole;
  const PetscScalar *x;

  VecScatterCreateToAll(v, &scatter, &whole);
  VecScatterBegin(scatter, v, whole, INSERT_VALUES, SCATTER_FORWARD);
  VecScatterEnd(scatter, v, whole, INSERT_VALUES, SCATTER_FORWARD);
  VecGetArrayRead(whole, &x);
  for (int i = 0; i < N; i++) all[i] = x[i];
  VecRestoreArrayRead(whole, &x);
  VecDestroy(&whole);
  VecScatterDestroy(&scatter);
}

static void the_gap_bounds_the_error_of_the_objective(void **state)
{
  const PetscReal tolerances[] = {0.3, 1e-1, 1e-2, 1e-3, 1e-4};
  double          log_start[N], log_q[N], whole[N];

  (void)state;
  for (int i = 0; i < N; i++) log_start[i] = log(Start((const PetscReal[3]){(i + 0.5) / N, 0, 0}, 0, NULL));
  for (int plain = 0; plain < 2; plain++) {
    const double theta = plain ? 1 : 0.5;
    double       best;

    DenseStep(log_start, theta, log_q, whole);
    best = DenseObjective(log_start, whole, theta);
    for (size_t k = 0; k < sizeof tolerances / sizeof *tolerances; k++) {
      Grid      grid;
      Vec       log_rho, lp;
      Sinkhorn  sinkhorn = Solver(&grid, &log_rho, &lp);
      PetscReal gap, excess;

      assert_ok(SinkhornSetCompensate(sinkhorn, (PetscBool)!plain));
      assert_ok(SinkhornSetTolerance(sinkhorn, tolerances[k]));
      assert_ok(SinkhornSolve(sinkhorn, Tau, log_rho, lp, log_rho));
      assert_ok(SinkhornGetGap(sinkhorn, &gap));
      assert_ok(VecAYPX(lp, -1, log_rho)); /* log b = log b p - log p */
      Gather(lp, whole);
      excess = DenseObjective(log_start, whole, theta) - best;
      assert_within(PetscMax(0, -excess), 1e-12);
      assert_within(PetscMax(0, excess - gap), 1e-12);
      assert_within(gap, 10 * tolerances[k] * tolerances[k] + 100 * PetscMax(0, excess)); /* it is no empty bound */
      assert_ok(SinkhornDestroy(&sinkhorn));
      assert_ok(VecDestroy(&log_rho));
      assert_ok(VecDestroy(&lp));
      assert_ok(GridDestroy(&grid));
    }
  }
}

static void mass_is_exact_at_any_tolerance(void **state)
{
  Grid      grid;
  Vec       log_rho, lp, rho;
  Sinkhorn  sinkhorn = Solver(&grid, &log_rho, &lp);
  PetscReal before, after;

  (void)state;
  assert_ok(VecDuplicate(log_rho, &rho));
  assert_ok(VecCopy(log_rho, rho));
  assert_ok(VecExp(rho));
  assert_ok(GridIntegrate(grid, rho, &before));
  assert_ok(SinkhornSetTolerance(sinkhorn, 0.5));
  assert_ok(SinkhornSolve(sinkhorn, Tau, log_rho, lp, log_rho));
  assert_ok(VecCopy(log_rho, rho));
  assert_ok(VecExp(rho));
  assert_ok(GridIntegrate(grid, rho, &after));
  assert_within(after / before - 1, 1e-13);
  assert_ok(VecDestroy(&rho));
  assert_ok(VecDestroy(&log_rho));
  assert_ok(VecDestroy(&lp));
  assert_ok(SinkhornDestroy(&sinkhorn));
  assert_ok(GridDestroy(&grid));
}

static void a_failed_solve_has_a_reason_and_changes_nothing(void **state)
{
  Grid                    grid;
  Vec                     log_rho, lp, kept;
  Sinkhorn                sinkhorn = Solver(&grid, &log_rho, &lp);
  SinkhornConvergedReason reason;

  (void)state;
  assert_ok(VecDuplicate(log_rho, &kept));
  assert_ok(VecCopy(log_rho, kept));
  assert_ok(SinkhornSetTolerance(sinkhorn, 1e-11));
  assert_ok(SinkhornSetMaxIterations(sinkhorn, 3));
  assert_ok(SinkhornSolve(sinkhorn, Tau, log_rho, lp, log_rho));
  assert_ok(SinkhornGetConvergedReason(sinkhorn, &reason));
  assert_all(reason == SINKHORN_DIVERGED_MAX_IT);
  assert_within(HarnessDifference(log_rho, kept), 0);
  assert_ok(SinkhornSetTolerance(sinkhorn, 1e-30)); /* below round-off */
  assert_ok(SinkhornSetMaxIterations(sinkhorn, 100000));
  assert_ok(SinkhornSolve(sinkhorn, Tau, log_rho, lp, log_rho));
  assert_ok(SinkhornGetConvergedReason(sinkhorn, &reason));
  assert_all(reason == SINKHORN_DIVERGED_STAGNATION);
  assert_within(HarnessDifference(log_rho, kept), 0);
  assert_ok(VecDestroy(&kept));
  assert_ok(VecDestroy(&log_rho));
  assert_ok(VecDestroy(&lp));
  assert_ok(SinkhornDestroy(&sinkhorn));
  assert_ok(GridDestroy(&grid));
}

static void misuse_is_refused(void **state)
{
  Grid     grid;
  Vec      log_rho, lp;
  Sinkhorn sinkhorn = Solver(&grid, &log_rho, &lp), bare;

  (void)state;
  assert_ok(SinkhornCreate(PETSC_COMM_WORLD, &bare));
  assert_refused(SinkhornSetUp(bare), "SinkhornSetKernel");
  assert_refused(SinkhornSetTolerance(bare, 0), "-sinkhorn_tol");
  assert_refused(SinkhornSetTolerance(bare, NAN), "-sinkhorn_tol");
  assert_refused(SinkhornSetMaxIterations(bare, 0), "-sinkhorn_max_it");
  assert_refused(SinkhornSolve(sinkhorn, -1, log_rho, lp, log_rho), "not positive");
  assert_ok(VecSet(log_rho, -INFINITY));
  assert_refused(SinkhornSolve(sinkhorn, Tau, log_rho, lp, log_rho), "mass");
  assert_ok(SinkhornDestroy(&bare));
  assert_ok(VecDestroy(&log_rho));
  assert_ok(VecDestroy(&lp));
  assert_ok(SinkhornDestroy(&sinkhorn));
  assert_ok(GridDestroy(&grid));
}

JKO_TESTS(JKO_TEST(every_type_finds_the_dense_solution), JKO_TEST(the_gap_bounds_the_error_of_the_objective),
          JKO_TEST(mass_is_exact_at_any_tolerance), JKO_TEST(a_failed_solve_has_a_reason_and_changes_nothing), JKO_TEST(misuse_is_refused))
