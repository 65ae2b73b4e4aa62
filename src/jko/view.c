/* The whole set-up in words. */
#include <jko/private/energyimpl.h>
#include <jko/private/jkoimpl.h>
#include <jko/private/sinkhornimpl.h>

/*@C
  JKOGetEquation - the equation of the flow as text, e.g. "d/dt rho = Laplace(rho) - rho growth'(rho)", by the names of the terms.

  Not collective; after JKOSetUp().
@*/
PetscErrorCode JKOGetEquation(JKO jko, char text[], size_t length)
{
  Energy reaction;
  char   part[256];

  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  if (jko->reaction.metric == JKO_METRIC_FISHER_RAO)
    PetscCall(PetscStrncpy(text, "d/dt rho =", length));
  else
    PetscCall(EnergyGetEquation(jko->energy, text, length));
  if (jko->reaction.metric == JKO_METRIC_WASSERSTEIN) PetscFunctionReturn(PETSC_SUCCESS);
  reaction = JKOReactionEnergy(jko);
  for (PetscInt i = 0; i < reaction->count; i++) {
    PetscCall(PetscSNPrintf(part, sizeof part, " - rho %s'(rho)", ((PetscObject)reaction->term[i])->name));
    PetscCall(PetscStrlcat(text, part, length));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The equation that is solved, with what the regularisation adds to it. */
static PetscErrorCode JKOViewEquation(JKO jko, PetscViewer viewer)
{
  char      equation[1024];
  PetscReal epsilon;

  PetscFunctionBegin;
  PetscCall(JKOGetEquation(jko, equation, sizeof equation));
  PetscCall(KernelGetEpsilon(jko->kernel, &epsilon));
  PetscCall(
      PetscViewerASCIIPrintf(viewer, "equation: %s%s\n", equation, jko->debias != JKO_DEBIAS_NONE ? "" : " + (eps/(4 tau)) Laplace(rho)"));
  PetscCall(PetscViewerASCIIPrintf(viewer, "scheme: %s, tau = %g, ", ((PetscObject)jko)->type_name, (double)jko->dt));
  if (jko->adapt.on) PetscCall(PetscViewerASCIIPrintf(viewer, "then adapted to an error of %g per step, ", (double)jko->adapt.tol));
  if (jko->max_time > 0)
    PetscCall(PetscViewerASCIIPrintf(viewer, "until t = %g%s", (double)jko->max_time, jko->max_steps > 0 ? " or " : "\n"));
  if (jko->max_steps > 0) PetscCall(PetscViewerASCIIPrintf(viewer, "%" PetscInt_FMT " steps\n", jko->max_steps));
  PetscCall(JKOReactionView(jko, viewer));
  if (jko->reaction.metric == JKO_METRIC_FISHER_RAO) PetscFunctionReturn(PETSC_SUCCESS);
  if (jko->ops->epsilon)
    PetscCall(PetscViewerASCIIPrintf(viewer, "regularisation: eps = %g = 4 tau D is the diffusion of the flow itself\n", (double)epsilon));
  else
    PetscCall(PetscViewerASCIIPrintf(viewer, "regularisation: eps = %g%s adds the diffusivity eps/(4 tau) = %g, %s\n", (double)epsilon,
                                     jko->epsilon > 0 ? "" : " (auto)", (double)(epsilon / (4 * jko->dt)), JKODebiasText(jko)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Bytes on the rank that holds most, once the kernel has been applied and so has all of its scratch. Collective. */
static PetscErrorCode JKOViewMemory(JKO jko, PetscReal *resident)
{
  Vec            out;
  PetscLogDouble mine;
  PetscReal      bytes;

  PetscFunctionBegin;
  PetscCall(DMGetGlobalVector(jko->dm, &out));
  PetscCall(KernelApplyLog(jko->kernel, jko->log_rho, NULL, out));
  PetscCall(DMRestoreGlobalVector(jko->dm, &out));
  PetscCall(PetscMemoryGetCurrentUsage(&mine));
  bytes = (PetscReal)mine;
  PetscCallMPI(MPI_Allreduce(&bytes, resident, 1, MPIU_REAL, MPI_MAX, PetscObjectComm((PetscObject)jko)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKOView - the whole set-up: equation, scheme, regularisation, grid, energy, kernel, step solver. Collective; after JKOSetUp(). @*/
PetscErrorCode JKOView(JKO jko, PetscViewer viewer)
{
  PetscBool ascii;
  PetscReal resident;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  if (!viewer) PetscCall(PetscViewerASCIIGetStdout(PetscObjectComm((PetscObject)jko), &viewer));
  PetscCall(PetscObjectTypeCompare((PetscObject)viewer, PETSCVIEWERASCII, &ascii));
  if (!ascii) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(JKOSetUp(jko));
  PetscCall(JKOViewMemory(jko, &resident));
  PetscCall(JKOViewEquation(jko, viewer));
  PetscCall(GridView(jko->grid, viewer));
  PetscCall(EnergyView(jko->energy, viewer));
  if (jko->reaction.metric != JKO_METRIC_FISHER_RAO) {
    PetscCall(KernelView(jko->kernel, viewer));
    if (!jko->ops->epsilon) {
      PetscCall(SinkhornChooseType(jko->sinkhorn, jko->dt, jko->log_rho)); /* that of the first step */
      PetscCall(SinkhornView(jko->sinkhorn, viewer));
      PetscCall(JKOCoarseView(jko, viewer));
    }
    PetscTryTypeMethod(jko, view, viewer);
  }
  PetscCall(PetscViewerASCIIPrintf(viewer, "memory: %.0f MiB on the rank that holds most, so far\n", (double)resident / 1048576));
  PetscFunctionReturn(PETSC_SUCCESS);
}
