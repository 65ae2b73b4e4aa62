/* What is done about the bias of the regularisation. */
#include <jko/private/jkoimpl.h>

#define DEBIAS_TRUNCATION  8.0 /* sigma that the kernel reaches at least: the pressure has to be right where a front will go */
#define DEBIAS_CORRECTIONS 3   /* of the self-transport, where it is deferred */

const char *const JKODebiases[] = {"auto", "transport", "entropy", "none", NULL};

/*@
  JKOSetDebias - what takes the bias of the regularisation off a step: `transport`, the density's transport to itself, so that steps are
  minimising movements of the Sinkhorn divergence, whose objective is held to fall; `entropy`, the leading part of that, eps/(4 tau) Ent;
  `none`; or `auto` (default), transport for schemes that need it and entropy for the others.

  Logically collective. Errors: another name. Sources: Feydy et al., AISTATS 2019; Baradat, Hraivoronska, Santambrogio 2025.
@*/
PetscErrorCode JKOSetDebias(JKO jko, const char name[])
{
  PetscInt  i;
  PetscBool same = PETSC_FALSE;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  for (i = 0; JKODebiases[i]; i++) {
    PetscCall(PetscStrcmp(name, JKODebiases[i], &same));
    if (same) break;
  }
  PetscCheck(same, PetscObjectComm((PetscObject)jko), JKO_ERR_INPUT, "-jko_debias: '%s' is not known; use auto, transport, entropy or none",
             name);
  jko->debias = (JKODebias)i;
  jko->setup  = PETSC_FALSE;
  PetscCall(SinkhornSetCompensate(jko->sinkhorn, (PetscBool)(jko->debias != JKO_DEBIAS_NONE)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether steps are those of the Sinkhorn divergence. */
PetscBool JKOIsUnbiased(JKO jko)
{
  return (PetscBool)(jko->debias == JKO_DEBIAS_TRANSPORT || (jko->debias == JKO_DEBIAS_AUTO && jko->pressure));
}

/* What becomes of eps/(4 tau) Laplace(rho), for people. */
const char *JKODebiasText(JKO jko)
{
  if (JKOIsUnbiased(jko)) return "taken off again as the density's transport to itself";
  return jko->debias != JKO_DEBIAS_NONE ? "compensated in every step" : "NOT compensated";
}

/* Refuses what does not go together; makes room for the stage. Collective. */
PetscErrorCode JKODebiasSetUp(JKO jko)
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)jko);
  PetscReal      truncation;

  PetscFunctionBegin;
  PetscCheck(!jko->pressure || JKOIsUnbiased(jko), comm, JKO_ERR_INPUT,
             "-jko_debias: %s given, but -jko_type %s takes the pressure of steps without bias; leave it out", JKODebiases[jko->debias],
             ((PetscObject)jko)->type_name);
  if (!JKOIsUnbiased(jko)) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(!jko->ops->epsilon, comm, JKO_ERR_INPUT, "-jko_debias: transport given, but %s steps have no bias; leave it out",
             ((PetscObject)jko)->type_name);
  PetscCheck(!jko->estimates, comm, JKO_ERR_INPUT,
             "-jko_debias: transport is for euler and sdirk; with -jko_type %s leave it out, or use sdirk", ((PetscObject)jko)->type_name);
  PetscCall(JKOStageCreate(jko, &jko->potential, &jko->stage));
  if (jko->steps == 0) jko->stage.known = jko->unbiased.epsilon = jko->unbiased.ceiling = 0;
  jko->unbiased.corrections = DEBIAS_CORRECTIONS;
  PetscCall(KernelSetFinest(jko->kernel, PETSC_TRUE));
  PetscCall(KernelGetTruncation(jko->kernel, &truncation));
  if (truncation < DEBIAS_TRUNCATION) PetscCall(KernelSetTruncation(jko->kernel, DEBIAS_TRUNCATION));
  PetscFunctionReturn(PETSC_SUCCESS);
}
