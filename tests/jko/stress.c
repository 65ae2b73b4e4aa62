/* Steps of random problems, far beyond what anyone would ask for. Each either converges to a sound density that costs no more than
   staying, or stops with a reason and leaves the state as it was.

   To look at one problem:  build/tests/jko/stress -stress_only NUMBER -stress_print */
#include "../support/problem.h"
#include <math.h>

enum { STRESS_PROBLEMS = 1000, STRESS_STEPS = 2, STRESS_REASONS = 5 };

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

/* log b of the last step, log b p - log p: the caller's. */
static Vec Potential(JKO jko)
{
  JKOState state;
  Vec      log_p = NULL, log_b = NULL, log_q = NULL;

  JKOGetState(jko, &state);
  for (PetscInt i = 0; i < state.vectors; i++) {
    if (!strcmp(state.vector_name[i], "log_p")) log_p = state.vector[i];
    if (!strcmp(state.vector_name[i], "log_density")) log_q = state.vector[i];
  }
  VecDuplicate(log_p, &log_b);
  VecWAXPY(log_b, -1, log_p, log_q);
  return log_b;
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
  (void)MPI_Allreduce(MPI_IN_PLACE, sums, 2, MPIU_REAL, MPI_SUM, PETSC_COMM_WORLD);
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
  Vec                log_r, log_b, stay;
  PetscReal          moved, stayed, sizes[2], energies[2];

  JKOGetStepInfo(jko, &info);
  JKOGetEnergy(jko, &energy);
  VecDuplicate(before->log_density, &log_r);
  log_b = Potential(jko);
  moved = Cost(jko, p, info->epsilon, before->log_density, log_b, log_r, &sizes[0]);
  EnergyGetValue(energy, log_r, &energies[0]);
  stay   = Staying(jko, before->log_density);
  stayed = Cost(jko, p, info->epsilon, before->log_density, stay, log_r, &sizes[1]);
  EnergyGetValue(energy, log_r, &energies[1]);
  VecDestroy(&stay);
  VecDestroy(&log_b);
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
  if (!(fabs(mass / p->mass - 1) < 1e-13)) return "the mass is exact";
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

/* One problem until its end, or until a claim fails, which is returned. */
static const char *Attempt(uint64_t seed, PetscBool print, Tally *tally)
{
  Problem            p;
  JKO                jko   = ProblemDraw(PETSC_COMM_WORLD, seed, &p);
  const char        *wrong = NULL;
  JKOConvergedReason reason;
  const JKOStepInfo *info;
  const char        *failure;

  assert_ok(JKOSetMaxSteps(jko, STRESS_STEPS));
  assert_ok(JKOSetUp(jko));
  JKOGetStepInfo(jko, &info);
  do {
    Snapshot before = Remember(jko);

    assert_ok(JKOStep(jko));
    JKOGetConvergedReason(jko, &reason);
    wrong = reason < 0 ? JudgeFailure(jko, &before) : JudgeSuccess(jko, &p, &before);
    tally->iterations += (int)info->iterations;
    Forget(&before);
    if (wrong || print) ProblemDescribe(&p, jko, wrong);
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
