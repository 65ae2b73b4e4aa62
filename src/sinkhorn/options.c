/* The step solver from the command line. */
#include <jko/private/sinkhornimpl.h>

/* The type that -sinkhorn_snes_type asks for: snes, or for the two of this library that used to be types of SNES themselves. */
static PetscErrorCode SinkhornOfSNESType(const char snes_type[], SinkhornType *type)
{
  static const struct {
    const char  *name;
    SinkhornType type;
  } alias[] = {{"weightedanderson", SINKHORNANDERSON}, {"elliptic", SINKHORNELLIPTIC}};

  PetscFunctionBegin;
  *type = SINKHORNSNES;
  for (size_t i = 0; i < sizeof alias / sizeof *alias; i++) {
    PetscBool same;

    PetscCall(PetscStrcmp(snes_type, alias[i].name, &same));
    if (same) *type = alias[i].type;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* -sinkhorn_type, or what -sinkhorn_snes_type implies. */
static PetscErrorCode SinkhornReadType(Sinkhorn s, JKOOptionItems PetscOptionsObject)
{
  char         name[64], snes_name[64];
  SinkhornType implied;
  PetscBool    set, implies, same;

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(name, ((PetscObject)s)->type_name, sizeof name));
  PetscCall(PetscOptionsString("-sinkhorn_type", "How the fixed point is found: anderson, elliptic or snes; chosen by the flow without it",
                               "SinkhornSetType", name, name, sizeof name, &set));
  if (set) PetscCall(SinkhornSetType(s, name));
  PetscCall(PetscOptionsGetString(((PetscObject)s)->options, NULL, "-sinkhorn_snes_type", snes_name, sizeof snes_name, &implies));
  if (!implies) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(SinkhornOfSNESType(snes_name, &implied));
  PetscCall(PetscStrcmp(name, implied, &same));
  PetscCheck(!set || same, PetscObjectComm((PetscObject)s), JKO_ERR_INPUT, "-sinkhorn_snes_type: %s asks for -sinkhorn_type %s, not %s",
             snes_name, implied, name);
  PetscCall(SinkhornSetType(s, implied));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Help lists the options of every type, whichever is taken. */
static PetscErrorCode SinkhornPrintHelp(Sinkhorn s)
{
  PetscInt     count = 0;
  const char **names;
  Sinkhorn     other;
  PetscBool    help;

  PetscFunctionBegin;
  PetscCall(PetscOptionsHasHelp(((PetscObject)s)->options, &help));
  if (!help) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(SinkhornCreate(PetscObjectComm((PetscObject)s), &other));
  PetscCall(SinkhornGetTypes(&count, &names));
  for (PetscInt i = 0; i < count; i++) {
    PetscCall(SinkhornUseType(other, names[i]));
    PetscCall(SinkhornReadTypeOptions(other));
  }
  PetscCall(PetscFree(names));
  PetscCall(SinkhornDestroy(&other));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  SinkhornSetFromOptions - reads the step solver from the options database.

  Collective.

  Options:
+ -sinkhorn_tol - L1 marginal residual over the mass at which a step has converged
. -sinkhorn_max_it - residual evaluations after which a step has failed
. -sinkhorn_monitor - one line per iteration
. -sinkhorn_type anderson|elliptic|snes - how the fixed point is found; by default a flow picks one of the first two
. -sinkhorn_anderson_depth - of anderson: differences kept, 1 to 20
- -sinkhorn_snes_type - of snes: any of PETSc's that needs no Jacobian, anderson, ngmres, qn, ...; implies -sinkhorn_type snes
@*/
PetscErrorCode SinkhornSetFromOptions(Sinkhorn s)
{
  PetscReal tol    = s->tol;
  PetscInt  max_it = s->max_it;
  PetscBool set;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(s, SINKHORN_CLASSID, 1);
  PetscCall(SinkhornRefuseOptions(s));
  PetscObjectOptionsBegin((PetscObject)s);
  PetscCall(PetscOptionsReal("-sinkhorn_tol", "L1 marginal residual over the mass", "SinkhornSetTolerance", tol, &tol, &set));
  if (set) PetscCall(SinkhornSetTolerance(s, tol));
  PetscCall(PetscOptionsInt("-sinkhorn_max_it", "Residual evaluations of a step", "SinkhornSetMaxIterations", max_it, &max_it, &set));
  if (set) PetscCall(SinkhornSetMaxIterations(s, max_it));
  PetscCall(PetscOptionsBool("-sinkhorn_monitor", "One line per iteration", "SinkhornSetFromOptions", s->monitor, &s->monitor, NULL));
  PetscCall(SinkhornReadType(s, PetscOptionsObject));
  PetscOptionsEnd();
  PetscCall(SinkhornReadTypeOptions(s));
  s->from_options = PETSC_TRUE;
  PetscCall(SinkhornPrintHelp(s));
  PetscFunctionReturn(PETSC_SUCCESS);
}
