/* In which distance a flow descends: transport, reaction or both, and how they are composed (reaction.c). */
#include <jko/private/jkoimpl.h>
#include <jko/private/optionsimpl.h>

static const char *const JKOMetrics[]    = {"wasserstein", "wfr", "fisher_rao", NULL};
static const char *const JKOSplittings[] = {"auto", "lie", "strang", NULL};

static PetscErrorCode JKOFindName(const char *const names[], const char text[], PetscInt *index)
{
  PetscBool same = PETSC_FALSE;

  PetscFunctionBegin;
  for (*index = 0; names[*index]; ++*index) {
    PetscCall(PetscStrcmp(names[*index], text, &same));
    if (same) PetscFunctionReturn(PETSC_SUCCESS);
  }
  *index = -1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  JKOSetMetric - wasserstein (default): transport; fisher_rao: reaction without transport; wfr: both.

  Logically collective. Errors: another name.
@*/
PetscErrorCode JKOSetMetric(JKO jko, const char metric[])
{
  PetscInt index;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  PetscCall(JKOFindName(JKOMetrics, metric, &index));
  PetscCheck(index >= 0, PetscObjectComm((PetscObject)jko), JKO_ERR_INPUT,
             "-jko_metric: '%s' is not known; use wasserstein, wfr or fisher_rao", metric);
  jko->reaction.metric = (JKOMetric)index;
  jko->setup           = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKOGetMetric - "wasserstein", "wfr" or "fisher_rao". Not collective. @*/
PetscErrorCode JKOGetMetric(JKO jko, const char *metric[])
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  *metric = JKOMetrics[jko->reaction.metric];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  JKOSetSplitting - how transport and reaction are composed: lie, strang, or auto (default): lie for euler steps, else strang.

  Logically collective. Errors: another name.
@*/
PetscErrorCode JKOSetSplitting(JKO jko, const char splitting[])
{
  PetscInt index;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  PetscCall(JKOFindName(JKOSplittings, splitting, &index));
  PetscCheck(index >= 0, PetscObjectComm((PetscObject)jko), JKO_ERR_INPUT, "-jko_splitting: '%s' is not known; use auto, lie or strang",
             splitting);
  jko->reaction.splitting = (JKOSplitting)index;
  jko->setup              = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  JKOSetReaction - the energy F2 that reaction descends; NULL (default): the energy of the flow. Referenced. Logically collective.
@*/
PetscErrorCode JKOSetReaction(JKO jko, Energy energy)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  if (energy) PetscCall(PetscObjectReference((PetscObject)energy));
  PetscCall(EnergyDestroy(&jko->reaction.energy));
  jko->reaction.energy = energy;
  jko->setup           = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode JKOReactionSetFromOptions(JKO jko, JKOOptionItems PetscOptionsObject)
{
  char      text[64];
  PetscBool set;

  PetscFunctionBegin;
  PetscCall(JKOOptionsText(PetscOptionsObject, JKOOptions, "-jko_metric", text, sizeof text, &set));
  if (set) PetscCall(JKOSetMetric(jko, text));
  PetscCall(JKOOptionsText(PetscOptionsObject, JKOOptions, "-jko_splitting", text, sizeof text, &set));
  if (set) PetscCall(JKOSetSplitting(jko, text));
  PetscFunctionReturn(PETSC_SUCCESS);
}
