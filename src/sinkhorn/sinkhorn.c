/* Sinkhorn: the object that solves one entropic JKO step. Parameters, children, life. */
#include <jko/private/sinkhornimpl.h>

static const char *const SinkhornReasons[]        = {"interrupted",
                                                     "the kernel does not reach where the energy drives the mass",
                                                     "no progress",
                                                     "values that are not finite",
                                                     "too many iterations",
                                                     "iterating",
                                                     "converged"};
const char *const       *SinkhornConvergedReasons = SinkhornReasons - SINKHORN_INTERRUPTED;

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
  PetscCall(SinkhornUseType(s, SINKHORNANDERSON));
  *sinkhorn = s;
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

/*@ SinkhornView - the type and its tolerances; in the format PETSC_VIEWER_ASCII_INFO_DETAIL what it is made of. Collective. @*/
PetscErrorCode SinkhornView(Sinkhorn s, PetscViewer viewer)
{
  PetscViewerFormat format;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(s, SINKHORN_CLASSID, 1);
  if (!viewer) PetscCall(PetscViewerASCIIGetStdout(PetscObjectComm((PetscObject)s), &viewer));
  PetscCall(PetscViewerASCIIPrintf(
      viewer, "step solver: %s until the L1 marginal residual is below %g of the mass, at most %" PetscInt_FMT " iterations%s\n",
      ((PetscObject)s)->type_name, (double)s->tol, s->max_it, s->compensate ? "" : "; bias NOT compensated"));
  PetscCall(PetscViewerASCIIPrintf(
      viewer, "certificate of each step, in history.csv: residual, the L1 error of its second marginal over the mass; gap, by how "
              "much its objective W2^2/(2 tau) + F can exceed the minimum; mass; dissipation, the energy lost over dt\n"));
  PetscCall(PetscViewerGetFormat(viewer, &format));
  if (format == PETSC_VIEWER_ASCII_INFO_DETAIL) PetscTryTypeMethod(s, view, viewer);
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
  PetscTryTypeMethod(s, reset);
  PetscTryTypeMethod(s, destroy);
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
