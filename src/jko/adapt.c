/* The length of the next step from the error of the last (Gustafsson, Lundh, Soderlind, BIT 28, 1988; Hairer, Wanner, Solving Ordinary
   Differential Equations II, 1996, section IV.2). A scheme whose step is wrong by e = C tau^2, relative to the tolerance, takes

     tau' = tau clip(safety e^(-0.7/2) e_before^(0.4/2))      after a step that was accepted, e <= 1
     tau' = tau clip(safety e^(-1/2))                          after one that was not

   The smallest step is that in which the least eps of the grid, eps = 4 tau A, makes the artificial diffusivity A a quarter of the flow's
   own: shorter ones are no better, since what they gain in time they lose by eps. */
#include <math.h>
#include <jko/private/jkoimpl.h>

#define ADAPT_SAFETY     0.9
#define ADAPT_LEAST      0.1
#define ADAPT_MOST       5.0
#define ADAPT_ARTIFICIAL 0.25 /* A/D of the smallest step */
#define ADAPT_TINY       1e-4 /* relative errors below are as good as this */
#define ADAPT_GIVES_UP   20   /* rejections of one step */

/*@
  JKOSetAdapt - whether the time step follows the flow: none (default), or basic, for schemes that estimate their error.

  Logically collective. JKOSetTimeStep() gives the first step. Errors: another name.
@*/
PetscErrorCode JKOSetAdapt(JKO jko, const char type[])
{
  PetscBool none, basic;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  PetscCall(PetscStrcmp(type, "none", &none));
  PetscCall(PetscStrcmp(type, "basic", &basic));
  PetscCheck(none || basic, PetscObjectComm((PetscObject)jko), JKO_ERR_INPUT, "-jko_adapt: '%s' is not known; use none or basic", type);
  jko->adapt.on = basic;
  jko->setup    = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKOSetAdaptTolerance - the L1 error of a step over the mass that JKOSetAdapt() aims below (default 1e-3). Logically collective. @*/
PetscErrorCode JKOSetAdaptTolerance(JKO jko, PetscReal tol)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  PetscCheck(tol > 0 && tol < 1, PetscObjectComm((PetscObject)jko), JKO_ERR_INPUT, "-jko_adapt_tol: %g is not between 0 and 1",
             (double)tol);
  jko->adapt.tol = tol;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The step below which the grid's least eps spoils what time would gain, 0 without diffusion. Collective. */
static PetscErrorCode JKOAdaptSmallest(JKO jko, PetscReal *smallest)
{
  PetscReal floor, diffusivity;

  PetscFunctionBegin;
  PetscCall(KernelGetEpsilonFloor(jko->kernel, &floor));
  PetscCall(EnergyGetDiffusivity(jko->energy, jko->log_rho, &diffusivity));
  *smallest = diffusivity > 0 ? PetscMax(jko->substeps * floor, jko->epsilon) / (4 * ADAPT_ARTIFICIAL * diffusivity) : 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode JKOAdaptSetUp(JKO jko)
{
  PetscFunctionBegin;
  PetscCheck(!jko->adapt.on || jko->estimates, PetscObjectComm((PetscObject)jko), JKO_ERR_INPUT,
             "-jko_adapt: basic needs the error estimate of -jko_type extrapolated, %s has none", ((PetscObject)jko)->type_name);
  if (jko->steps == 0) jko->adapt.dt = jko->adapt.error = 0;
  if (!(jko->adapt.dt > 0)) jko->adapt.dt = jko->dt;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscReal JKOAdaptFactor(JKO jko, PetscReal error, PetscBool accepted)
{
  const PetscReal before = jko->adapt.error > 0 ? jko->adapt.error : error;
  PetscReal       factor = ADAPT_SAFETY * (accepted ? PetscPowReal(error, -0.35) * PetscPowReal(before, 0.2) : 1 / PetscSqrtReal(error));

  if (jko->info.rejected > 0 || !accepted) factor = PetscMin(factor, 1);
  return PetscClipInterval(factor, ADAPT_LEAST, ADAPT_MOST);
}

/* There is to be another attempt, unless there have been enough: without diffusion no step may be short enough. */
static PetscErrorCode JKOAdaptReject(JKO jko, PetscReal tau, PetscReal error, PetscReal next)
{
  PetscFunctionBegin;
  if (jko->info.rejected >= ADAPT_GIVES_UP) {
    PetscCall(PetscSNPrintf(jko->failure, sizeof jko->failure,
                            "step %" PetscInt_FMT " of length %g, after %d shorter and shorter ones, is wrong by %.2e; try a larger "
                            "-jko_adapt_tol, a finer grid or -jko_adapt none",
                            jko->steps + 1, (double)tau, ADAPT_GIVES_UP, (double)error));
    jko->reason = JKO_DIVERGED_STEP;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(PetscInfo(jko, "step of %g rejected, next %g\n", (double)tau, (double)next));
  jko->adapt.dt    = next;
  jko->adapt.retry = PETSC_TRUE;
  jko->info.rejected++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether a step of tau with this L1 error over the mass is taken, and how long the next one is. Always, without adaptivity. Collective. */
PetscErrorCode JKOAdaptAccept(JKO jko, PetscReal tau, PetscReal error, PetscBool *accepted)
{
  PetscReal relative = PetscMax(error / jko->adapt.tol, ADAPT_TINY), smallest, next;

  PetscFunctionBegin;
  *accepted = PETSC_TRUE;
  if (!jko->adapt.on) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(JKOAdaptSmallest(jko, &smallest));
  *accepted = (PetscBool)(relative <= 1 || tau <= smallest * (1 + 1e-6));
  next      = PetscMax(tau * JKOAdaptFactor(jko, relative, *accepted), smallest);
  if (!*accepted) {
    PetscCall(JKOAdaptReject(jko, tau, error, next));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  if (relative > 1 && !jko->adapt.smallest_said) {
    PetscCall(PetscInfo(jko, "error %g above -jko_adapt_tol at the smallest step, %g: a finer grid is needed\n", (double)error,
                        (double)smallest));
    jko->adapt.smallest_said = PETSC_TRUE;
  }
  PetscCall(PetscInfo(jko, "step of %g accepted, error %g, next %g\n", (double)tau, (double)error, (double)next));
  jko->adapt.dt    = tau < jko->adapt.dt / 2 ? PetscMax(next, jko->adapt.dt) : next; /* a step cut short by a time to hit teaches little */
  jko->adapt.error = PetscMin(relative, 1);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* After an attempt: whether there is to be another, with a shorter step. One that did not converge is rejected like one that was too wrong.
 */
PetscErrorCode JKOAdaptAgain(JKO jko, PetscReal tau, PetscBool *again)
{
  PetscReal smallest;

  PetscFunctionBegin;
  *again = PETSC_FALSE;
  if (!jko->adapt.on) PetscFunctionReturn(PETSC_SUCCESS);
  if (jko->reason == JKO_DIVERGED_STEP && jko->info.rejected < ADAPT_GIVES_UP) {
    PetscCall(JKOAdaptSmallest(jko, &smallest));
    if (tau > smallest * (1 + 1e-6)) {
      jko->reason     = JKO_CONVERGED_ITERATING;
      jko->failure[0] = 0;
      PetscCall(JKOAdaptReject(jko, tau, 0, PetscMax(tau / 4, smallest)));
    }
  }
  *again           = jko->adapt.retry;
  jko->adapt.retry = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}
