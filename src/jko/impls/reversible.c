/* Fokker-Planck equations, F = D Ent + int V rho, one kernel application per step: K itself is their diffusion when eps = 4 tau D.

   With pi = e^{-V/D} and the symmetric scaling c of c K c = pi, the step

     rho_{k+1} = c K (rho_k / (K c))

   is a Markov chain that is reversible with respect to pi: positive, of exact mass, with pi at rest to round-off, and with a falling free
   energy. K c and c are e^{-V/2D} up to factors that make it of second order in tau: the Strang splitting of the Schroedinger form.
   (Marshall, Coifman, Manifold learning with bi-stochastic kernels, IMA J. Appl. Math. 84, 2019; symmetric Sinkhorn: Knight, Ruiz,
   Ucar, SIAM J. Matrix Anal. Appl. 35, 2014.)

     c <- sqrt(c pi / (K c))           halves the error at least: found once per tau, kept with K c                          */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/jkoimpl.h>
#include <jko/private/sinkhornimpl.h>

#define REVERSIBLE_SAME   1e-9  /* relative difference of time steps that share a scaling */
#define REVERSIBLE_TOL    1e-12 /* L1 residual of the scaling over the mass, at most */
#define REVERSIBLE_ENOUGH 1e-16 /* and where to stop */
#define REVERSIBLE_MAX_IT 200
#define REVERSIBLE_STRAIN 1e-3 /* of the mass that may come near the end of the kernel's reach */

typedef struct {
  PetscReal diffusivity; /* D */
  PetscReal tau;         /* that the scaling belongs to; 0 before the first step */
  PetscReal residual;    /* of the scaling */
  Vec       log_c, log_kc, work;
  PetscBool ready;    /* the scaling has been found */
  PetscBool strained; /* there are cells from which it moves mass to near the end of the kernel's reach */
} Reversible;

/* The log of pi into u, of mass 1, and D. Refuses energies that have none. */
static PetscErrorCode JKOGibbs_Reversible(JKO jko, Vec u)
{
  Reversible *r = (Reversible *)jko->data;
  PetscBool   exists;

  PetscFunctionBegin;
  PetscCall(EnergyGetGibbs(jko->energy, 1, u, &exists));
  PetscCheck(
      exists, PetscObjectComm((PetscObject)jko), JKO_ERR_INPUT,
      "-jko_type: reversible steps are for entropy, the same everywhere, and potentials; this energy has other terms: use extrapolated");
  PetscCall(EnergyGetDiffusivity(jko->energy, u, &r->diffusivity));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The shortest step of the flow: of those to the stops ahead and to the end. */
static PetscReal JKOShortest_Reversible(JKO jko)
{
  PetscReal at = jko->time, shortest = jko->dt;

  for (PetscInt i = 0; i <= jko->stops; i++) {
    const PetscReal end = i < jko->stops ? jko->stop[i] : jko->max_time;

    if (end <= at) continue;
    shortest = PetscMin(shortest, JKOEvenStep(end - at, jko->dt));
    at       = end;
  }
  return shortest;
}

static PetscErrorCode JKOEpsilon_Reversible(JKO jko, PetscReal tau, PetscReal *epsilon)
{
  Reversible     *r        = (Reversible *)jko->data;
  const MPI_Comm  comm     = PetscObjectComm((PetscObject)jko);
  const PetscReal shortest = JKOShortest_Reversible(jko);
  PetscReal       floor, least;

  PetscFunctionBegin;
  PetscCheck(!(jko->epsilon > 0), comm, JKO_ERR_INPUT, "-jko_epsilon: %g given, but reversible steps take 4 tau D exactly; leave it out",
             (double)jko->epsilon);
  if (!r->work)
    for (Vec *v[] = {&r->log_c, &r->log_kc, &r->work, NULL}, **p = v; *p; p++) PetscCall(VecDuplicate(jko->log_rho, *p));
  PetscCheck(jko->debias != JKO_DEBIAS_NONE, comm, JKO_ERR_INPUT,
             "-jko_compensate: false given, but reversible steps have no bias; leave it out");
  PetscCall(JKOGibbs_Reversible(jko, r->work));
  PetscCall(KernelGetEpsilonFloor(jko->kernel, &floor));
  PetscCall(KernelGetResolution(jko->kernel, &least));
  PetscCheck(
      4 * shortest * r->diffusivity >= floor, comm, JKO_ERR_INPUT,
      "-jko_dt: reversible steps of %g have eps = 4 tau D = %g, below %g, where the kernel's width is %g cells; give steps, and times to "
      "hit, of at least %g, or a finer grid",
      (double)shortest, (double)(4 * shortest * r->diffusivity), (double)floor, (double)least, (double)(floor / (4 * r->diffusivity)));
  *epsilon = 4 * tau * r->diffusivity;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The scaling of r->tau, from sqrt(pi) whatever came before: it depends on tau alone. Down to where round-off lets it go no further. */
static PetscErrorCode JKOScale_Reversible(JKO jko)
{
  Reversible *r = (Reversible *)jko->data;
  Vec         log_pi;
  PetscReal   before = PETSC_MAX_REAL, strain, mass, totals[2];
  PetscInt    sweeps;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(r->work, &log_pi));
  PetscCall(JKOGibbs_Reversible(jko, log_pi));
  PetscCall(KernelSetEpsilon(jko->kernel, 4 * r->tau * r->diffusivity));
  PetscCall(VecSet(r->work, 1));
  PetscCall(EnergyPairing(log_pi, r->work, &mass));
  PetscCall(VecAXPBY(r->log_c, 0.5, 0, log_pi));
  for (sweeps = 1; sweeps <= REVERSIBLE_MAX_IT; sweeps++) {
    PetscCall(KernelApplyLog(jko->kernel, r->log_c, NULL, r->log_kc));
    PetscCall(SinkhornStaySweep(log_pi, r->log_kc, r->log_c, totals));
    r->residual = totals[0] / mass;
    if (r->residual <= REVERSIBLE_ENOUGH || (r->residual <= REVERSIBLE_TOL && r->residual > 0.9 * before)) break;
    before = r->residual;
  }
  PetscCall(KernelApplyLog(jko->kernel, r->log_c, NULL, r->log_kc));
  PetscCall(VecSet(log_pi, 0));
  PetscCall(KernelGetStrain(jko->kernel, r->log_kc, log_pi, &strain));
  PetscCall(VecDestroy(&log_pi));
  r->strained = (PetscBool)(strain > 0);
  r->ready    = PETSC_TRUE;
  PetscCall(
      PetscInfo(jko, "scaling of tau = %g: residual %g after %" PetscInt_FMT " sweeps\n", (double)r->tau, (double)r->residual, sweeps));
  if (r->residual <= REVERSIBLE_TOL) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscSNPrintf(jko->failure, sizeof jko->failure,
                          "step %" PetscInt_FMT " of length %g has no scaling: residual %.2e after %d sweeps; try a smaller -jko_dt",
                          jko->steps + 1, (double)r->tau, (double)r->residual, REVERSIBLE_MAX_IT));
  jko->reason = JKO_DIVERGED_STEP;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The scaling of a step, with a kernel that reaches as far as the step moves mass: from x to x + (eps/2) grad log(K c)(x) on average. */
static PetscErrorCode JKOPrepare_Reversible(JKO jko, PetscReal tau)
{
  Reversible *r = (Reversible *)jko->data;
  PetscReal   strain, volume;
  PetscBool   wider;

  PetscFunctionBegin;
  if (!(PetscAbsReal(r->tau - tau) <= REVERSIBLE_SAME * tau)) {
    r->tau   = tau;
    r->ready = PETSC_FALSE;
  }
  PetscCall(GridGetCellVolume(jko->grid, &volume));
  for (;;) {
    if (!r->ready) PetscCall(JKOScale_Reversible(jko));
    if (jko->reason < 0 || !r->strained) PetscFunctionReturn(PETSC_SUCCESS);
    PetscCall(KernelGetStrain(jko->kernel, r->log_kc, jko->log_rho, &strain));
    if (strain * volume <= REVERSIBLE_STRAIN * jko->info.mass) PetscFunctionReturn(PETSC_SUCCESS);
    PetscCall(JKOWidenKernel(jko, &wider));
    if (!wider) break;
    r->ready = PETSC_FALSE;
  }
  PetscCall(PetscSNPrintf(jko->failure, sizeof jko->failure,
                          "step %" PetscInt_FMT " of length %g moves mass further than the kernel reaches; try a smaller -jko_dt",
                          jko->steps + 1, (double)tau));
  jko->reason = JKO_DIVERGED_STEP;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* out = a + sign b; -inf where a is. */
static PetscErrorCode JKOCombine_Reversible(Vec a, PetscReal sign, Vec b, Vec out)
{
  const PetscScalar *x, *y;
  PetscScalar       *z;
  PetscInt           n;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(out, &n));
  PetscCall(VecGetArrayRead(a, &x));
  PetscCall(VecGetArrayRead(b, &y));
  PetscCall(VecGetArrayWrite(out, &z));
  for (PetscInt i = 0; i < n; i++) z[i] = x[i] == -(PetscReal)INFINITY ? x[i] : x[i] + sign * y[i];
  PetscCall(VecRestoreArrayWrite(out, &z));
  PetscCall(VecRestoreArrayRead(b, &y));
  PetscCall(VecRestoreArrayRead(a, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode JKOStep_Reversible(JKO jko, PetscReal tau)
{
  Reversible *r = (Reversible *)jko->data;

  PetscFunctionBegin;
  PetscCall(JKOPrepare_Reversible(jko, tau));
  if (jko->reason < 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(JKOCombine_Reversible(jko->log_rho, -1, r->log_kc, r->work));
  PetscCall(KernelApplyLog(jko->kernel, r->work, NULL, jko->log_rho));
  PetscCall(JKOCombine_Reversible(r->log_c, 1, jko->log_rho, jko->log_rho));
  jko->info.epsilon  = 4 * r->tau * r->diffusivity;
  jko->info.residual = r->residual;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Along a gradient flow W2^2 = tau (F(rho_k) - F(rho_{k+1})) up to O(tau^2) of it (Ambrosio, Gigli, Savare, Gradient Flows, 2008,
   section 11.2). Its round-off is that of F. */
static PetscErrorCode JKOLength_Reversible(JKO jko)
{
  PetscFunctionBegin;
  jko->info.w2 = jko->info.dt * PetscSqrtReal(PetscMax(0, jko->info.dissipation));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode JKOSetUp_Reversible(JKO jko)
{
  Reversible *r = (Reversible *)jko->data;

  PetscFunctionBegin;
  if (jko->steps == 0) r->tau = 0;
  r->ready = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode JKOState_Reversible(JKO jko, JKOState *state)
{
  Reversible *r = (Reversible *)jko->data;

  PetscFunctionBegin;
  JKOStateReal(state, "reversible_tau", &r->tau);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode JKOView_Reversible(JKO jko, PetscViewer viewer)
{
  PetscFunctionBegin;
  (void)jko;
  PetscCall(PetscViewerASCIIPrintf(viewer,
                                   "reversible: one kernel application per step, second order, exp(-V/D) at rest; history.csv has the "
                                   "residual of its scaling, w2_step = dt sqrt(dissipation), no iterations and no gap (0)\n"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode JKODestroy_Reversible(JKO jko)
{
  Reversible *r = (Reversible *)jko->data;

  PetscFunctionBegin;
  for (Vec *v[] = {&r->log_c, &r->log_kc, &r->work, NULL}, **p = v; *p; p++) PetscCall(VecDestroy(*p));
  PetscCall(PetscFree(jko->data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_INTERN PetscErrorCode JKOCreate_Reversible(JKO jko)
{
  Reversible *r;

  PetscFunctionBegin;
  PetscCall(PetscNew(&r));
  jko->data         = r;
  jko->even         = PETSC_TRUE;
  jko->order        = 2;
  jko->ops->setup   = JKOSetUp_Reversible;
  jko->ops->epsilon = JKOEpsilon_Reversible;
  jko->ops->step    = JKOStep_Reversible;
  jko->ops->length  = JKOLength_Reversible;
  jko->ops->state   = JKOState_Reversible;
  jko->ops->view    = JKOView_Reversible;
  jko->ops->destroy = JKODestroy_Reversible;
  PetscFunctionReturn(PETSC_SUCCESS);
}
