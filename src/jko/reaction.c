/* Growth and reaction beside transport: the flow

     d/dt rho = div(rho grad F1'(rho)) - rho F2'(rho)

   of F1 in the Wasserstein distance and F2 in the Fisher-Rao distance; with F1 = F2 the gradient flow in the Wasserstein-Fisher-Rao
   distance (Chizat, Peyre, Schmitzer, Vialard, Found. Comput. Math. 18, 2018; Liero, Mielke, Savare, Invent. Math. 211, 2018), by splitting
   (Gallouet, Monsaingeon, SIAM J. Math. Anal. 49, 2017; Gallouet, Laborde, Monsaingeon, ESAIM: COCV 25, 2019). T is a step of the scheme,
   R one of EnergyReact():

     lie      rho_{k+1} = T_tau R_tau rho_k                        first order; what T makes sure of, such as rho <= kappa, holds at the end
     strang   rho_{k+1} = R_{tau/2} T_tau R_{tau/2} rho_k          second order with a T that is, R its second-order step (Strang 1968)

   T keeps the mass; what R makes is known from F2' alone, the law  d/dt int rho = -int rho F2'.  That both agree with the densities is
   checked in every step. */
#include <jko/private/energyimpl.h>
#include <jko/private/jkoimpl.h>

#define REACTION_BALANCE 1e-9 /* of the mass and what is turned over: more is no round-off */

/* F2 */
Energy JKOReactionEnergy(JKO jko)
{
  return jko->reaction.energy ? jko->reaction.energy : jko->energy;
}

static PetscBool JKOIsStrang(JKO jko)
{
  if (jko->reaction.splitting != JKO_SPLITTING_AUTO) return (PetscBool)(jko->reaction.splitting == JKO_SPLITTING_STRANG);
  return (PetscBool)(jko->order > 1);
}

/* What does not fit together, before the energies are set up. Under fisher_rao there is one energy, whichever list it was given in. */
static PetscErrorCode JKOReactionFit(JKO jko)
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)jko);

  PetscFunctionBegin;
  if (jko->reaction.metric == JKO_METRIC_WASSERSTEIN) {
    PetscCheck(!jko->reaction.energy, comm, JKO_ERR_INPUT,
               "-reaction_terms is given, but nothing reacts under -jko_metric wasserstein; give -jko_metric wfr or fisher_rao");
    PetscCheck(
        jko->reaction.splitting == JKO_SPLITTING_AUTO, comm, JKO_ERR_INPUT,
        "-jko_splitting is given, but there is nothing to split under -jko_metric wasserstein; give -jko_metric wfr or leave it out");
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCheck(!jko->adapt.on, comm, JKO_ERR_INPUT,
             "-jko_adapt: basic knows the error of transport alone; give -jko_metric wasserstein or -jko_adapt none");
  if (jko->reaction.metric == JKO_METRIC_WFR) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(!jko->ops->epsilon, comm, JKO_ERR_INPUT, "-jko_type: %s steps are transport, and -jko_metric fisher_rao has none; use euler",
             ((PetscObject)jko)->type_name);
  if (!jko->reaction.energy) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(jko->energy->count == 0 || jko->energy == jko->reaction.energy, comm, JKO_ERR_INPUT,
             "-energy_terms and -reaction_terms are both given, but nothing is transported under -jko_metric fisher_rao; leave one of them "
             "out or use wfr");
  PetscCall(JKOSetEnergy(jko, jko->reaction.energy));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A bound of the density has no rate to react at, and holds at the end of a step only where transport is last. */
static PetscErrorCode JKOReactionFitBounds(JKO jko)
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)jko);
  PetscBool      bounded;

  PetscFunctionBegin;
  PetscCall(EnergyIsBounded(JKOReactionEnergy(jko), &bounded));
  PetscCheck(!bounded, comm, JKO_ERR_INPUT,
             "-jko_metric: a bound such as congestion moves mass but makes none; under wfr list other terms in -reaction_terms");
  PetscCall(EnergyIsBounded(jko->energy, &bounded));
  PetscCheck(!bounded || !JKOIsStrang(jko), comm, JKO_ERR_INPUT,
             "-jko_splitting: strang ends with reaction, which would leave densities above the bound of the energy; give lie");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Refuses what does not fit together; sets up F2. Collective; first in JKOSetUp(). */
PetscErrorCode JKOReactionSetUp(JKO jko)
{
  PetscBool local;

  PetscFunctionBegin;
  PetscCall(JKOReactionFit(jko));
  if (jko->reaction.metric == JKO_METRIC_WASSERSTEIN) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(EnergySetUp(jko->energy));
  PetscCall(EnergySetUp(JKOReactionEnergy(jko)));
  PetscCall(EnergyIsLocal(JKOReactionEnergy(jko), &local));
  PetscCheck(local, PetscObjectComm((PetscObject)jko), JKO_ERR_INPUT,
             "-jko_metric: the reaction of an interaction energy is not known; give the energy of the reaction with -reaction_terms");
  PetscCall(JKOReactionFitBounds(jko));
  if (!jko->reaction.before) PetscCall(VecDuplicate(jko->log_rho, &jko->reaction.before));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* R of a step of tau, on log_rho; `without` as in EnergyReact(). */
static PetscErrorCode JKOReact(JKO jko, PetscReal tau, PetscInt *without)
{
  PetscReal made, turnover;

  PetscFunctionBegin;
  PetscCall(EnergyReact(JKOReactionEnergy(jko), tau, JKOIsStrang(jko) ? 2 : 1, jko->log_rho, &made, &turnover, without));
  jko->reaction.made += made;
  jko->reaction.turnover += turnover;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether the initial density can react for as long as a step: refused before there is a flow. Collective; last in JKOSetUp(). */
PetscErrorCode JKOReactionTry(JKO jko)
{
  PetscInt without;

  PetscFunctionBegin;
  if (jko->reaction.metric == JKO_METRIC_WASSERSTEIN) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecCopy(jko->log_rho, jko->reaction.before));
  PetscCall(JKOReact(jko, PetscMin(jko->dt, jko->max_time > 0 ? jko->max_time : jko->dt), &without));
  PetscCall(VecCopy(jko->reaction.before, jko->log_rho));
  PetscCheck(!without, PetscObjectComm((PetscObject)jko), JKO_ERR_INPUT,
             "-jko_dt: within %g the reaction lets %" PetscInt_FMT
             " cells grow without bound, at a rate of 2/tau or more; give a shorter step",
             (double)jko->dt, without);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode JKOReactOrFail(JKO jko, PetscReal tau)
{
  PetscInt without;

  PetscFunctionBegin;
  PetscCall(JKOReact(jko, tau, &without));
  if (!without) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscSNPrintf(jko->failure, sizeof jko->failure,
                          "step %" PetscInt_FMT ": within %g the reaction lets %" PetscInt_FMT
                          " cells grow without bound, at a rate of 2/tau or more; try a smaller -jko_dt",
                          jko->steps + 1, (double)tau, without));
  jko->reason = JKO_DIVERGED_STEP;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* T of a step, with its length where the scheme takes that from the energy that transport alone has dissipated. */
static PetscErrorCode JKOTransport(JKO jko, PetscReal tau)
{
  PetscReal before, after;

  PetscFunctionBegin;
  PetscCall(JKOMeasure(jko));
  before = jko->info.energy;
  PetscUseTypeMethod(jko, step, tau);
  if (jko->reason < 0 || !jko->ops->length) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(EnergyGetValue(jko->energy, jko->log_rho, &after));
  jko->info.dt          = tau;
  jko->info.dissipation = (before - after) / tau;
  PetscUseTypeMethod(jko, length);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* R, T and R of a step; jko->reason tells when one fails. T compares with the energy and the mass that it starts from. */
static PetscErrorCode JKOCompose(JKO jko, PetscReal tau)
{
  const PetscBool strang = JKOIsStrang(jko), transport = (PetscBool)(jko->reaction.metric == JKO_METRIC_WFR);

  PetscFunctionBegin;
  PetscCall(JKOReactOrFail(jko, strang && transport ? tau / 2 : tau));
  if (!transport || jko->reason < 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(JKOTransport(jko, tau));
  if (strang && jko->reason >= 0) PetscCall(JKOReactOrFail(jko, tau / 2));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The mass that the law promises beside that of the density. */
static PetscErrorCode JKOBalance(JKO jko, PetscReal mass)
{
  JKOStepInfo *info = &jko->info;

  PetscFunctionBegin;
  PetscCall(JKOMeasure(jko));
  info->reaction = jko->reaction.made;
  info->balance  = PetscAbsReal(info->mass - mass - info->reaction) / (mass + jko->reaction.turnover);
  if (info->balance <= REACTION_BALANCE) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscSNPrintf(jko->failure, sizeof jko->failure,
                          "step %" PetscInt_FMT
                          " changed the mass by %.9g, the law of its reaction says %.9g: a relative difference of %.1e; "
                          "try a smaller -jko_dt",
                          jko->steps + 1, (double)(info->mass - mass), (double)info->reaction, (double)info->balance));
  jko->reason = JKO_DIVERGED_STEP;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One step of the flow in its metric, from log_rho to log_rho. After a failure everything is as it was. Collective. */
PetscErrorCode JKOTakeStep(JKO jko, PetscReal tau)
{
  const PetscReal mass = jko->info.mass;

  PetscFunctionBegin;
  if (jko->reaction.metric == JKO_METRIC_WASSERSTEIN) {
    PetscUseTypeMethod(jko, step, tau);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  jko->reaction.made = jko->reaction.turnover = 0;
  PetscCall(VecCopy(jko->log_rho, jko->reaction.before));
  PetscCall(JKOCompose(jko, tau));
  if (jko->reason >= 0) PetscCall(JKOBalance(jko, mass));
  if (jko->reason >= 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecCopy(jko->reaction.before, jko->log_rho));
  PetscCall(JKOMeasure(jko));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The reaction and how it is composed; nothing without one. Collective. */
PetscErrorCode JKOReactionView(JKO jko, PetscViewer viewer)
{
  const char *metric;

  PetscFunctionBegin;
  if (jko->reaction.metric == JKO_METRIC_WASSERSTEIN) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(JKOGetMetric(jko, &metric));
  PetscCall(PetscViewerASCIIPrintf(viewer, "metric: %s, %s\n", metric,
                                   jko->reaction.metric == JKO_METRIC_FISHER_RAO ? "reaction alone"
                                   : JKOIsStrang(jko)                            ? "strang splitting, half a step of reaction on both sides"
                                                                                 : "lie splitting, reaction before transport"));
  PetscCall(PetscViewerASCIIPrintf(viewer, "reaction %s: d/dt rho = -rho F2'(rho), %s order; its mass balance is checked to %g\n",
                                   jko->reaction.energy ? "energy F2" : "of the energy itself", JKOIsStrang(jko) ? "second" : "first",
                                   REACTION_BALANCE));
  if (jko->reaction.energy && jko->reaction.energy != jko->energy) PetscCall(EnergyView(jko->reaction.energy, viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode JKOReactionDestroy(JKO jko)
{
  PetscFunctionBegin;
  PetscCall(EnergyDestroy(&jko->reaction.energy));
  PetscCall(VecDestroy(&jko->reaction.before));
  PetscFunctionReturn(PETSC_SUCCESS);
}
