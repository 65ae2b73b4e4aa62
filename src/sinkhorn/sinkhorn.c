/* Sinkhorn: the object that solves one entropic JKO step. Parameters, children, life. */
#include <jko/private/sinkhornimpl.h>
#include <jko/private/sysimpl.h>

PetscClassId  SINKHORN_CLASSID = 0;
PetscLogEvent Sinkhorn_Solve, Sinkhorn_Prox, Sinkhorn_Accelerate;

static const char *const SinkhornReasons[]        = {"interrupted",
                                                     "the kernel does not reach where the energy drives the mass",
                                                     "no progress",
                                                     "values that are not finite",
                                                     "too many iterations",
                                                     "iterating",
                                                     "converged"};
const char *const       *SinkhornConvergedReasons = SinkhornReasons - SINKHORN_INTERRUPTED;

static PetscErrorCode SinkhornInitializePackage(void)
{
  static PetscBool loaded = PETSC_FALSE;

  PetscFunctionBegin;
  if (loaded) PetscFunctionReturn(PETSC_SUCCESS);
  loaded = PETSC_TRUE;
  PetscCall(PetscClassIdRegister("Sinkhorn", &SINKHORN_CLASSID));
  PetscCall(PetscLogEventRegister("SinkhornSolve", SINKHORN_CLASSID, &Sinkhorn_Solve));
  PetscCall(PetscLogEventRegister("SinkhornProx", SINKHORN_CLASSID, &Sinkhorn_Prox));
  PetscCall(PetscLogEventRegister("SinkhornAccel", SINKHORN_CLASSID, &Sinkhorn_Accelerate));
  PetscCall(SinkhornRegisterAccelerators());
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  SinkhornCreate - a solver of one JKO step; give it a kernel and an energy.

  Collective on comm. The caller owns the result.
@*/
PetscErrorCode SinkhornCreate(MPI_Comm comm, Sinkhorn *sinkhorn)
{
  Sinkhorn s;

  PetscFunctionBegin;
  PetscAssertPointer(sinkhorn, 2);
  PetscCall(SinkhornInitializePackage());
  PetscCall(PetscHeaderCreate(s, SINKHORN_CLASSID, "Sinkhorn", "One entropic JKO step", "Sinkhorn", comm, SinkhornDestroy, SinkhornView));
  s->compensate = PETSC_TRUE;
  s->certify    = PETSC_TRUE;
  s->tol        = 1e-6;
  s->max_it     = 1000;
  s->measure    = PETSC_TRUE;
  *sinkhorn     = s;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ SinkhornSetKernel - the transport kernel, which holds eps. Referenced. Logically collective. @*/
PetscErrorCode SinkhornSetKernel(Sinkhorn s, Kernel kernel)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(s, SINKHORN_CLASSID, 1);
  PetscValidHeaderSpecific(kernel, KERNEL_CLASSID, 2);
  PetscCall(PetscObjectReference((PetscObject)kernel));
  PetscCall(KernelDestroy(&s->kernel));
  s->kernel = kernel;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ SinkhornSetEnergy - the energy F of the step. Referenced. Logically collective. @*/
PetscErrorCode SinkhornSetEnergy(Sinkhorn s, Energy energy)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(s, SINKHORN_CLASSID, 1);
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 2);
  PetscCall(PetscObjectReference((PetscObject)energy));
  PetscCall(EnergyDestroy(&s->energy));
  s->energy = energy;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  SinkhornSetCompensate - whether the linear diffusion eps/(4 tau) that the entropic cost adds is taken off the energy (default true).

  Logically collective. Source: Baradat, Hraivoronska, Santambrogio, "Using Sinkhorn in the JKO scheme adds linear diffusion", 2025.
@*/
PetscErrorCode SinkhornSetCompensate(Sinkhorn s, PetscBool compensate)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(s, SINKHORN_CLASSID, 1);
  s->compensate = compensate;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  SinkhornSetCertify - whether a converged solve is asked for its reach, its duality gap and its length (default true). Without, the last
  two are 0: for solves that only prepare another one.

  Logically collective.
@*/
PetscErrorCode SinkhornSetCertify(Sinkhorn s, PetscBool certify)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(s, SINKHORN_CLASSID, 1);
  s->certify = certify;
  s->gap = s->w2 = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ SinkhornSetTolerance - of the L1 norm of the marginal residual over the mass (default 1e-6). Logically collective. @*/
PetscErrorCode SinkhornSetTolerance(Sinkhorn s, PetscReal tol)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(s, SINKHORN_CLASSID, 1);
  PetscCheck(tol > 0 && tol < 1, PetscObjectComm((PetscObject)s), JKO_ERR_INPUT, "-sinkhorn_tol: %g is not between 0 and 1", (double)tol);
  s->tol = tol;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ SinkhornGetTolerance - of the L1 norm of the marginal residual over the mass. Not collective. @*/
PetscErrorCode SinkhornGetTolerance(Sinkhorn s, PetscReal *tol)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(s, SINKHORN_CLASSID, 1);
  *tol = s->tol;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ SinkhornSetMaxIterations - residual evaluations of a step, two kernel applications each (default 1000). Logically collective. @*/
PetscErrorCode SinkhornSetMaxIterations(Sinkhorn s, PetscInt max_it)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(s, SINKHORN_CLASSID, 1);
  PetscCheck(max_it >= 1, PetscObjectComm((PetscObject)s), JKO_ERR_INPUT, "-sinkhorn_max_it: %" PetscInt_FMT " is not positive", max_it);
  s->max_it = max_it;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  SinkhornSetPoll - lets a long solve be interrupted.

  Input Parameters:
+ s       - the solver
. pending - asked on every rank at every residual evaluation: whether there is something to agree on; NULL: nothing ever is
. attend  - called on all ranks when it is on one; `stop` ends the solve with SINKHORN_INTERRUPTED
- context - for both

  Logically collective.
@*/
PetscErrorCode SinkhornSetPoll(Sinkhorn s, PetscBool (*pending)(void *), PetscErrorCode (*attend)(void *, PetscBool *), void *context)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(s, SINKHORN_CLASSID, 1);
  s->pending      = pending;
  s->attend       = attend;
  s->poll_context = context;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SinkhornMonitorDefault(SNES snes, PetscInt it, PetscReal norm, void *context)
{
  Sinkhorn    s = (Sinkhorn)context;
  PetscViewer viewer;

  PetscFunctionBegin;
  PetscCall(PetscViewerASCIIGetStdout(PetscObjectComm((PetscObject)snes), &viewer));
  PetscCall(PetscViewerASCIIPrintf(viewer, "    %3" PetscInt_FMT " sinkhorn: marginal residual %.6e, weighted norm %.6e\n", it,
                                   (double)s->residual, (double)norm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  SinkhornSetFromOptions - reads the step solver from the options database.

  Collective.

  Options:
+ -sinkhorn_tol - L1 marginal residual over the mass at which a step has converged
. -sinkhorn_max_it - residual evaluations after which a step has failed
. -sinkhorn_monitor - one line per iteration
- -sinkhorn_snes_type - the accelerator: weightedanderson or elliptic (by default a flow picks one of them), or any of PETSc's: anderson,
ngmres, qn, ...
@*/
PetscErrorCode SinkhornSetFromOptions(Sinkhorn s)
{
  static const char *const views[] = {"-snes_view", "-snes_view_pre", "-snes_view_solution", "-snes_converged_reason"};
  PetscReal                tol;
  PetscInt                 max_it;
  PetscBool                set, monitor = PETSC_FALSE;
  SNES                     snes;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(s, SINKHORN_CLASSID, 1);
  PetscObjectOptionsBegin((PetscObject)s);
  tol = s->tol;
  PetscCall(PetscOptionsReal("-sinkhorn_tol", "L1 marginal residual over the mass", "SinkhornSetTolerance", tol, &tol, &set));
  if (set) PetscCall(SinkhornSetTolerance(s, tol));
  max_it = s->max_it;
  PetscCall(PetscOptionsInt("-sinkhorn_max_it", "Residual evaluations of a step", "SinkhornSetMaxIterations", max_it, &max_it, &set));
  if (set) PetscCall(SinkhornSetMaxIterations(s, max_it));
  PetscCall(PetscOptionsBool("-sinkhorn_monitor", "One line per iteration", "SNESMonitorSet", monitor, &monitor, NULL));
  PetscOptionsEnd();
  PetscCall(SinkhornGetSNES(s, &snes));
  if (monitor) PetscCall(SNESMonitorSet(snes, SinkhornMonitorDefault, s, NULL));
  PetscCall(SNESSetFromOptions(snes));
  PetscCall(JKOExpectOptions((PetscObject)snes, (PetscInt)(sizeof views / sizeof *views), views));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ SinkhornView - the accelerator and its tolerances. Collective. @*/
PetscErrorCode SinkhornView(Sinkhorn s, PetscViewer viewer)
{
  SNESType type;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(s, SINKHORN_CLASSID, 1);
  if (!viewer) PetscCall(PetscViewerASCIIGetStdout(PetscObjectComm((PetscObject)s), &viewer));
  PetscCall(SinkhornGetSNES(s, &s->snes));
  PetscCall(SNESGetType(s->snes, &type));
  PetscCall(PetscViewerASCIIPrintf(
      viewer, "step solver: %s until the L1 marginal residual is below %g of the mass, at most %" PetscInt_FMT " iterations%s\n", type,
      (double)s->tol, s->max_it, s->compensate ? "" : "; bias NOT compensated"));
  PetscCall(PetscViewerASCIIPrintf(
      viewer, "certificate of each step, in history.csv: residual, the L1 error of its second marginal over the mass; gap, by how "
              "much its objective W2^2/(2 tau) + F can exceed the minimum; mass; dissipation, the energy lost over dt\n"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ SinkhornDestroy - drops a reference; the last one frees the solver. Collective. @*/
PetscErrorCode SinkhornDestroy(Sinkhorn *sinkhorn)
{
  Sinkhorn s = *sinkhorn;

  PetscFunctionBegin;
  *sinkhorn = NULL;
  if (!s) PetscFunctionReturn(PETSC_SUCCESS);
  PetscValidHeaderSpecific(s, SINKHORN_CLASSID, 1);
  if (--((PetscObject)s)->refct > 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(SNESDestroy(&s->snes));
  PetscCall(KernelDestroy(&s->kernel));
  PetscCall(EnergyDestroy(&s->energy));
  for (Vec *v[] = {&s->beta, &s->alpha, &s->lp, &s->u, &s->du, &s->pull, &s->scale, &s->x, &s->f, &s->log_q, NULL}, **p = v; *p; p++)
    PetscCall(VecDestroy(*p));
  PetscCall(PetscHeaderDestroy(&s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ SinkhornGetConvergedReason - why the last solve ended: positive converged, negative failed. Not collective. @*/
PetscErrorCode SinkhornGetConvergedReason(Sinkhorn s, SinkhornConvergedReason *reason)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(s, SINKHORN_CLASSID, 1);
  *reason = s->reason;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ SinkhornGetIterationNumber - residual evaluations of the last solve. Not collective. @*/
PetscErrorCode SinkhornGetIterationNumber(Sinkhorn s, PetscInt *iterations)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(s, SINKHORN_CLASSID, 1);
  *iterations = s->iterations;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ SinkhornGetResidual - L1 marginal residual over the mass, of the last solve. Not collective. @*/
PetscErrorCode SinkhornGetResidual(Sinkhorn s, PetscReal *residual)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(s, SINKHORN_CLASSID, 1);
  *residual = s->residual;
  PetscFunctionReturn(PETSC_SUCCESS);
}
