/* The flow from the command line: -jko_* here, then those of its kernel and its step solver. */
#include <jko/private/jkoimpl.h>

/* auto, or a number */
static PetscErrorCode JKOReadEpsilon(JKO jko, JKOOptionItems PetscOptionsObject)
{
  char      text[64] = "auto";
  PetscReal epsilon;
  PetscBool set, is_auto;

  PetscFunctionBegin;
  if (jko->epsilon > 0) PetscCall(PetscSNPrintf(text, sizeof text, "%.17g", (double)jko->epsilon));
  PetscCall(PetscOptionsString("-jko_epsilon", "Entropic regularisation, length^2: auto or a value", "JKOSetEpsilon", text, text,
                               sizeof text, &set));
  if (!set) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscStrcasecmp(text, "auto", &is_auto));
  if (is_auto)
    epsilon = JKO_AUTO;
  else {
    char *end;

    epsilon = strtod(text, &end);
    PetscCheck(end != text && !*end && epsilon > 0 && PetscIsNormalReal(epsilon), PetscObjectComm((PetscObject)jko), JKO_ERR_INPUT,
               "-jko_epsilon: '%s' is neither auto nor a positive number", text);
  }
  PetscCall(JKOSetEpsilon(jko, epsilon));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode JKOReadTime(JKO jko, JKOOptionItems PetscOptionsObject)
{
  PetscReal value;
  PetscInt  steps = jko->max_steps;
  PetscBool set;

  PetscFunctionBegin;
  value = jko->dt;
  PetscCall(PetscOptionsReal("-jko_dt", "Time step; with -jko_adapt the first", "JKOSetTimeStep", value, &value, &set));
  if (set) PetscCall(JKOSetTimeStep(jko, value));
  value = jko->max_time;
  PetscCall(PetscOptionsReal("-jko_max_time", "Time to end at, exactly", "JKOSetMaxTime", value, &value, &set));
  if (set) PetscCall(JKOSetMaxTime(jko, value));
  PetscCall(PetscOptionsInt("-jko_max_steps", "Steps to end after", "JKOSetMaxSteps", steps, &steps, &set));
  if (set) PetscCall(JKOSetMaxSteps(jko, steps));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode JKOReadAdapt(JKO jko, JKOOptionItems PetscOptionsObject)
{
  char      type[64];
  PetscReal tol = jko->adapt.tol;
  PetscBool set;

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(type, jko->adapt.on ? "basic" : "none", sizeof type));
  PetscCall(PetscOptionsString("-jko_adapt", "Time steps that follow the flow: none or basic (extrapolated only)", "JKOSetAdapt", type,
                               type, sizeof type, &set));
  if (set) PetscCall(JKOSetAdapt(jko, type));
  PetscCall(PetscOptionsReal("-jko_adapt_tol", "L1 error of a step over the mass", "JKOSetAdaptTolerance", tol, &tol, &set));
  if (set) PetscCall(JKOSetAdaptTolerance(jko, tol));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  JKOSetFromOptions - reads the flow, its kernel and its step solver from the options database.

  Collective.

  Options:
+ -jko_type euler|sdirk|extrapolated|reversible - the time scheme
. -jko_dt - time step, or the first of them
. -jko_adapt none|basic - steps that follow the flow, from the error estimate of extrapolated
. -jko_adapt_tol - L1 error of a step over the mass
. -jko_max_time, -jko_max_steps - the end; at least one of them is needed
. -jko_epsilon auto|VALUE - entropic regularisation, length^2
. -jko_epsilon_ratio - A/D of eps = 4 tau A, for auto
. -jko_metric wasserstein|wfr|fisher_rao - transport, both, reaction
. -jko_splitting auto|lie|strang - how transport and reaction are composed
. -jko_compensate - remove the bias of the regularisation
- -jko_debias auto|transport|entropy|none - what takes the bias off: the density's transport to itself, or its leading part
- -jko_coarse_first - solve steps on a coarser grid first
@*/
PetscErrorCode JKOSetFromOptions(JKO jko)
{
  char      type[64];
  PetscReal ratio;
  PetscBool set, compensate = PETSC_TRUE, coarse;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  PetscObjectOptionsBegin((PetscObject)jko);
  PetscCall(PetscStrncpy(type, ((PetscObject)jko)->type_name, sizeof type));
  PetscCall(PetscOptionsString("-jko_type", "Time scheme: euler, sdirk, extrapolated or reversible", "JKOSetType", type, type, sizeof type,
                               &set));
  if (set) PetscCall(JKOSetType(jko, type));
  PetscCall(JKOReadTime(jko, PetscOptionsObject));
  PetscCall(JKOReadAdapt(jko, PetscOptionsObject));
  PetscCall(JKOReadEpsilon(jko, PetscOptionsObject));
  ratio = jko->epsilon_ratio;
  PetscCall(PetscOptionsReal("-jko_epsilon_ratio", "Artificial over typical diffusivity, A/D of eps = 4 tau A", "JKOSetEpsilonRatio", ratio,
                             &ratio, &set));
  if (set) PetscCall(JKOSetEpsilonRatio(jko, ratio));
  PetscCall(
      PetscOptionsBool("-jko_compensate", "Remove the bias of the regularisation", "JKOSetCompensate", compensate, &compensate, &set));
  if (set) PetscCall(JKOSetCompensate(jko, compensate));
  PetscCall(PetscStrncpy(type, JKODebiases[jko->debias], sizeof type));
  PetscCall(PetscOptionsString("-jko_debias", "What takes the bias of the regularisation off: auto, transport, entropy or none",
                               "JKOSetDebias", type, type, sizeof type, &set));
  if (set) PetscCall(JKOSetDebias(jko, type));
  coarse = jko->coarse_first;
  PetscCall(PetscOptionsBool("-jko_coarse_first", "Solve steps on a coarser grid first", "JKOSetCoarseFirst", coarse, &coarse, &set));
  if (set) PetscCall(JKOSetCoarseFirst(jko, coarse));
  jko->coarse_asked = (PetscBool)(set && coarse);
  PetscCall(JKOReactionSetFromOptions(jko, PetscOptionsObject));
  PetscTryTypeMethod(jko, setfromoptions, PetscOptionsObject);
  PetscOptionsEnd();
  PetscCall(KernelSetFromOptions(jko->kernel));
  PetscCall(SinkhornSetFromOptions(jko->sinkhorn));
  PetscFunctionReturn(PETSC_SUCCESS);
}
