/* The step solver from the command line. */
#include <jko/private/optionsimpl.h>
#include <jko/private/sinkhornimpl.h>

const JKOOption SinkhornOptions[] = {
    {"-sinkhorn_tol", JKO_OPTION_REAL, JKO_OPTION_TUNES, "1e-06", .words = "tol tolerance jko_tol accuracy",
     .setter = "SinkhornSetTolerance", .help = "L1 marginal residual over the mass"},
    {"-sinkhorn_max_it", JKO_OPTION_INT, JKO_OPTION_TUNES, "1000", .unit = "evaluations", .words = "max_iter maxiter iterations jko_max_it",
     .setter = "SinkhornSetMaxIterations", .help = "Residual evaluations of a step"},
    {"-sinkhorn_monitor", JKO_OPTION_BOOL, JKO_OPTION_FREE, "false", .setter = "SinkhornSetFromOptions", .help = "One line per iteration"},
    {"-sinkhorn_type", JKO_OPTION_WORD, JKO_OPTION_TUNES, NULL, .words = "solver accelerator", .setter = "SinkhornSetType",
     .help = "How the fixed point is found: anderson, elliptic or snes; chosen by the flow without it"},
    {NULL}};

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
  PetscCall(JKOOptionsText(PetscOptionsObject, SinkhornOptions, "-sinkhorn_type", name, sizeof name, &set));
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

/* SinkhornVisitTypes - the options that each type has of its own. Collective. */
PetscErrorCode SinkhornVisitTypes(JKOTypeVisitor *visit, void *context)
{
  PetscInt     count = 0;
  const char **names;

  PetscFunctionBegin;
  PetscCall(SinkhornInitializePackage());
  PetscCall(SinkhornGetTypes(&count, &names));
  for (PetscInt i = 0; i < count; i++) {
    Sinkhorn s;

    PetscCall(SinkhornCreate(PETSC_COMM_WORLD, &s));
    PetscCall(SinkhornUseType(s, names[i]));
    PetscCall((*visit)(names[i], s->options, NULL, context));
    PetscCall(SinkhornDestroy(&s));
  }
  PetscCall(PetscFree(names));
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
  PetscCall(JKOOptionsReal(PetscOptionsObject, SinkhornOptions, "-sinkhorn_tol", &tol, &set));
  if (set) PetscCall(SinkhornSetTolerance(s, tol));
  PetscCall(JKOOptionsInt(PetscOptionsObject, SinkhornOptions, "-sinkhorn_max_it", &max_it, &set));
  if (set) PetscCall(SinkhornSetMaxIterations(s, max_it));
  PetscCall(JKOOptionsBool(PetscOptionsObject, SinkhornOptions, "-sinkhorn_monitor", &s->monitor, NULL));
  PetscCall(SinkhornReadType(s, PetscOptionsObject));
  PetscOptionsEnd();
  PetscCall(SinkhornReadTypeOptions(s));
  s->from_options = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}
