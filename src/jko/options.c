/* The flow from the command line: -jko_* here, then those of its kernel and its step solver. */
#include <jko/private/jkoimpl.h>
#include <jko/private/optionsimpl.h>

const JKOOption JKOOptions[] = {
    {"-jko_dt", JKO_OPTION_REAL, JKO_OPTION_TUNES, NULL, .unit = "time", .first = PETSC_TRUE, .words = "dt tau h timestep time_step step",
     .setter = "JKOSetTimeStep", .help = "Time step; with -jko_adapt the first"},
    {"-jko_max_time", JKO_OPTION_REAL, JKO_OPTION_FREE, NULL, .unit = "time", .first = PETSC_TRUE,
     .words = "t tmax t_max tend t_end tfinal t_final final_time end_time stop_time max_time end", .setter = "JKOSetMaxTime",
     .help = "Time to end at, exactly"},
    {"-jko_max_steps", JKO_OPTION_INT, JKO_OPTION_FREE, NULL, .unit = "steps", .words = "steps nsteps n_steps max_steps num_steps nt",
     .setter = "JKOSetMaxSteps", .help = "Steps to end after"},
    {"-jko_type", JKO_OPTION_WORD, JKO_OPTION_DEFINES, "euler", .words = "scheme method integrator", .setter = "JKOSetType",
     .help = "Time scheme: euler, sdirk, extrapolated or reversible"},
    {"-jko_adapt", JKO_OPTION_WORD, JKO_OPTION_TUNES, "none", .words = "adaptive adaptivity", .setter = "JKOSetAdapt",
     .help = "Time steps that follow the flow: none or basic (extrapolated only)"},
    {"-jko_adapt_tol", JKO_OPTION_REAL, JKO_OPTION_TUNES, "0.001", .needs = "-jko_adapt basic", .setter = "JKOSetAdaptTolerance",
     .help = "L1 error of a step over the mass"},
    {"-jko_epsilon", JKO_OPTION_WORD, JKO_OPTION_TUNES, "auto", .unit = "length^2", .words = "eps reg regularisation regularization",
     .setter = "JKOSetEpsilon", .help = "Entropic regularisation: auto or a value"},
    {"-jko_epsilon_ratio", JKO_OPTION_REAL, JKO_OPTION_TUNES, "0.1", .setter = "JKOSetEpsilonRatio",
     .help = "Artificial over typical diffusivity, A/D of eps = 4 tau A"},
    {"-jko_compensate", JKO_OPTION_BOOL, JKO_OPTION_DEFINES, "true", .words = "bias", .setter = "JKOSetCompensate",
     .help = "Remove the bias of the regularisation"},
    {"-jko_debias", JKO_OPTION_WORD, JKO_OPTION_DEFINES, "auto", .words = "debias bias sinkhorn_divergence", .setter = "JKOSetDebias",
     .help = "What takes the bias of the regularisation off: auto, transport, entropy or none"},
    {"-jko_coarse_first", JKO_OPTION_BOOL, JKO_OPTION_TUNES, "true", .words = "multigrid coarse", .setter = "JKOSetCoarseFirst",
     .help = "Solve steps on a coarser grid first"},
    {"-jko_metric", JKO_OPTION_WORD, JKO_OPTION_DEFINES, "wasserstein", .words = "growth unbalanced", .setter = "JKOSetMetric",
     .help = "Transport, reaction or both: wasserstein, fisher_rao or wfr"},
    {"-jko_splitting", JKO_OPTION_WORD, JKO_OPTION_DEFINES, "auto", .needs = "-jko_metric wfr", .setter = "JKOSetSplitting",
     .help = "How transport and reaction are composed: auto, lie or strang"},
    {NULL}};

/* auto, or a number */
static PetscErrorCode JKOReadEpsilon(JKO jko, JKOOptionItems PetscOptionsObject)
{
  char      text[64];
  PetscReal epsilon;
  PetscBool set, is_auto;

  PetscFunctionBegin;
  PetscCall(JKOOptionsText(PetscOptionsObject, JKOOptions, "-jko_epsilon", text, sizeof text, &set));
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
  PetscInt  steps;
  PetscBool set;

  PetscFunctionBegin;
  PetscCall(JKOOptionsReal(PetscOptionsObject, JKOOptions, "-jko_dt", &value, &set));
  if (set) PetscCall(JKOSetTimeStep(jko, value));
  PetscCall(JKOOptionsReal(PetscOptionsObject, JKOOptions, "-jko_max_time", &value, &set));
  if (set) PetscCall(JKOSetMaxTime(jko, value));
  PetscCall(JKOOptionsInt(PetscOptionsObject, JKOOptions, "-jko_max_steps", &steps, &set));
  if (set) PetscCall(JKOSetMaxSteps(jko, steps));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode JKOReadAdapt(JKO jko, JKOOptionItems PetscOptionsObject)
{
  char      type[64];
  PetscReal tol;
  PetscBool set;

  PetscFunctionBegin;
  PetscCall(JKOOptionsText(PetscOptionsObject, JKOOptions, "-jko_adapt", type, sizeof type, &set));
  if (set) PetscCall(JKOSetAdapt(jko, type));
  PetscCall(JKOOptionsReal(PetscOptionsObject, JKOOptions, "-jko_adapt_tol", &tol, &set));
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
  PetscCall(JKOOptionsText(PetscOptionsObject, JKOOptions, "-jko_type", type, sizeof type, &set));
  if (set) PetscCall(JKOSetType(jko, type));
  PetscCall(JKOReadTime(jko, PetscOptionsObject));
  PetscCall(JKOReadAdapt(jko, PetscOptionsObject));
  PetscCall(JKOReadEpsilon(jko, PetscOptionsObject));
  PetscCall(JKOOptionsReal(PetscOptionsObject, JKOOptions, "-jko_epsilon_ratio", &ratio, &set));
  if (set) PetscCall(JKOSetEpsilonRatio(jko, ratio));
  PetscCall(JKOOptionsBool(PetscOptionsObject, JKOOptions, "-jko_compensate", &compensate, &set));
  if (set) PetscCall(JKOSetCompensate(jko, compensate));
  PetscCall(JKOOptionsText(PetscOptionsObject, JKOOptions, "-jko_debias", type, sizeof type, &set));
  if (set) PetscCall(JKOSetDebias(jko, type));
  PetscCall(JKOOptionsBool(PetscOptionsObject, JKOOptions, "-jko_coarse_first", &coarse, &set));
  if (set) PetscCall(JKOSetCoarseFirst(jko, coarse));
  jko->coarse_asked = (PetscBool)(set && coarse);
  PetscCall(JKOReactionSetFromOptions(jko, PetscOptionsObject));
  PetscTryTypeMethod(jko, setfromoptions, PetscOptionsObject);
  PetscOptionsEnd();
  PetscCall(KernelSetFromOptions(jko->kernel));
  PetscCall(SinkhornSetFromOptions(jko->sinkhorn));
  PetscFunctionReturn(PETSC_SUCCESS);
}
